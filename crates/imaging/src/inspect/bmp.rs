//! The headers of a Windows or OS/2 bitmap.

use super::bytes::{le16, le32};
use super::{Density, Inspection};
use crate::format::Format;
use crate::refusal::Refusal;

/// Size of the file header. The header of the picture follows it.
pub(crate) const FILE_HEADER: usize = 14;

/// Size of the first OS/2 header, whose sides have 16 bits.
const CORE_HEADER: u32 = 12;

/// Size of the header that Windows writes if there is no alpha and no profile.
pub(crate) const INFO_HEADER: u32 = 40;

/// Size of the same with masks of all four colours.
pub(crate) const MASKS_HEADER: u32 = 56;

/// The compression in which masks say where red, green, blue and possibly alpha are.
pub(crate) const MASKS: u32 = 3;
pub(crate) const ALPHA_MASKS: u32 = 6;

pub(super) fn inspect(original: &[u8]) -> Result<Inspection<'_>, Refusal> {
    read(original).ok_or_else(|| Refusal::corrupt("The bitmap header is damaged."))
}

fn read(original: &[u8]) -> Option<Inspection<'_>> {
    let header = Header::read(original)?;
    let mut inspection = Inspection::new(Format::Bmp, header.width, header.height);
    // Only bit masks can give a bitmap an alpha channel.
    let alpha_mask = match (header.size, header.compression) {
        (MASKS_HEADER | 108 | 124, _) | (INFO_HEADER, ALPHA_MASKS) => le32(original, 66)?,
        _ => 0,
    };
    inspection.has_alpha = header.bits >= 16 && alpha_mask != 0;
    inspection.channels = 3 + u8::from(inspection.has_alpha);
    inspection.density = header.density(original);
    if !header.is_usual() {
        // The decoder gets a copy with another header.
        inspection.coding.copied_bytes = original.len() as u64 + 1024;
    }
    Some(inspection)
}

/// The fields of the picture's header. OS/2 cuts its second header where only zeros would follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) size: u32,
    width: u32,
    height: u32,
    pub(crate) bits: u32,
    pub(crate) compression: u32,
    /// The number of colours of the palette; 0 for the maximum.
    pub(crate) colours: u32,
}

impl Header {
    pub(crate) fn read(original: &[u8]) -> Option<Self> {
        let size = le32(original, FILE_HEADER)?;
        if size == CORE_HEADER {
            return Some(Self {
                size,
                width: u32::from(le16(original, 18)?),
                height: u32::from(le16(original, 20)?),
                bits: u32::from(le16(original, 24)?),
                compression: 0,
                colours: 0,
            });
        }
        let within = |offset: usize| {
            let end = offset + 4 - FILE_HEADER;
            if end > size as usize {
                Some(0)
            } else {
                le32(original, offset)
            }
        };
        // A negative height means that the bitmap is stored from the top.
        let side = |offset| le32(original, offset).map(|side| side.cast_signed().unsigned_abs());
        Some(Self {
            size,
            width: side(18)?,
            height: side(22)?,
            bits: u32::from(le16(original, 28)?),
            compression: within(30)?,
            colours: within(46)?,
        })
    }

    /// Whether it is the second header of OS/2, in which some numbers mean other things.
    pub(crate) fn is_os2(self) -> bool {
        !matches!(self.size, CORE_HEADER | 40 | 52 | 56 | 108 | 124)
    }

    /// Whether the palette has more colours than an index can name.
    pub(crate) fn has_idle_colours(self) -> bool {
        self.bits <= 8 && self.colours > 1 << self.bits
    }

    /// Whether decoders know this header.
    pub(crate) fn is_usual(self) -> bool {
        !self.is_os2() && self.compression != ALPHA_MASKS && !self.has_idle_colours()
    }

    fn density(self, original: &[u8]) -> Option<Density> {
        if self.size < INFO_HEADER {
            return None;
        }
        let per_metre = |offset| le32(original, offset).map(|value| f64::from(value.cast_signed()));
        Density::per_centimetre(per_metre(38)? / 100.0, per_metre(42)? / 100.0)
    }
}
