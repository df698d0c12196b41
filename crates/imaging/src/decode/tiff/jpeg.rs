//! Decodes JPEG in TIFF: each strip or tile is a file whose tables are stored once for all (TIFF Technical Note 2).

use crate::ffi::turbojpeg::Decoder;
use crate::inspect::tiff::Layout;
use crate::jpeg::marker::{self, next_segment};

/// Decodes the JPEG of a strip or tile. The TIFF file decides what its components mean, not a marker in the JPEG.
pub(super) fn decode(
    data: &[u8],
    tables: &[u8],
    is_ycbcr: bool,
    layout: &Layout,
    rows: &mut [u8],
) -> Result<(), String> {
    let failed = |failure: crate::ffi::turbojpeg::Failure| failure.to_string();
    let file = whole_file(data, tables, is_ycbcr);
    let decoder = Decoder::open(&file).map_err(failed)?;
    let (width, height) = decoder.size();
    let samples = layout.samples_together();
    let row_bytes = layout.row_bytes();
    let expected = u32::try_from(rows.len() / row_bytes).unwrap_or_default();
    // Encoders may fill up to whole blocks, and the last strip to the height of the others.
    let most = expected
        .max(layout.chunk.1.min(layout.size.1))
        .saturating_add(BLOCK);
    if width < layout.chunk.0 || width > layout.chunk.0.saturating_add(BLOCK) || height > most {
        return Err(format!(
            "a JPEG in it has {width}×{height} pixels, and its strip or tile {}×{expected}",
            layout.chunk.0
        ));
    }
    let (pixels, remark) = match samples {
        1 => decoder.grey(),
        3 => decoder.rgb(),
        4 => decoder.cmyk(),
        _ => return Err(format!("a JPEG in it has {samples} components")),
    }
    .map_err(failed)?;
    for (row, source) in rows
        .chunks_exact_mut(row_bytes)
        .zip(pixels.chunks_exact(width as usize * samples))
    {
        row.copy_from_slice(&source[..row_bytes]);
    }
    match remark {
        Some(remark) => Err(remark),
        None if height < expected => Err("a JPEG in it has too few rows".to_owned()),
        None => Ok(()),
    }
}

/// How many pixels larger than its strip or tile a JPEG may be.
const BLOCK: u32 = 16;

/// Builds a file from the tables, the required segments, and an Adobe marker that says what the components are.
fn whole_file(data: &[u8], tables: &[u8], is_ycbcr: bool) -> Vec<u8> {
    let mut file = Vec::with_capacity(tables.len() + data.len() + 18);
    file.extend([0xFF, 0xD8]);
    file.extend(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0");
    file.push(u8::from(is_ycbcr));
    append_segments(&mut file, tables);
    append_segments(&mut file, data);
    file
}

/// Appends the segments of a JPEG except those of applications, and everything from the first scan on.
fn append_segments(file: &mut Vec<u8>, jpeg: &[u8]) {
    let mut offset = 2;
    while let Some((code, segment, next)) = next_segment(jpeg, offset) {
        match code {
            marker::SOS => {
                let start = next - segment.len() - 4;
                file.extend(&jpeg[start..]);
                return;
            }
            marker::EOI => return,
            0xE0..=0xEF => {}
            _ => {
                file.extend([0xFF, code]);
                file.extend(
                    u16::try_from(segment.len() + 2)
                        .unwrap_or_default()
                        .to_be_bytes(),
                );
                file.extend(segment);
            }
        }
        offset = next;
    }
}
