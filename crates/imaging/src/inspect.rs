//! What an original's header says. No pixel is decoded here, and nothing larger than a colour profile is unpacked.

pub(crate) mod avif;
mod bmp;
pub(crate) mod bytes;
mod c2pa;
mod gif;
pub(crate) mod ico;
pub(crate) mod isobmff;
pub(crate) mod jpeg;
mod photoshop;
mod png;
mod raw_profile;
pub(crate) mod tiff;
mod webp;
mod xmp;

use std::borrow::Cow;

use crate::budget::Budget;
use crate::format::Format;
use crate::limits::Limits;
use crate::orient::Orientation;
use crate::refusal::Refusal;
use crate::warnings::Warnings;

/// The most bytes of an ICC profile. Those of printers, which are the largest, have about two million.
const MAX_ICC: usize = 4 << 20;

/// What the header of an original says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection<'a> {
    /// The file format, told from the bytes.
    pub format: Format,
    /// Width in pixels as displayed, after the orientation.
    pub width: u32,
    /// Height in pixels as displayed, after the orientation.
    pub height: u32,
    /// Width in pixels as stored.
    pub coded_width: u32,
    /// Height in pixels as stored.
    pub coded_height: u32,
    /// How the stored pixels are turned to be displayed. AVIF's `irot` and `imir` are told in the same terms.
    pub orientation: Orientation,
    /// Bits of one sample: 1 to 16, or 32 for floating point.
    pub bit_depth: u8,
    /// Samples of one pixel, alpha included. An indexed image has those of its palette's colours.
    pub channels: u8,
    /// The colour model that is stored.
    pub colour_space: ColourSpace,
    /// Whether there may be transparency. Whether there is any is known after [`render`](crate::render()).
    pub has_alpha: bool,
    /// For JPEG: whether it is progressive. For PNG and GIF: whether it is interlaced.
    pub progressive: Option<bool>,
    /// How much smaller the colour planes are, where there are such.
    pub chroma_subsampling: Option<ChromaSubsampling>,
    /// Pixels per inch, where the file gives a physical density.
    pub density: Option<Density>,
    /// Frames of the animation; 1 for a still image.
    pub frames: u32,
    /// How often an animation plays, 0 for without end; nothing for a still image.
    pub loop_count: Option<u32>,
    /// How long one round of an animation takes, in milliseconds; nothing for a still image.
    pub duration_ms: Option<u64>,
    /// The EXIF block as a TIFF structure, without `Exif\0\0` before it. For a TIFF file it is the file itself.
    pub exif: Option<Cow<'a, [u8]>>,
    /// The XMP packet, as UTF-8 XML.
    pub xmp: Option<Cow<'a, [u8]>>,
    /// What of XMP had no room in the segment of a JPEG, as a packet of its own in UTF-8.
    pub extended_xmp: Option<Vec<u8>>,
    /// The IPTC-IIM records, raw.
    pub iptc: Option<Cow<'a, [u8]>>,
    /// The MD5 digest that the IPTC-IIM records had when they were last written together with XMP.
    pub iptc_digest: Option<[u8; 16]>,
    /// The C2PA manifest store: JUMBF boxes.
    pub c2pa: Option<Cow<'a, [u8]>>,
    /// The ICC profile.
    pub icc: Option<Cow<'a, [u8]>>,
    /// Coding-independent code points (ITU-T H.273) of colours where the file has them instead of a profile.
    pub cicp: Option<Cicp>,
    /// What is odd about the file without stopping it from being processed.
    pub warnings: Warnings,
    /// How the pixels are coded, as far as it decides how much memory their decoder takes.
    pub(crate) coding: Coding,
    /// What is left of the processor time that the original may take.
    pub(crate) budget: Budget,
}

