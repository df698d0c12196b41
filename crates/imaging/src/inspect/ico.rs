//! Reads the directory of a Windows icon. The largest picture in it is used.

use super::Inspection;
use super::bytes::{be32, le16, le32, slice};
use crate::format::Format;
use crate::refusal::Refusal;

const ENTRY_SIZE: usize = 16;

pub(super) fn inspect(original: &[u8]) -> Result<Inspection<'_>, Refusal> {
    let damaged = || Refusal::corrupt("The icon directory is damaged.");
    let picture = largest_picture(original).ok_or_else(damaged)?;
    let (width, height, bits) = picture_header(picture).ok_or_else(damaged)?;
    let mut inspection = Inspection::new(Format::Ico, width, height);
    inspection.bit_depth = bits;
    // A bitmap in an icon has a transparency mask, and a PNG there is expected to have alpha.
    inspection.has_alpha = true;
    inspection.channels = 4;
    Ok(inspection)
}

/// The bytes of the picture with the most pixels and, among these, with the most colours.
pub(crate) fn largest_picture(original: &[u8]) -> Option<&[u8]> {
    let count = usize::from(le16(original, 4)?);
    let entries = original.get(6..)?.chunks_exact(ENTRY_SIZE).take(count);
    // A side of 256 does not fit its byte and is written as 0.
    let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    let best = entries.max_by_key(|entry| (side(entry[0]) * side(entry[1]), le16(entry, 6)))?;
    slice(original, le32(best, 12)? as usize, le32(best, 8)? as usize)
}

/// Width, height and bits a sample of a picture, which is a PNG or a bitmap without its file header.
fn picture_header(picture: &[u8]) -> Option<(u32, u32, u8)> {
    if picture.starts_with(b"\x89PNG") {
        return Some((be32(picture, 16)?, be32(picture, 20)?, *picture.get(24)?));
    }
    // The height includes the colours and the mask below them.
    let (width, height) = (
        le32(picture, 4)?,
        le32(picture, 8)?.cast_signed().unsigned_abs(),
    );
    Some((width, height / 2, 8))
}
