//! Finds the type of a file in its first bytes. A file's name and declared type prove nothing.

use crate::error::Error;

/// How many bytes are enough to tell.
pub const ENOUGH: usize = 512;

/// The types that the handler can read, except raw photos.
const READABLE: [(&str, &str); 9] = [
    ("image/jpeg", "JPEG"),
    ("image/png", "PNG"),
    ("image/webp", "WebP"),
    ("image/gif", "GIF"),
    ("image/avif", "AVIF"),
    ("image/jxl", "JPEG XL"),
    ("image/tiff", "TIFF"),
    ("image/bmp", "BMP"),
    ("image/vnd.microsoft.icon", "ICO"),
];

/// The type that the handler can read only if it was built for it.
pub const HEIC: &str = "image/heic";

/// The first bytes of camera raw photos that are not TIFF. The handler distinguishes the other
/// kinds from TIFF.
const RAW: [(usize, &[u8], &str); 7] = [
    (4, b"ftypcrx ", "image/x-canon-cr3"),
    (8, b"CR\x02", "image/x-canon-cr2"),
    (0, b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (0, b"IIRO", "image/x-olympus-orf"),
    (0, b"IIRS", "image/x-olympus-orf"),
    (0, b"MMOR", "image/x-olympus-orf"),
    (0, b"IIU\0", "image/x-panasonic-rw2"),
];

/// The media type that the first bytes show, if the handler can read it.
///
/// # Errors
///
/// [`Error::UnsupportedType`] says what the file is instead.
pub fn media_type(head: &[u8]) -> Result<&'static str, Error> {
    if head.is_empty() {
        return Err(Error::UnsupportedType("The file is empty.".to_owned()));
    }
    let raw = RAW.iter().find(|(at, signature, _)| {
        head.get(*at..)
            .is_some_and(|rest| rest.starts_with(signature))
    });
    if let Some((_, _, raw)) = raw {
        return Ok(raw);
    }
    let found = infer::get(head).map(|kind| kind.mime_type());
    if let Some((readable, _)) = READABLE
        .iter()
        .find(|(readable, _)| found == Some(readable))
    {
        return Ok(readable);
    }
    let known = match found {
        Some("image/heif" | "image/heic") => return Ok(HEIC),
        Some("application/pdf") => "a PDF",
        Some("video/mp4" | "video/quicktime" | "video/webm") => "a video",
        Some("application/zip") => "a ZIP archive",
        _ if is_svg(head) => "an SVG drawing",
        Some("text/html" | "text/xml") => "a text",
        _ => "not an image that Darkroom knows",
    };
    let names: Vec<_> = READABLE.iter().map(|(_, name)| *name).collect();
    Err(Error::UnsupportedType(format!(
        "The file is {known}. Accepted formats are {} and camera raw photos.",
        names.join(", ")
    )))
}

/// The media type with this name, if it is one that [`media_type`] returns.
#[must_use]
pub fn known(name: &str) -> Option<&'static str> {
    let readable = READABLE.iter().map(|(readable, _)| *readable);
    let raw = RAW.iter().map(|(_, _, raw)| *raw);
    let mut all = readable.chain(raw).chain([HEIC]);
    all.find(|one| *one == name)
}

/// Refuses HEIC if the handler does not read it, and says what to do.
///
/// # Errors
///
/// [`Error::UnsupportedType`] for HEIC that is not accepted.
pub fn check_heic(content_type: &str, is_accepted: bool) -> Result<(), Error> {
    if content_type == HEIC && !is_accepted {
        return Err(Error::UnsupportedType(
            "The file is an HEIC photo, and HEIC is not accepted here. Convert it to JPEG. An \
             iPhone takes photos as JPEG if Settings, Camera, Formats is set to “Most \
             Compatible”."
                .to_owned(),
        ));
    }
    Ok(())
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
            (b"\xFF\x0A\xFA\x7F", "image/jxl"),
            (b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "image/jxl"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", HEIC),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "image/x-canon-cr3"),
            (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2"),
            (b"FUJIFILMCCD-RAW 0201", "image/x-fuji-raf"),
        ] {
            assert_eq!(media_type(head).unwrap(), expected, "{head:?}");
        }
    }

    #[test]
    fn heic_is_taken_where_it_is_accepted() {
        assert!(check_heic(HEIC, true).is_ok());
        assert!(check_heic("image/jpeg", false).is_ok());
        let message = check_heic(HEIC, false).unwrap_err().to_string();
        assert!(message.contains("HEIC") && message.contains("Convert it to JPEG"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (head, expected) in [
            (&b""[..], "The file is empty."),
            (b"<svg xmlns='x'>", "an SVG drawing"),
            (b"%PDF-1.7", "a PDF"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"hello", "not an image"),
        ] {
            let message = media_type(head).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
