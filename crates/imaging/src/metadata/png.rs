//! Metadata in the chunks of a PNG file.

use flate2::Crc;

/// Inserts chunks after the image header.
pub(super) fn attach(png: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<u8>> {
    const HEADER_END: usize = 33;
    let mut attached = png.get(..HEADER_END)?.to_vec();
    if let Some(exif) = exif {
        push_chunk(&mut attached, *b"eXIf", exif)?;
    }
    if let Some(xmp) = xmp {
        // Keyword, not compressed, no language, no translated keyword.
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), xmp].concat();
        push_chunk(&mut attached, *b"iTXt", &text)?;
    }
    attached.extend_from_slice(&png[HEADER_END..]);
    Some(attached)
}

fn push_chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    png.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
    let start = png.len();
    png.extend_from_slice(&kind);
    png.extend_from_slice(data);
    let mut checksum = Crc::new();
    checksum.update(&png[start..]);
    png.extend_from_slice(&checksum.sum().to_be_bytes());
    Some(())
}
