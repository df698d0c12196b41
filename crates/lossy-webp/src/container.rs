//! The file around a frame: RIFF, one chunk, and the frame's tag (RFC 6386, section 9.1).

use crate::frame::Frame;

/// A whole file. Even the largest picture is far below the format's limit of four gigabytes.
pub(crate) fn file(width: u32, height: u32, frame: &Frame) -> Vec<u8> {
    const TAG: usize = 10;
    const HEADER: usize = 20;
    let length = TAG + frame.first_partition.len() + frame.tokens.len();
    let padded = length.next_multiple_of(2);
    // These lengths include the name of the format, and the chunk with its own header.
    let four_bytes = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut file = Vec::with_capacity(HEADER + padded);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&four_bytes(4 + 8 + padded));
    file.extend_from_slice(b"WEBPVP8 ");
    file.extend_from_slice(&four_bytes(length));
    // A key frame that is shown.
    let first = u32::try_from(frame.first_partition.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&(1 << 4 | first << 5).to_le_bytes()[..3]);
    file.extend_from_slice(&[0x9d, 0x01, 0x2a]);
    for side in [width, height] {
        file.extend_from_slice(&side.to_le_bytes()[..2]);
    }
    file.extend_from_slice(&frame.first_partition);
    file.extend_from_slice(&frame.tokens);
    file.resize(HEADER + padded, 0);
    file
}
