//! The file formats: their names, and how to recognise them by their first bytes.

mod raw;

use std::fmt;

use crate::inspect::raw::kind_of_tiff;
use crate::refusal::{Refusal, RefusalCode};

pub use raw::RawKind;

/// A format that can be read. [`Format::is_output`] says which can also be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JPEG (ITU-T T.81), baseline, progressive or arithmetic.
    Jpeg,
    /// PNG and APNG (W3C PNG, third edition).
    Png,
    /// WebP (RFC 9649), lossy, lossless or animated.
    WebP,
    /// GIF 87a and 89a.
    Gif,
    /// TIFF 6.0 and BigTIFF.
    Tiff,
    /// Windows and OS/2 bitmaps.
    Bmp,
    /// AVIF still images (AV1 in HEIF).
    Avif,
    /// HEIC still images (HEVC in HEIF).
    Heic,
    /// JPEG XL, as a bare codestream or in its container.
    Jxl,
    /// Windows icons.
    Ico,
    /// Camera raw photos. The picture that the camera itself made is read.
    Raw(RawKind),
}

impl Format {
    /// The file name extension without its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Avif => "avif",
            Self::Heic => "heic",
            Self::Jxl => "jxl",
            Self::Ico => "ico",
            Self::Raw(kind) => kind.extension(),
        }
    }

    /// The media type that IANA lists.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Jxl => "image/jxl",
            Self::Ico => "image/vnd.microsoft.icon",
            Self::Raw(kind) => kind.content_type(),
        }
    }

    /// The name in lower case, as recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            other => other.extension(),
        }
    }

    /// The name for use in sentences.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Jxl => "JPEG XL".to_owned(),
            other => other.as_str().to_uppercase(),
        }
    }

    /// Whether the EXIF block of a file is the whole file, including its pixels.
    pub(crate) fn is_its_own_exif(self) -> bool {
        match self {
            Self::Tiff => true,
            Self::Raw(kind) => !matches!(kind, RawKind::Cr3 | RawKind::Raf | RawKind::Rw2),
            _ => false,
        }
    }

    /// Whether renditions can be written in it.
    #[must_use]
    pub fn is_output(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::WebP | Self::Avif)
    }

    /// Recognises the format by the first bytes alone. Neither name nor declared content type counts.
    ///
    /// # Errors
    /// A [`Refusal`] for bytes that are not an image, and one that names the format if it cannot be read.
    pub fn detect(bytes: &[u8]) -> Result<Self, Refusal> {
        let starts = |signature: &[u8]| bytes.starts_with(signature);
        if starts(b"\xFF\xD8\xFF") {
            return Ok(Self::Jpeg);
        }
        if starts(b"\x89PNG\r\n\x1a\n") {
            return Ok(Self::Png);
        }
        if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Self::WebP);
        }
        if starts(b"GIF87a") || starts(b"GIF89a") {
            return Ok(Self::Gif);
        }
        if is_bitmap(bytes) {
            return Ok(Self::Bmp);
        }
        if starts(b"\0\0\x01\0") && bytes.get(4..6).is_some_and(|count| count != [0, 0]) {
            return Ok(Self::Ico);
        }
        if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL \r\n\x87\n") {
            return Ok(Self::Jxl);
        }
        if bytes.get(4..8) == Some(b"ftyp") {
            return detect_iso_media(bytes);
        }
        if let Some(kind) = RawKind::of_signature(bytes) {
            return Ok(Self::Raw(kind));
        }
        if let Some(name) = unsupported_name(bytes) {
            return Err(Refusal::unsupported(format!(
                "The file is {name}, which is not supported."
            )));
        }
        if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]
            .iter()
            .any(|signature| starts(*signature))
        {
            return Ok(kind_of_tiff(bytes).map_or(Self::Tiff, Self::Raw));
        }
        Err(Refusal::new(
            RefusalCode::NotAnImage,
            "The file is not an image: its first bytes are those of no image format.",
        ))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether this is a bitmap. Many texts begin with `BM`, so the size of the header that follows it must be one that a
/// bitmap has. OS/2 headers can have any length from 16 to 64.
fn is_bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM")
        && matches!(bytes.get(14..18), Some([12 | 16..=64 | 108 | 124, 0, 0, 0]))
}

/// Recognises HEIF, AVIF and MP4, which share one container, by the brands of `ftyp` (ISO/IEC 14496-12, 4.3).
fn detect_iso_media(bytes: &[u8]) -> Result<Format, Refusal> {
    let size = bytes.get(..4).map_or(0, |size| {
        u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize
    });
    let end = size.clamp(16, 512).min(bytes.len());
    let brands: Vec<&[u8]> = bytes
        .get(8..end)
        .unwrap_or_default()
        .chunks_exact(4)
        .enumerate()
        // The second word is the minor version, not a brand.
        .filter(|(index, _)| *index != 1)
        .map(|(_, brand)| brand)
        .collect();
    let any = |wanted: &[&[u8]]| brands.iter().any(|brand| wanted.contains(brand));
    if any(&[b"avif", b"avis"]) {
        return Ok(Format::Avif);
    }
    if any(&[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs",
    ]) {
        return Ok(Format::Heic);
    }
    if any(&[b"crx "]) {
        return Ok(Format::Raw(RawKind::Cr3));
    }
    if any(&[b"mif1", b"msf1"]) {
        return Ok(Format::Avif);
    }
    Err(Refusal::unsupported(
        "The file is a video or another ISO media file, not an image.",
    ))
}

