//! Metadata in the segments of a JPEG file.

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The most bytes of a block. A segment stores its length, which includes the length field, in 16 bits, and XMP has the
/// longer name.
pub(super) const MAX_BLOCK: usize = 65_533 - XMP.len();

/// Inserts segments after the JFIF header, which has to be the first.
pub(super) fn attach(jpeg: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<u8>> {
    const APP0: [u8; 2] = [0xFF, 0xE0];
    let start = if jpeg.get(2..4)? == APP0 {
        4 + usize::from(u16::from_be_bytes([*jpeg.get(4)?, *jpeg.get(5)?]))
    } else {
        2
    };
    let mut attached = jpeg.get(..start)?.to_vec();
    for (name, data) in [(EXIF, exif), (XMP, xmp)] {
        if let Some(data) = data {
            let length = u16::try_from(2 + name.len() + data.len()).ok()?;
            attached.extend_from_slice(&[0xFF, 0xE1]);
            attached.extend_from_slice(&length.to_be_bytes());
            attached.extend_from_slice(name);
            attached.extend_from_slice(data);
        }
    }
    attached.extend_from_slice(&jpeg[start..]);
    Some(attached)
}
