//! Converts CIE L\*a\*b\* to sRGB.

use crate::raster::Samples;

/// Converts L\*a\*b\* of the ICC encoding, relative to D50, to RGB of 8 bits.
pub(super) fn to_rgb(samples: &Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples
            .chunks_exact(3)
            .flat_map(|pixel| {
                let sample = |index: usize| f32::from(pixel[index]);
                from_lab(
                    sample(0) * 100.0 / 255.0,
                    sample(1) - 128.0,
                    sample(2) - 128.0,
                )
            })
            .collect(),
        Samples::U16(samples) => samples
            .chunks_exact(3)
            .flat_map(|pixel| {
                let sample = |index: usize| f32::from(pixel[index]);
                from_lab(
                    sample(0) * 100.0 / 65535.0,
                    sample(1) / 256.0 - 128.0,
                    sample(2) / 256.0 - 128.0,
                )
            })
            .collect(),
    }
}

/// CIE 15 from L\*a\*b\* to XYZ, then XYZ of D50 to linear sRGB with Bradford's adaptation, then sRGB's curve (IEC
/// 61966-2-1).
fn from_lab(lightness: f32, a: f32, b: f32) -> [u8; 3] {
    const D50: [f32; 3] = [0.964_22, 1.0, 0.825_21];
    const TO_LINEAR: [[f32; 3]; 3] = [
        [3.133_856, -1.616_867, -0.490_615],
        [-0.978_768, 1.916_142, 0.033_454],
        [0.071_945, -0.228_991, 1.405_243],
    ];
    let middle = (lightness + 16.0) / 116.0;
    let [x, y, z] = [middle + a / 500.0, middle, middle - b / 200.0].map(from_cube_root);
    let xyz = [x * D50[0], y * D50[1], z * D50[2]];
    TO_LINEAR.map(|row| {
        encode(
            row.iter()
                .zip(xyz)
                .map(|(weight, value)| weight * value)
                .sum(),
        )
    })
}

fn from_cube_root(root: f32) -> f32 {
    const STRAIGHT_BELOW: f32 = 6.0 / 29.0;
    if root > STRAIGHT_BELOW {
        root.powi(3)
    } else {
        3.0 * STRAIGHT_BELOW.powi(2) * (root - 4.0 / 29.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 0 to 255"
)]
fn encode(linear: f32) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let encoded = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::from_lab;

    /// The values come from the CSS Color 4 sample code.
    #[test]
    fn known_colours_come_out() {
        assert_eq!(from_lab(100.0, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(from_lab(0.0, 0.0, 0.0), [0, 0, 0]);
        assert_eq!(from_lab(53.585, 0.0, 0.0), [128, 128, 128]);
        assert_eq!(from_lab(54.29, 80.81, 69.89), [255, 0, 0]);
        assert_eq!(from_lab(29.57, 68.30, -112.03), [0, 0, 255]);
    }
}
