//! Rewrites headers of bitmaps that the decoder does not know as ones that it knows.

use std::borrow::Cow;

use crate::inspect::bmp::{ALPHA_MASKS, FILE_HEADER, Header, INFO_HEADER, MASKS, MASKS_HEADER};
use crate::inspect::bytes::le32;
use crate::refusal::Refusal;

/// The offsets of the numbers that are changed.
const PIXELS_AT: usize = 10;
const COMPRESSION: usize = 30;
const COLOURS: usize = 46;

/// The file with a header that the decoder knows, or a refusal by name.
pub(super) fn usual(original: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let damaged = || Refusal::corrupt("The bitmap header is damaged.");
    let header = Header::read(original).ok_or_else(damaged)?;
    if let Some(name) = unsupported(header) {
        return Err(Refusal::unsupported(format!(
            "The file is a bitmap with {name}, which is not supported."
        )));
    }
    if header.is_usual() {
        return Ok(Cow::Borrowed(original));
    }
    let mut file = if header.is_os2() {
        with_windows_header(original, header).ok_or_else(damaged)?
    } else {
        original.to_vec()
    };
    if header.compression == ALPHA_MASKS {
        // The four masks after the short header are where the longer header has them.
        if header.size == INFO_HEADER {
            put(&mut file, FILE_HEADER, MASKS_HEADER);
        }
        put(&mut file, COMPRESSION, MASKS);
    }
    if header.has_idle_colours() {
        put(&mut file, COLOURS, 1 << header.bits);
    }
    Ok(Cow::Owned(file))
}

fn unsupported(header: Header) -> Option<&'static str> {
    Some(match (header.is_os2(), header.compression) {
        (true, 3) => "Huffman codes",
        (true, 4) => "runs of 24-bit pixels",
        (false, 4) => "a JPEG inside",
        (false, 5) => "a PNG inside",
        (false, 11..=13) => "four inks",
        _ => return None,
    })
}

/// Replaces the header of OS/2, which begins like that of Windows and may be shorter or longer.
fn with_windows_header(original: &[u8], header: Header) -> Option<Vec<u8>> {
    let own_end = FILE_HEADER.checked_add(header.size as usize)?;
    let new_end = FILE_HEADER + INFO_HEADER as usize;
    let mut file = original.get(..own_end.min(new_end))?.to_vec();
    file.resize(new_end, 0);
    file.extend(original.get(own_end..)?);
    put(&mut file, FILE_HEADER, INFO_HEADER);
    let pixels_at = le32(original, PIXELS_AT)?;
    let moved = pixels_at
        .checked_add(INFO_HEADER)?
        .checked_sub(header.size)?;
    put(&mut file, PIXELS_AT, moved);
    Some(file)
}

fn put(file: &mut [u8], at: usize, number: u32) {
    if let Some(bytes) = file.get_mut(at..at + 4) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
}
