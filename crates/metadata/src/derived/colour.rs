//! Colours: sRGB, linear light and `Oklab` (Björn Ottosson, <https://bottosson.github.io/posts/oklab/>).

use std::sync::LazyLock;

use super::Pixels;

/// A colour in linear light, 0 to 1 each.
pub(super) type Linear = [f32; 3];

/// A colour in `Oklab`: lightness 0 to 1, green to red, blue to yellow. Equal distances look equally large.
pub(super) type Oklab = [f32; 3];

/// The mean colour in linear light, which is how the picture looks from far away; `None` if nothing is visible.
pub(super) fn average(pixels: Pixels<'_>) -> Option<[u8; 3]> {
    let (mut sum, mut weight) = ([0.0_f64; 3], 0.0_f64);
    for (colour, alpha) in pixels.visible() {
        let alpha = f64::from(alpha);
        for (sum, value) in sum.iter_mut().zip(linear(colour)) {
            *sum += alpha * f64::from(value);
        }
        weight += alpha;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "single precision is plenty for eight bits"
    )]
    (weight > 0.0).then(|| srgb(sum.map(|sum| (sum / weight) as f32)))
}

/// Formats a colour as `#rrggbb`.
pub(super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Undoes the transfer function of sRGB (IEC 61966-2-1).
pub(super) fn linear(colour: [u8; 3]) -> Linear {
    static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
        let mut table = [0.0; 256];
        for (entry, level) in table.iter_mut().zip(0..=u8::MAX) {
            let level = f32::from(level) / 255.0;
            *entry = if level <= 0.040_45 {
                level / 12.92
            } else {
                ((level + 0.055) / 1.055).powf(2.4)
            };
        }
        table
    });
    colour.map(|level| LINEAR[usize::from(level)])
}

/// Applies the transfer function of sRGB, with rounding and clipping to eight bits.
pub(super) fn srgb(colour: Linear) -> [u8; 3] {
    colour.map(|light| {
        let level = if light <= 0.003_130_8 {
            12.92 * light
        } else {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clipped to a byte's range"
        )]
        let byte = (level * 255.0).round().clamp(0.0, 255.0) as u8;
        byte
    })
}

pub(super) fn oklab([red, green, blue]: Linear) -> Oklab {
    let l = (0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue).cbrt();
    let m = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
    let s = (0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

pub(super) fn from_oklab([lightness, green_red, blue_yellow]: Oklab) -> Linear {
    let l = (lightness + 0.396_337_78 * green_red + 0.215_803_76 * blue_yellow).powi(3);
    let m = (lightness - 0.105_561_346 * green_red - 0.063_854_17 * blue_yellow).powi(3);
    let s = (lightness - 0.089_484_18 * green_red - 1.291_485_5 * blue_yellow).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_back() {
        for colour in [
            [0, 0, 0],
            [255, 255, 255],
            [255, 0, 0],
            [12, 200, 99],
            [1, 2, 3],
        ] {
            assert_eq!(srgb(linear(colour)), colour);
            assert_eq!(srgb(from_oklab(oklab(linear(colour)))), colour);
        }
    }

    #[test]
    fn oklab_is_as_published() {
        // In the publication's table, white is (1, 0, 0) and red is (0.628, 0.225, 0.126).
        for (colour, expected) in [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([255, 0, 0], [0.628, 0.225, 0.126]),
        ] {
            let measured = oklab(linear(colour));
            assert!(
                measured
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-3),
                "{measured:?}"
            );
        }
    }
}