/// What the structure of a file says about the memory that its decoder takes, beyond the dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coding {
    /// Whether a JPEG comes in several scans, so that all of its coefficients are held at once. A JPEG in a TIFF file is
    /// taken for such.
    pub(crate) has_several_scans: bool,
    /// Bytes of the file, or tables that are made of them, of which the decoder keeps a copy.
    pub(crate) copied_bytes: u64,
    /// Whether the picture is a grid of others.
    pub(crate) is_grid: bool,
    /// Frames that the AV1 decoder holds at once.
    pub(crate) held_frames: u32,
}

/// The colour model in which pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColourSpace {
    /// Luminance only.
    Grey,
    /// Red, green, blue, or an index into a palette of such.
    Rgb,
    /// Luma and two colour differences.
    YCbCr,
    /// Four inks.
    Cmyk,
    /// Four inks, of which three are coded as luma and colour differences.
    Ycck,
    /// CIE L\*a\*b\*.
    Lab,
}

impl ColourSpace {
    /// The name in lower case, as it is recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Rgb => "rgb",
            Self::YCbCr => "ycbcr",
            Self::Cmyk => "cmyk",
            Self::Ycck => "ycck",
            Self::Lab => "lab",
        }
    }
}

/// How much smaller the colour planes are than luma, in the usual notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChromaSubsampling {
    /// Full resolution.
    Cs444,
    /// Half the width.
    Cs422,
    /// Half the width and half the height.
    Cs420,
    /// Half the height.
    Cs440,
    /// A quarter of the width.
    Cs411,
    /// A quarter of the height.
    Cs441,
    /// Anything else that the format allows.
    Other,
}

impl ChromaSubsampling {
    /// The usual notation, such as `4:2:0`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cs444 => "4:4:4",
            Self::Cs422 => "4:2:2",
            Self::Cs420 => "4:2:0",
            Self::Cs440 => "4:4:0",
            Self::Cs411 => "4:1:1",
            Self::Cs441 => "4:4:1",
            Self::Other => "other",
        }
    }

    pub(crate) fn from_ratios(horizontal: u32, vertical: u32) -> Self {
        match (horizontal, vertical) {
            (1, 1) => Self::Cs444,
            (2, 1) => Self::Cs422,
            (2, 2) => Self::Cs420,
            (1, 2) => Self::Cs440,
            (4, 1) => Self::Cs411,
            (1, 4) => Self::Cs441,
            _ => Self::Other,
        }
    }
}

/// Physical density in pixels per inch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Density {
    /// Pixels per inch from left to right.
    pub horizontal: f64,
    /// Pixels per inch from top to bottom.
    pub vertical: f64,
}

impl Density {
    /// From pixels per centimetre.
    pub(crate) fn per_centimetre(horizontal: f64, vertical: f64) -> Option<Self> {
        const CENTIMETRES_PER_INCH: f64 = 2.54;
        Self::per_inch(
            horizontal * CENTIMETRES_PER_INCH,
            vertical * CENTIMETRES_PER_INCH,
        )
    }

    /// From pixels per inch; nothing for a density that cannot be.
    pub(crate) fn per_inch(horizontal: f64, vertical: f64) -> Option<Self> {
        let plausible = |density: f64| density.is_finite() && density > 0.0;
        (plausible(horizontal) && plausible(vertical)).then_some(Self {
            horizontal,
            vertical,
        })
    }
}

/// Coding-independent code points of colours (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cicp {
    /// Colour primaries; 1 is BT.709 and sRGB, 12 is Display P3.
    pub primaries: u8,
    /// Transfer characteristics; 13 is sRGB, 16 is PQ, 18 is HLG.
    pub transfer: u8,
    /// Matrix coefficients; 0 is RGB itself.
    pub matrix: u8,
    /// Whether samples use their full range.
    pub full_range: bool,
}

