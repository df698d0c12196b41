//! Metadata in the chunks of a WebP file.

use crate::inspect::bytes::le32;

/// Adds chunks at the end. A header before the picture announces them (RFC 9649, 2.7).
pub(super) fn attach(
    webp: &[u8],
    (width, height): (u32, u32),
    exif: Option<&[u8]>,
    xmp: Option<&[u8]>,
) -> Option<Vec<u8>> {
    const EXIF_FLAG: u8 = 0x08;
    const XMP_FLAG: u8 = 0x04;
    const ALPHA_FLAG: u8 = 0x10;
    let mut attached = webp.get(..12)?.to_vec();
    let flags =
        (if exif.is_some() { EXIF_FLAG } else { 0 }) | (if xmp.is_some() { XMP_FLAG } else { 0 });
    let picture = webp.get(12..)?;
    if picture.starts_with(b"VP8X") {
        attached.extend_from_slice(picture);
        attached[20] |= flags;
    } else {
        // A lossless picture has a bit for alpha in its own header; a lossy one without an extended header has none.
        let alpha = if picture.starts_with(b"VP8L") && le32(picture, 9)? & (1 << 28) != 0 {
            ALPHA_FLAG
        } else {
            0
        };
        attached.extend_from_slice(b"VP8X\x0A\0\0\0");
        attached.extend_from_slice(&[flags | alpha, 0, 0, 0]);
        attached.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
        attached.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
        attached.extend_from_slice(picture);
    }
    for (kind, data) in [(b"EXIF", exif), (b"XMP ", xmp)] {
        if let Some(data) = data {
            attached.extend_from_slice(kind);
            attached.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
            attached.extend_from_slice(data);
            if data.len() % 2 == 1 {
                attached.push(0);
            }
        }
    }
    let size = u32::try_from(attached.len() - 8).ok()?;
    attached[4..8].copy_from_slice(&size.to_le_bytes());
    Some(attached)
}
