//! Unpacks the bytes of a strip or tile to those of its rows, for every compression that TIFF files use.

use std::io::Read;

use super::{fax, jpeg};
use crate::budget::{Meter, Metered};
use crate::ffi::webp_decode;
use crate::inspect::tiff::{Compression, Layout};

/// The most memory in KiB of an LZMA decoder. The dictionary of its highest level has 64 MiB.
const MAX_LZMA_KIB: u32 = 65 << 10;

/// How many bytes a Zstandard decoder may look back.
const MAX_ZSTANDARD: u64 = 8 << 20;

/// How many bytes are unpacked between two looks at the clock.
const STEP: usize = 64 << 10;

/// Unpacks the data of a strip or tile into rows that are zero at first. Parts that the data does not contain stay
/// zero, and the error is returned.
pub(super) fn unpack(
    data: &[u8],
    tables: &[u8],
    layout: &Layout,
    rows: &mut [u8],
    meter: &Meter<'_>,
) -> Result<(), String> {
    let reader = Metered::new(data, meter);
    match layout.compression {
        Compression::None => copy(data, rows),
        Compression::PackBits => pack_bits(data, rows),
        Compression::Lzw => lzw(data, rows, meter),
        Compression::Deflate => fill(flate2::bufread::ZlibDecoder::new(reader), rows, meter),
        Compression::Lzma => {
            let reader = lzma_rust2::XzReader::new_mem_limit(reader, false, MAX_LZMA_KIB);
            fill(reader, rows, meter)
        }
        Compression::Zstandard => zstandard(reader, rows, meter),
        Compression::WebP => webp(data, layout, rows),
        Compression::Jpeg { is_ycbcr } => jpeg::decode(data, tables, is_ycbcr, layout, rows),
        Compression::Fax(kind) => fax::decode(data, kind, layout.chunk.0, rows, meter),
    }
}

fn ends_early() -> String {
    "a strip or tile ends early".to_owned()
}

fn copy(data: &[u8], rows: &mut [u8]) -> Result<(), String> {
    let held = data.len().min(rows.len());
    rows[..held].copy_from_slice(&data[..held]);
    if held == rows.len() {
        Ok(())
    } else {
        Err(ends_early())
    }
}

/// Fills the rows from a decoder, and ignores what it returns beyond them.
fn fill(mut decoder: impl Read, rows: &mut [u8], meter: &Meter<'_>) -> Result<(), String> {
    for part in rows.chunks_mut(STEP) {
        if meter.step() {
            break;
        }
        let mut at = 0;
        while at < part.len() {
            match decoder.read(&mut part[at..]).map_err(|e| e.to_string())? {
                0 => return Err(ends_early()),
                read => at += read,
            }
        }
    }
    Ok(())
}

/// Unpacks runs of bytes and single bytes (TIFF 6.0, section 9).
fn pack_bits(data: &[u8], rows: &mut [u8]) -> Result<(), String> {
    let (mut rest, mut at) = (data, 0);
    while at < rows.len() {
        let (&count, after) = rest.split_first().ok_or_else(ends_early)?;
        rest = after;
        let room = rows.len() - at;
        match count.cast_signed() {
            -128 => {}
            count @ 0.. => {
                let length = usize::from(count.cast_unsigned()) + 1;
                let bytes = rest.get(..length).unwrap_or(rest);
                let copied = bytes.len().min(room);
                rows[at..at + copied].copy_from_slice(&bytes[..copied]);
                at += copied;
                rest = &rest[bytes.len()..];
            }
            count => {
                let length = usize::from(count.unsigned_abs()) + 1;
                let (&byte, after) = rest.split_first().ok_or_else(ends_early)?;
                let filled = length.min(room);
                rows[at..at + filled].fill(byte);
                at += filled;
                rest = after;
            }
        }
    }
    Ok(())
}

/// Unpacks LZW with codes that start at the highest bit (TIFF 6.0, section 13), or at the lowest as before TIFF 5.
fn lzw(data: &[u8], rows: &mut [u8], meter: &Meter<'_>) -> Result<(), String> {
    use weezl::{BitOrder, LzwStatus, decode::Decoder};
    let is_old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder = if is_old {
        Decoder::new(BitOrder::Lsb, 8)
    } else {
        Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let (mut rest, mut at) = (data, 0);
    while at < rows.len() && !meter.step() {
        let end = rows.len().min(at + STEP);
        let result = decoder.decode_bytes(rest, &mut rows[at..end]);
        rest = &rest[result.consumed_in..];
        at += result.consumed_out;
        match result.status {
            Ok(LzwStatus::Ok) if result.consumed_out > 0 || result.consumed_in > 0 => {}
            Ok(_) if at == rows.len() => {}
            Ok(_) => return Err(ends_early()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

fn zstandard(
    mut reader: Metered<'_, &[u8]>,
    rows: &mut [u8],
    meter: &Meter<'_>,
) -> Result<(), String> {
    use ruzstd::decoding::StreamingDecoder;
    let decoder = StreamingDecoder::new_with_max_window_size(&mut reader, MAX_ZSTANDARD)
        .map_err(|error| error.to_string())?;
    fill(decoder, rows, meter)
}

fn webp(data: &[u8], layout: &Layout, rows: &mut [u8]) -> Result<(), String> {
    let row_bytes = layout.row_bytes();
    let height = u32::try_from(rows.len() / row_bytes).unwrap_or_default();
    let settings = webp_decode::Settings {
        size: (layout.chunk.0, height),
        reduces: false,
        has_alpha: layout.samples == 4,
        threads: false,
    };
    let (pixels, outcome) = webp_decode::decode(data, settings);
    copy(&pixels, rows)?;
    match outcome {
        webp_decode::Outcome::Complete => Ok(()),
        _ => Err("a WebP in it is damaged".to_owned()),
    }
}