/// Formats that people send and that cannot be read, so that the refusal can name them.
fn unsupported_name(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: &[(usize, &[u8], &str)] = &[
        (0, b"%PDF-", "a PDF document"),
        (0, b"8BPS", "a Photoshop document (PSD)"),
        (0, b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
        (0, b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (0, b"II\xBC", "JPEG XR"),
        (0, b"DDS ", "a DirectDraw surface (DDS)"),
        (0, b"qoif", "QOI"),
        (0, b"#?RADIANCE", "Radiance HDR"),
        (0, b"\x76\x2F\x31\x01", "OpenEXR"),
        (0, b"%!PS", "PostScript"),
        (0, b"gimp xcf", "a GIMP document (XCF)"),
        (0, b"\xD7\xCD\xC6\x9A", "a Windows metafile"),
        (0, b"SIMPLE  =", "FITS"),
        (0, b"\0\0\x02\0", "a Windows cursor"),
        (0, b"icns", "an Apple icon"),
        (0, b"FLIF", "FLIF"),
        (0, b"BPG\xFB", "BPG"),
    ];
    let by_signature = SIGNATURES.iter().find(|(offset, signature, _)| {
        bytes
            .get(*offset..)
            .is_some_and(|rest| rest.starts_with(signature))
    });
    if let Some((_, _, name)) = by_signature {
        return Some(name);
    }
    match bytes {
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n', ..] => Some("a Netpbm image"),
        _ => is_svg(bytes).then_some("SVG, a drawing and not pixels"),
    }
}

/// Whether this is an SVG document. It may begin with a byte order mark, an XML declaration, comments and a doctype, so
/// its root element is searched in the first kilobytes of anything that looks like XML.
fn is_svg(bytes: &[u8]) -> bool {
    const LOOKED_INTO: usize = 4096;
    let head = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let head = &head[..head.len().min(LOOKED_INTO)];
    head.starts_with(b"<")
        && head
            .windows(4)
            .any(|window| window.eq_ignore_ascii_case(b"<svg"))
}

#[cfg(test)]
mod tests {
    use super::{Format, RawKind};
    use crate::refusal::RefusalCode;

    #[track_caller]
    fn refused(bytes: &[u8], code: RefusalCode, named: &str) {
        let refusal = Format::detect(bytes).expect_err("a refusal");
        assert_eq!(refusal.code, code, "{refusal}");
        assert!(refusal.message.contains(named), "{refusal}");
    }

    #[test]
    fn formats_are_told_from_their_first_bytes() {
        let cases: [(&[u8], Format); 18] = [
            (b"\xFF\xD8\xFF\xE0", Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Format::WebP),
            (b"GIF89a", Format::Gif),
            (b"MM\0*\0\0\0\x08", Format::Tiff),
            (b"II+\0", Format::Tiff),
            (b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", Format::Bmp),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0avifmiaf", Format::Avif),
            (b"\0\0\x01\0\x01\0", Format::Ico),
            (b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic", Format::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0heix\0\0\0\0", Format::Heic),
            (b"\xFF\x0A\xFA\x7F", Format::Jxl),
            (b"\0\0\0\x0CJXL \r\n\x87\n", Format::Jxl),
            (b"II*\0\x10\0\0\0CR\x02\0", Format::Raw(RawKind::Cr2)),
            (
                b"\0\0\0\x18ftypcrx \0\0\0\x01isom",
                Format::Raw(RawKind::Cr3),
            ),
            (b"IIRO\x08\0\0\0", Format::Raw(RawKind::Orf)),
            (b"IIU\0\x18\0\0\0", Format::Raw(RawKind::Rw2)),
            (b"FUJIFILMCCD-RAW 0201", Format::Raw(RawKind::Raf)),
        ];
        for (bytes, format) in cases {
            assert_eq!(Format::detect(bytes), Ok(format));
        }
    }

    #[test]
    fn svg_is_refused_by_name_however_it_begins() {
        refused(
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            RefusalCode::UnsupportedFormat,
            "SVG",
        );
        refused(
            b"\xEF\xBB\xBF\n<?xml version='1.0'?>\n<!-- drawn by hand -->\n<svg/>",
            RefusalCode::UnsupportedFormat,
            "SVG",
        );
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        refused(b"%PDF-1.7", RefusalCode::UnsupportedFormat, "PDF");
        refused(b"8BPS\0\x01", RefusalCode::UnsupportedFormat, "Photoshop");
        refused(
            b"\0\0\0\x18ftypmp42\0\0\0\0isom",
            RefusalCode::UnsupportedFormat,
            "video",
        );
    }

    #[test]
    fn text_is_no_image() {
        refused(
            b"BM is how this text begins, and it goes on.",
            RefusalCode::NotAnImage,
            "not an image",
        );
        refused(b"<html><body>", RefusalCode::NotAnImage, "not an image");
        refused(b"x", RefusalCode::NotAnImage, "not an image");
    }
}
