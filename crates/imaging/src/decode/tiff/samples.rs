//! Converts rows of stored numbers, of 1 to 64 bits, to samples of 8 or 16 bits.

use crate::inspect::tiff::{Layout, Photometric, SampleKind};

/// The bits of the resulting samples.
pub(super) fn depth(layout: &Layout) -> u32 {
    if layout.bits <= 8 { 8 } else { 16 }
}

/// Reads the first numbers of a row and converts them to samples of 8 or 16 bits over the full range, whatever the
/// stored number of bits. Numbers of a palette stay unchanged.
pub(super) fn read_row(layout: &Layout, row: &[u8], count: usize, samples: &mut Vec<u16>) {
    samples.clear();
    let bits = layout.bits;
    let is_index = layout.photometric == Photometric::Palette;
    match (layout.kind, bits) {
        (SampleKind::Float, _) => {
            let numbers = row.chunks_exact(bits as usize / 8).take(count);
            samples.extend(numbers.map(|number| from_float(number, layout.is_big_endian)));
        }
        (_, 8) => samples.extend(row.iter().take(count).map(|byte| u16::from(*byte))),
        (_, 16 | 24 | 32) => {
            let numbers = row.chunks_exact(bits as usize / 8).take(count);
            // The two highest bytes of each number.
            samples.extend(numbers.map(|number| match (number, layout.is_big_endian) {
                ([high, low, ..], true) | ([.., low, high], false) => {
                    u16::from_be_bytes([*high, *low])
                }
                _ => 0,
            }));
        }
        _ => {
            let numbers = (0..count).map(|index| bits_at(row, index * bits as usize, bits));
            if is_index {
                samples.extend(numbers);
            } else {
                let highest = (1_u32 << bits) - 1;
                let full = if bits < 8 { 255 } else { 65_535 };
                let spread = |number: u16| (u32::from(number) * full + highest / 2) / highest;
                samples.extend(
                    numbers
                        .map(|number| spread(number).to_le_bytes())
                        .map(low_half),
                );
            }
        }
    }
    let is_lab = matches!(
        layout.photometric,
        Photometric::CieLab | Photometric::IccLab
    );
    // The zero of signed numbers becomes the middle. For L*a*b*, the colour conversion does that.
    if layout.kind == SampleKind::Signed && !is_lab {
        let half = 1 << (depth(layout) - 1);
        samples.iter_mut().for_each(|sample| *sample ^= half);
    }
}

fn low_half(bytes: [u8; 4]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

/// Reads bits from a position, the highest first, with zeros after the end of the row.
fn bits_at(row: &[u8], at: usize, bits: u32) -> u16 {
    let byte = |index: usize| u32::from(row.get(index).copied().unwrap_or(0));
    let first = at / 8;
    let three = byte(first) << 16 | byte(first + 1) << 8 | byte(first + 2);
    low_half((three << (8 + at % 8) >> (32 - bits)).to_le_bytes())
}

/// Converts a number from 0 to 1 to a sample of 16 bits. Numbers outside this range become black or white.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 16 bits"
)]
fn from_float(number: &[u8], is_big_endian: bool) -> u16 {
    let mut bytes = [0; 8];
    let size = number.len();
    bytes[..size].copy_from_slice(number);
    if is_big_endian {
        bytes[..size].reverse();
    }
    let integer = u64::from_le_bytes(bytes);
    let value = match size {
        2 => widen(integer, 10, 5),
        3 => widen(integer, 16, 7),
        4 => f64::from(f32::from_bits(integer as u32)),
        _ => f64::from_bits(integer),
    };
    // NaN becomes 0.
    (value.clamp(0.0, 1.0) * 65_535.0 + 0.5) as u16
}

/// Reads a floating-point number with these bits of fraction and exponent (IEEE 754; TIFF Technical Note 3).
fn widen(number: u64, fraction_bits: u32, exponent_bits: u32) -> f64 {
    let fraction = (number & ((1 << fraction_bits) - 1)) as f64 / f64::from(1_u32 << fraction_bits);
    let exponents = (1_u64 << exponent_bits) - 1;
    let exponent = number >> fraction_bits & exponents;
    let bias = i32::try_from(exponents / 2).unwrap_or_default();
    let sign = if number >> (fraction_bits + exponent_bits) & 1 == 1 {
        -1.0
    } else {
        1.0
    };
    let power = i32::try_from(exponent).unwrap_or_default() - bias;
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(1 - bias),
        most if most == exponents && fraction > 0.0 => f64::NAN,
        most if most == exponents => f64::INFINITY,
        _ => (1.0 + fraction) * 2.0_f64.powi(power),
    }
}

#[cfg(test)]
mod tests {
    use super::from_float;

    #[test]
    fn floating_point_of_every_size_is_read() {
        // One half, in 16, 24, 32 and 64 bits.
        let halves: [&[u8]; 4] = [
            &[0x38, 0],
            &[0x3E, 0, 0],
            &[0x3F, 0, 0, 0],
            &[0x3F, 0xE0, 0, 0, 0, 0, 0, 0],
        ];
        for half in halves {
            let mut turned = half.to_vec();
            turned.reverse();
            assert_eq!(from_float(half, true), 32_768, "{half:?}");
            assert_eq!(from_float(&turned, false), 32_768, "{half:?}");
        }
        // Infinity, NaN, a number below zero, and one below the least normal number.
        assert_eq!(from_float(&[0x7C, 0], true), 65_535);
        assert_eq!(from_float(&[0x7E, 0], true), 0);
        assert_eq!(from_float(&[0xBC, 0], true), 0);
        assert_eq!(from_float(&[0x03, 0xFF], true), 4);
    }
}
