//! Markers: their codes, and how to find the next one (ITU-T T.81, annex B).

use crate::inspect::bytes::{be16, slice};

/// Start of a frame: baseline, sequential, progressive, each with Huffman codes.
pub(crate) const SOF0: u8 = 0xc0;
pub(super) const SOF1: u8 = 0xc1;
pub(crate) const SOF2: u8 = 0xc2;
/// Huffman tables.
pub(crate) const DHT: u8 = 0xc4;
/// The first of the eight restart markers, which alternate.
pub(super) const RST0: u8 = 0xd0;
/// Start and end of the image.
pub(super) const SOI: u8 = 0xd8;
pub(crate) const EOI: u8 = 0xd9;
/// Start of a scan.
pub(crate) const SOS: u8 = 0xda;
/// Quantisation tables.
pub(super) const DQT: u8 = 0xdb;
/// Restart interval.
pub(super) const DRI: u8 = 0xdd;
/// Application segments, and comments.
pub(crate) const APP0: u8 = 0xe0;
pub(super) const APP15: u8 = 0xef;
pub(super) const COM: u8 = 0xfe;

/// The next marker from an offset on, its segment, and the offset after it. Bytes that are not a marker are skipped, as
/// in every decoder.
pub(crate) fn next_segment(original: &[u8], mut offset: usize) -> Option<(u8, &[u8], usize)> {
    loop {
        offset += original
            .get(offset..)?
            .iter()
            .position(|byte| *byte == 0xFF)?;
        offset += original
            .get(offset..)?
            .iter()
            .position(|byte| *byte != 0xFF)?;
        let code = original[offset];
        offset += 1;
        match code {
            // A stuffed zero, and the markers that stand alone.
            0x00 | 0x01 | RST0..=SOI => {}
            EOI => return Some((code, &[], offset)),
            _ => {
                let length = usize::from(be16(original, offset)?).max(2);
                let segment = slice(original, offset + 2, length - 2)?;
                return Some((code, segment, offset + length));
            }
        }
    }
}