/// Reads the header of an original and applies the limits to it.
///
/// It takes time and memory proportional to the number of segments of the file, never to its pixels.
///
/// # Errors
/// A [`Refusal`] for what is no image, not a supported one, has a damaged header or is over a limit.
pub fn inspect<'a>(original: &'a [u8], limits: &Limits) -> Result<Inspection<'a>, Refusal> {
    limits.check_bytes(original)?;
    let format = Format::detect(original)?;
    let account = Budget::new(limits.max_cpu).account();
    let meter = account.meter();
    let inspected = match format {
        Format::Jpeg => jpeg::inspect(original, &meter),
        Format::Png => png::inspect(original, &meter),
        Format::WebP => webp::inspect(original, &meter),
        Format::Gif => gif::inspect(original, &meter),
        Format::Tiff => tiff::inspect(original, &meter),
        Format::Bmp => bmp::inspect(original),
        Format::Avif => avif::inspect(original, &meter),
        Format::Ico => ico::inspect(original),
    };
    // A reader whose time is up stops where it is, and what it says then means nothing.
    meter.check()?;
    let mut inspection = inspected?;
    inspection.xmp = inspection.xmp.map(xmp::to_utf8);
    inspection.apply_orientation();
    limits.check(&inspection)?;
    inspection.budget = account.budget();
    Ok(inspection)
}

impl<'a> Inspection<'a> {
    /// An 8-bit RGB still image of this size, for a reader to fill in what it finds.
    fn new(format: Format, width: u32, height: u32) -> Self {
        Self {
            format,
            width,
            height,
            coded_width: width,
            coded_height: height,
            orientation: Orientation::Upright,
            bit_depth: 8,
            channels: 3,
            colour_space: ColourSpace::Rgb,
            has_alpha: false,
            progressive: None,
            chroma_subsampling: None,
            density: None,
            frames: 1,
            loop_count: None,
            duration_ms: None,
            exif: None,
            xmp: None,
            extended_xmp: None,
            iptc: None,
            iptc_digest: None,
            c2pa: None,
            icc: None,
            cicp: None,
            warnings: Warnings::default(),
            coding: Coding {
                has_several_scans: false,
                copied_bytes: 0,
                is_grid: false,
                held_frames: 1,
            },
            budget: Budget::new(Limits::default().max_cpu),
        }
    }

    /// Whether there is more than one frame.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// Takes an EXIF block, with its orientation and, if the container had none, its density.
    fn take_exif(&mut self, exif: Cow<'a, [u8]>) {
        const PREFIX: &[u8] = b"Exif\0\0";
        let exif = match exif {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.strip_prefix(PREFIX).unwrap_or(bytes)),
            Cow::Owned(mut bytes) => {
                if bytes.starts_with(PREFIX) {
                    bytes.drain(..PREFIX.len());
                }
                Cow::Owned(bytes)
            }
        };
        match tiff::read_exif_header(&exif) {
            Some(header) => {
                self.orientation = header.orientation.unwrap_or_default();
                self.density = self.density.or(header.density);
                self.exif = Some(exif);
            }
            None => self
                .warnings
                .push("The EXIF block is damaged and was left aside."),
        }
    }

    /// Takes an ICC profile. One that is larger than any real one is left aside.
    fn take_icc(&mut self, icc: Cow<'a, [u8]>) {
        if icc.len() > MAX_ICC {
            self.warnings.push(format!(
                "The ICC profile has {} bytes, more than {MAX_ICC}, and was left aside.",
                icc.len()
            ));
        } else if !icc.is_empty() {
            self.icc = Some(icc);
        }
    }

    /// Bytes of metadata that are held beside the original, because they had to be unpacked or joined.
    pub(crate) fn owned_bytes(&self) -> u64 {
        let owned = [&self.exif, &self.xmp, &self.iptc, &self.icc, &self.c2pa]
            .into_iter()
            .filter_map(|block| match block {
                Some(Cow::Owned(bytes)) => Some(bytes),
                _ => None,
            });
        owned
            .chain(&self.extended_xmp)
            .map(|bytes| bytes.capacity() as u64)
            .sum()
    }

    fn apply_orientation(&mut self) {
        (self.width, self.height) = self
            .orientation
            .display_size((self.coded_width, self.coded_height));
    }
}
