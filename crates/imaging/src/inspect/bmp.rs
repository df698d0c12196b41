//! The headers of a Windows or OS/2 bitmap.

use super::bytes::{le16, le32};
use super::{Density, Inspection};
use crate::format::Format;
use crate::refusal::Refusal;

/// Size of the OS/2 header, whose sides have 16 bits.
const CORE_HEADER: u32 = 12;

pub(super) fn inspect(original: &[u8]) -> Result<Inspection<'_>, Refusal> {
    read(original).ok_or_else(|| Refusal::corrupt("The bitmap header is damaged."))
}

fn read(original: &[u8]) -> Option<Inspection<'_>> {
    let header_size = le32(original, 14)?;
    if header_size == CORE_HEADER {
        return Some(Inspection::new(
            Format::Bmp,
            u32::from(le16(original, 18)?),
            u32::from(le16(original, 20)?),
        ));
    }
    // A negative height is of a bitmap stored from the top.
    let side = |offset| le32(original, offset).map(|side| side.cast_signed().unsigned_abs());
    let mut inspection = Inspection::new(Format::Bmp, side(18)?, side(22)?);
    let bits_per_pixel = le16(original, 28)?;
    let compression = le32(original, 30)?;
    // Only bit masks can give a bitmap an alpha channel: of a 40-byte header with compression 6, or of the larger ones.
    let alpha_mask = match (header_size, compression) {
        (56.., _) | (40.., 6) => le32(original, 66)?,
        _ => 0,
    };
    inspection.has_alpha = bits_per_pixel >= 16 && alpha_mask != 0;
    inspection.channels = 3 + u8::from(inspection.has_alpha);
    let per_metre = |offset| le32(original, offset).map(|value| f64::from(value.cast_signed()));
    inspection.density = Density::per_centimetre(per_metre(38)? / 100.0, per_metre(42)? / 100.0);
    Some(inspection)
}
