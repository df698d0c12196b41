//! What the first bytes of a file are. A file's name and declared type prove nothing.

use crate::error::Error;

/// Bytes that are enough to tell.
pub const ENOUGH: usize = 512;

/// What the handler can read.
const READABLE: [(&str, &str); 8] = [
    ("image/jpeg", "JPEG"),
    ("image/png", "PNG"),
    ("image/webp", "WebP"),
    ("image/gif", "GIF"),
    ("image/avif", "AVIF"),
    ("image/tiff", "TIFF"),
    ("image/bmp", "BMP"),
    ("image/vnd.microsoft.icon", "ICO"),
];

/// The media type that the first bytes show, where the handler can read it.
///
/// # Errors
///
/// [`Error::UnsupportedType`] says what the file is instead.
pub fn media_type(head: &[u8]) -> Result<&'static str, Error> {
    if head.is_empty() {
        return Err(Error::UnsupportedType("The file is empty.".to_owned()));
    }
    let found = infer::get(head).map(|kind| kind.mime_type());
    if let Some((readable, _)) = READABLE
        .iter()
        .find(|(readable, _)| found == Some(readable))
    {
        return Ok(readable);
    }
    let known = match found {
        Some("image/heif" | "image/heic") => "an HEIC photo",
        Some("application/pdf") => "a PDF",
        Some("video/mp4" | "video/quicktime" | "video/webm") => "a video",
        Some("application/zip") => "a ZIP archive",
        _ if is_svg(head) => "an SVG drawing",
        Some("text/html" | "text/xml") => "a text",
        _ => "not an image that Darkroom knows",
    };
    let names: Vec<_> = READABLE.iter().map(|(_, name)| *name).collect();
    Err(Error::UnsupportedType(format!(
        "The file is {known}; accepted are {}.",
        names.join(", ")
    )))
}

fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.trim_start().starts_with('<') && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide() {
        for (head, expected) in [
            (&b"\xFF\xD8\xFF\xE0"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1A\n", "image/png"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"GIF89a", "image/gif"),
            (b"II*\0\x08\0\0\0\0\0", "image/tiff"),
            (b"\0\0\0\x18ftypavifZZZZavifmif1", "image/avif"),
            (b"BM\0\0", "image/bmp"),
            (b"\0\0\x01\0\x01\0", "image/vnd.microsoft.icon"),
        ] {
            assert_eq!(media_type(head).unwrap(), expected, "{head:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (head, expected) in [
            (&b""[..], "The file is empty."),
            (b"<svg xmlns='x'>", "an SVG drawing"),
            (b"%PDF-1.7", "a PDF"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "an HEIC photo"),
            (b"hello", "not an image"),
        ] {
            let message = media_type(head).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
