//! Undoes predictors, which store samples as differences from those before them in their row.

use crate::inspect::tiff::{Layout, Predictor};

/// Undoes the predictor in whole rows.
pub(super) fn undo(layout: &Layout, rows: &mut [u8]) {
    let row_bytes = layout.row_bytes();
    let samples = layout.samples_together();
    match layout.predictor {
        Predictor::None => {}
        Predictor::Horizontal => {
            for row in rows.chunks_exact_mut(row_bytes) {
                add_up(row, layout.bits, samples, layout.is_big_endian);
            }
        }
        Predictor::FloatingPoint => {
            let size = layout.bits as usize / 8;
            let mut joined = vec![0; row_bytes];
            for row in rows.chunks_exact_mut(row_bytes) {
                add_bytes(row, samples);
                join(row, &mut joined, size, layout.is_big_endian);
                row.copy_from_slice(&joined);
            }
        }
    }
}

/// Adds to each sample the sample of the same kind in the pixel before.
fn add_up(row: &mut [u8], bits: u32, samples: usize, is_big_endian: bool) {
    macro_rules! add_wide {
        ($number:ty) => {{
            const SIZE: usize = size_of::<$number>();
            let (read, write): (fn([u8; SIZE]) -> $number, fn($number) -> [u8; SIZE]) =
                if is_big_endian {
                    (<$number>::from_be_bytes, <$number>::to_be_bytes)
                } else {
                    (<$number>::from_le_bytes, <$number>::to_le_bytes)
                };
            let (numbers, _) = row.as_chunks_mut::<SIZE>();
            for at in samples..numbers.len() {
                let sum = read(numbers[at]).wrapping_add(read(numbers[at - samples]));
                numbers[at] = write(sum);
            }
        }};
    }
    match bits {
        16 => add_wide!(u16),
        32 => add_wide!(u32),
        64 => add_wide!(u64),
        _ => add_bytes(row, samples),
    }
}

fn add_bytes(row: &mut [u8], samples: usize) {
    for at in samples..row.len() {
        row[at] = row[at].wrapping_add(row[at - samples]);
    }
}

/// Reorders bytes: the row has the highest bytes of all numbers first, then the next ones; the
/// result has one number after the other.
fn join(row: &[u8], joined: &mut [u8], size: usize, is_big_endian: bool) {
    let count = row.len() / size;
    for (index, number) in joined.chunks_exact_mut(size).enumerate() {
        for (place, byte) in number.iter_mut().enumerate() {
            let from_highest = if is_big_endian {
                place
            } else {
                size - 1 - place
            };
            *byte = row[from_highest * count + index];
        }
    }
}
