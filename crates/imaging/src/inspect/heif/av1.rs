//! Reads facts about an AV1 picture in a HEIF file before it is decoded (AV1-ISOBMFF, AV1 Image File Format).

use super::describe_planes;
use crate::inspect::Inspection;
use crate::refusal::Refusal;

/// The most frames of one coded picture. A layered picture has four (AV1 Image File Format, 2.3). A bitstream made to
/// waste time has thousands that are never shown, each of which costs as much as the picture.
const MAX_FRAMES: u32 = 4;

/// Reads the codec configuration record (AV1-ISOBMFF, 2.3.3).
pub(super) fn describe_samples(inspection: &mut Inspection<'_>, config: &[u8]) {
    let flags = config.get(2).copied().unwrap_or_default();
    let has = |bit: u8| flags & (1 << bit) != 0;
    inspection.bit_depth = match (has(6), has(5)) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    let ratios = (1 + u32::from(has(3)), 1 + u32::from(has(2)));
    describe_planes(inspection, (!has(4)).then_some(ratios));
}

/// How many frames the decoder holds at once for a picture.
pub(super) fn held_frames(data: &[u8]) -> Result<u32, Refusal> {
    let frames = count_frames(data);
    if frames > MAX_FRAMES {
        return Err(Refusal::corrupt(format!(
            "A picture of the AVIF file is coded in more than {MAX_FRAMES} frames."
        )));
    }
    Ok(frames)
}

/// Counts the frames of an AV1 bitstream by the headers of its units (AV1 Bitstream Specification, 5.3). It stops at
/// one more than are accepted.
fn count_frames(data: &[u8]) -> u32 {
    const FRAME_HEADER: u8 = 3;
    const FRAME: u8 = 6;
    let (mut rest, mut frames) = (data, 0);
    while let Some((kind, length)) = unit_header(rest) {
        frames += u32::from(matches!(kind, FRAME_HEADER | FRAME));
        rest = rest.get(length..).unwrap_or_default();
        if frames > MAX_FRAMES {
            break;
        }
    }
    frames
}

/// The type of the first unit, and its length with its header. A unit without a length extends to the end.
fn unit_header(data: &[u8]) -> Option<(u8, usize)> {
    const HAS_EXTENSION: u8 = 4;
    const HAS_SIZE: u8 = 2;
    let header = *data.first()?;
    let kind = (header >> 3) & 15;
    let size_at = 1 + usize::from(header & HAS_EXTENSION != 0);
    if header & HAS_SIZE == 0 {
        return Some((kind, data.len()));
    }
    // A size has at most eight bytes with seven bits each, the lowest first.
    let mut size = 0;
    for (index, byte) in data.get(size_at..)?.iter().take(8).enumerate() {
        size |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((kind, (size_at + index + 1).saturating_add(size)));
        }
    }
    None
}
