//! Reads the header of an original. No pixel is decoded here, and nothing larger than a colour profile is unpacked.

pub(crate) mod bmp;
pub(crate) mod bytes;
mod c2pa;
mod colours;
pub(crate) mod gain_map;
mod gif;
pub(crate) mod heif;
mod icc;
pub(crate) mod ico;
pub(crate) mod isobmff;
pub(crate) mod jpeg;
#[cfg(feature = "jxl")]
pub(crate) mod jxl;
mod photoshop;
mod png;
pub(crate) mod raw;
mod raw_profile;
pub(crate) mod tiff;
mod webp;
mod xmp;

use std::borrow::Cow;
use std::ops::Range;

use crate::budget::Budget;
use crate::format::Format;
use crate::limits::Limits;
use crate::orient::Orientation;
use crate::refusal::Refusal;
use crate::warnings::Warnings;

pub(crate) use colours::Calibration;
pub use colours::{ChromaSubsampling, Cicp, ColourSpace, HdrKind};
pub use gain_map::GainMap;

/// The most bytes of an ICC profile. The largest ones, those of printers, have about two million.
const MAX_ICC: usize = 4 << 20;

/// The facts in the header of an original.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection<'a> {
    /// The file format, found in the bytes.
    pub format: Format,
    /// Width in pixels as displayed, after the orientation.
    pub width: u32,
    /// Height in pixels as displayed, after the orientation.
    pub height: u32,
    /// Width in pixels as stored.
    pub coded_width: u32,
    /// Height in pixels as stored.
    pub coded_height: u32,
    /// The part of the stored pixels that is shown, before the orientation is applied; absent if all are shown.
    pub(crate) crop: Option<Crop>,
    /// The position of the picture in the bytes of a camera raw photo.
    pub(crate) embedded: Option<Range<usize>>,
    /// How the stored pixels are turned for display. AVIF's `irot` and `imir` are expressed in the same terms.
    pub orientation: Orientation,
    /// Bits of one sample: 1 to 16, or 32 for floating point.
    pub bit_depth: u8,
    /// Samples of one pixel, alpha included. For an indexed image, these are the samples of its palette's colours.
    pub channels: u8,
    /// The colour model that is stored.
    pub colour_space: ColourSpace,
    /// Whether there may be transparency. Whether there is any is known after [`render`](crate::render()).
    pub has_alpha: bool,
    /// For JPEG: whether it is progressive. For PNG and GIF: whether it is interlaced.
    pub progressive: Option<bool>,
    /// How much smaller the colour planes are, if there are any.
    pub chroma_subsampling: Option<ChromaSubsampling>,
    /// Pixels per inch, if the file states a physical density.
    pub density: Option<Density>,
    /// Frames of the animation; 1 for a still image.
    pub frames: u32,
    /// How often an animation plays, 0 for forever; nothing for a still image.
    pub loop_count: Option<u32>,
    /// How long one round of an animation takes, in milliseconds; nothing for a still image.
    pub duration_ms: Option<u64>,
    /// The EXIF block as a TIFF structure, without `Exif\0\0` before it. For a TIFF file it is the file itself.
    pub exif: Option<Cow<'a, [u8]>>,
    /// The XMP packet, as UTF-8 XML.
    pub xmp: Option<Cow<'a, [u8]>>,
    /// The part of XMP that had no room in the segment of a JPEG, as a separate packet in UTF-8.
    pub extended_xmp: Option<Vec<u8>>,
    /// The IPTC-IIM records, raw.
    pub iptc: Option<Cow<'a, [u8]>>,
    /// The MD5 digest that the IPTC-IIM records had when they were last written together with XMP.
    pub iptc_digest: Option<[u8; 16]>,
    /// The C2PA manifest store: JUMBF boxes.
    pub c2pa: Option<Cow<'a, [u8]>>,
    /// The ICC profile.
    pub icc: Option<Cow<'a, [u8]>>,
    /// Coding-independent code points (ITU-T H.273) of the colours, if the file has them instead of a profile.
    pub cicp: Option<Cicp>,
    /// Whether the pixels have a high dynamic range, and how it is coded.
    pub hdr: Option<HdrKind>,
    /// The kind of gain map in the file, if there is one. With it, a screen makes a picture of high dynamic range from
    /// the standard one.
    pub gain_map: Option<GainMap>,
    /// The map as a file within the original, if it is one.
    pub(crate) gain_map_file: Option<&'a [u8]>,
    /// The light of the brightest pixel in candela per square metre (MaxCLL), if the file states it.
    pub(crate) brightest: Option<u16>,
    /// What the file says about its colours instead of all that.
    pub(crate) calibration: Calibration,
    /// Warnings about the file that do not stop the processing.
    pub warnings: Warnings,
    /// How the pixels are coded, as far as the memory of the decoder depends on it.
    pub(crate) coding: Coding,
    /// The processor time that is left for the original.
    pub(crate) budget: Budget,
}

/// Facts about the structure of a file that decide the memory of its decoder, besides the dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coding {
    /// Whether a JPEG has several scans, so that all of its coefficients are held at once. A JPEG in a TIFF file counts
    /// as such.
    pub(crate) has_several_scans: bool,
    /// Bytes of the file, or tables built from them, of which the decoder keeps a copy.
    pub(crate) copied_bytes: u64,
    /// Whether a JPEG lacks its end marker, so that a copy with one may be decoded.
    pub(crate) lacks_end: bool,
    /// Whether the picture is a grid of others.
    pub(crate) is_grid: bool,
    /// Frames that the AV1 decoder holds at once.
    pub(crate) held_frames: u32,
    /// Pixels of the largest picture in a HEIF file that is decoded at once: the whole picture, or a tile of it.
    pub(crate) tile_pixels: u64,
}

/// A part of the stored pixels, all of which lies within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crop {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
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
    /// Converts from pixels per centimetre.
    pub(crate) fn per_centimetre(horizontal: f64, vertical: f64) -> Option<Self> {
        const CENTIMETRES_PER_INCH: f64 = 2.54;
        Self::per_inch(
            horizontal * CENTIMETRES_PER_INCH,
            vertical * CENTIMETRES_PER_INCH,
        )
    }

    /// Takes pixels per inch; nothing for an impossible density.
    pub(crate) fn per_inch(horizontal: f64, vertical: f64) -> Option<Self> {
        let plausible = |density: f64| density.is_finite() && density > 0.0;
        (plausible(horizontal) && plausible(vertical)).then_some(Self {
            horizontal,
            vertical,
        })
    }
}

/// Reads the header of an original and applies the limits to it.
///
/// It takes time and memory proportional to the number of segments of the file, never to its pixels.
///
/// # Errors
/// A [`Refusal`] if the file is not an image, is not supported, has a damaged header or is over a limit.
pub fn inspect<'a>(original: &'a [u8], limits: &Limits) -> Result<Inspection<'a>, Refusal> {
    limits.check_bytes(original)?;
    let format = Format::detect(original)?;
    limits.check_format(format)?;
    let account = Budget::new(limits.max_cpu).account();
    let meter = account.meter();
    let inspected = match format {
        Format::Jpeg => jpeg::inspect(original, &meter),
        Format::Png => png::inspect(original, &meter),
        Format::WebP => webp::inspect(original, &meter),
        Format::Gif => gif::inspect(original, &meter),
        Format::Tiff => tiff::inspect(original, &meter),
        Format::Bmp => bmp::inspect(original),
        Format::Avif | Format::Heic => heif::inspect(original, format, &meter),
        #[cfg(feature = "jxl")]
        Format::Jxl => jxl::inspect(original, &meter),
        #[cfg(not(feature = "jxl"))]
        Format::Jxl => Err(not_built_in(format)),
        Format::Ico => ico::inspect(original),
        Format::Raw(kind) => raw::inspect(original, kind, &meter),
    };
    // A reader that ran out of time stops where it is, and what it reports means nothing.
    meter.check()?;
    let mut inspection = inspected?;
    limits.check_format(inspection.format)?;
    inspection.xmp = inspection.xmp.map(xmp::to_utf8);
    inspection.apply_crop_and_orientation();
    inspection.hdr = inspection.code_points().and_then(HdrKind::of);
    limits.check(&inspection)?;
    inspection.budget = account.budget();
    Ok(inspection)
}

/// The refusal of a format whose decoder was left out of this build.
#[cfg(not(feature = "jxl"))]
fn not_built_in(format: Format) -> Refusal {
    Refusal::unsupported(format!(
        "The file is {}, which is not supported. Convert it to JPEG.",
        format.title()
    ))
}

impl<'a> Inspection<'a> {
    /// An 8-bit RGB still image of this size. A reader overwrites what it finds.
    fn new(format: Format, width: u32, height: u32) -> Self {
        Self {
            format,
            width,
            height,
            coded_width: width,
            coded_height: height,
            crop: None,
            embedded: None,
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
            hdr: None,
            gain_map: None,
            gain_map_file: None,
            brightest: None,
            calibration: Calibration::default(),
            warnings: Warnings::default(),
            coding: Coding {
                has_several_scans: false,
                copied_bytes: 0,
                lacks_end: false,
                is_grid: false,
                held_frames: 1,
                tile_pixels: 0,
            },
            budget: Budget::new(Limits::default().max_cpu),
        }
    }

    /// Whether there is more than one frame.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// Takes an EXIF block, with its orientation and, if the container stated none, its density.
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
                .push("exif-broken", "The EXIF block is damaged and was ignored."),
        }
    }

    /// Takes an ICC profile. A profile larger than any real one is ignored.
    fn take_icc(&mut self, icc: Cow<'a, [u8]>) {
        if icc.len() > MAX_ICC {
            self.warnings.push(
                "icc-too-large",
                format!(
                    "The ICC profile has {} bytes, more than {MAX_ICC}, and was ignored.",
                    icc.len()
                ),
            );
        } else if !icc.is_empty() {
            self.icc = Some(icc);
        }
    }

    /// Bytes of metadata that are held besides the original, because they had to be unpacked or joined.
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

    /// The code points of the colours: those of the file, or those of its profile if it has any and takes precedence.
    pub(crate) fn code_points(&self) -> Option<Cicp> {
        match &self.icc {
            Some(icc) if !self.has_code_points_first() => icc::code_points(icc),
            _ => self.cicp,
        }
    }

    /// Whether code points take precedence over a profile, as in PNG. In HEIF the profile does, and the code points
    /// only say how the planes were made.
    pub(crate) fn has_code_points_first(&self) -> bool {
        self.format == Format::Png && self.cicp.is_some()
    }

    /// The bytes that contain the pixels: the file, or the picture in a camera raw photo.
    pub(crate) fn picture<'b>(&self, original: &'b [u8]) -> &'b [u8] {
        let place = self.embedded.clone();
        place.map_or(original, |place| original.get(place).unwrap_or_default())
    }

    /// The part of the stored pixels that is shown.
    pub(crate) fn shown(&self) -> Crop {
        self.crop.unwrap_or(Crop {
            left: 0,
            top: 0,
            width: self.coded_width,
            height: self.coded_height,
        })
    }

    fn apply_crop_and_orientation(&mut self) {
        let shown = self.shown();
        (self.width, self.height) = self.orientation.display_size((shown.width, shown.height));
    }
}
