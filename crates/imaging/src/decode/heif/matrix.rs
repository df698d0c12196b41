//! Converts coded luma and chroma to RGB (ITU-T H.273, 8.3).

use moxcms::{Chromaticity, CicpColorPrimaries, ColorPrimaries};

use crate::inspect::Cicp;
use crate::refusal::Refusal;

/// How samples of a picture become grey or RGB of 16 bits.
pub(super) struct Conversion {
    luma_offset: f32,
    luma_scale: f32,
    chroma_middle: f32,
    chroma_scale: f32,
    matrix: Matrix,
}

/// The meaning of the three planes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Matrix {
    /// Green, blue and red.
    Identity,
    /// Luma, and the differences of blue and red from it. The weights are those of red and blue in
    /// luma.
    Luma { red: f32, blue: f32 },
    /// Luma, and the differences of green and orange from it.
    YCgCo,
    /// The same in whole numbers without loss, with this many bits more than RGB has.
    YCgCoReversible { extra_bits: u8 },
}

/// The default matrix, as decoders use it: BT.601.
const USUAL: Matrix = Matrix::Luma {
    red: 0.299,
    blue: 0.114,
};

impl Matrix {
    /// The matrix of code points, or a refusal by name.
    fn of(points: Cicp) -> Result<Self, Refusal> {
        let luma = |red, blue| Ok(Self::Luma { red, blue });
        let named = match points.matrix {
            0 => return Ok(Self::Identity),
            1 => return luma(0.2126, 0.0722),
            2 | 5 | 6 => return Ok(USUAL),
            4 => return luma(0.30, 0.11),
            7 => return luma(0.212, 0.087),
            8 => return Ok(Self::YCgCo),
            9 => return luma(0.2627, 0.0593),
            12 => return by_primaries(points.primaries),
            16 => return Ok(Self::YCgCoReversible { extra_bits: 2 }),
            17 => return Ok(Self::YCgCoReversible { extra_bits: 1 }),
            10 => "BT.2020 with constant luminance",
            11 => "SMPTE ST 2085",
            13 => "with constant luminance derived from its primaries",
            14 => "ICtCp",
            15 => "IPT-C2",
            _ => "that is reserved",
        };
        Err(not_read(named, points.matrix))
    }
}

fn not_read(name: &str, matrix: u8) -> Refusal {
    Refusal::unsupported(format!(
        "The file has a colour matrix {name} ({matrix}), which is not supported."
    ))
}

/// Weights derived from primaries whose white is D65.
fn by_primaries(primaries: u8) -> Result<Matrix, Refusal> {
    let known = match primaries {
        1 | 5 | 6 | 7 | 9 | 12 | 22 => CicpColorPrimaries::try_from(primaries).ok(),
        _ => None,
    };
    let chromaticities = known.and_then(|primaries| ColorPrimaries::try_from(primaries).ok());
    let Some(chromaticities) = chromaticities else {
        return Err(not_read("derived from unknown primaries", 12));
    };
    let [red, _, blue] = chromaticities.transform_to_xyz(Chromaticity::D65).v[1];
    Ok(Matrix::Luma { red, blue })
}

impl Conversion {
    pub(super) fn new(bits: u8, coded: Option<Cicp>) -> Result<Self, Refusal> {
        let coded = coded.unwrap_or(Cicp {
            primaries: 1,
            transfer: 13,
            matrix: 2,
            full_range: true,
        });
        let unit = f32::from(1_u16 << (bits - 8));
        let highest = f32::from(u16::MAX >> (16 - bits));
        let (luma_offset, luma_range, chroma_range) = if coded.full_range {
            (0.0, highest, highest)
        } else {
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        let conversion = Self {
            luma_offset,
            luma_scale: 65535.0 / luma_range,
            chroma_middle: 128.0 * unit,
            chroma_scale: 65535.0 / chroma_range,
            matrix: Matrix::of(coded)?,
        };
        match conversion.matrix {
            Matrix::YCgCoReversible { extra_bits } => conversion.reversible(bits, extra_bits),
            _ => Ok(conversion),
        }
    }

    /// Samples of this matrix are whole numbers over their full range, and RGB has fewer bits.
    fn reversible(self, bits: u8, extra_bits: u8) -> Result<Self, Refusal> {
        if bits < 8 + extra_bits {
            return Err(Refusal::corrupt(
                "The file has too few bits for its colour matrix.",
            ));
        }
        Ok(Self {
            luma_offset: 0.0,
            luma_scale: 65535.0 / f32::from(u16::MAX >> (16 - (bits - extra_bits))),
            ..self
        })
    }

    pub(super) fn grey(&self, luma: u16) -> u16 {
        to_sample((f32::from(luma) - self.luma_offset) * self.luma_scale)
    }

    pub(super) fn rgb(&self, luma: u16, cb: f32, cr: f32) -> [u16; 3] {
        let y = (f32::from(luma) - self.luma_offset) * self.luma_scale;
        let [first, second] = [cb, cr].map(|sample| sample - self.chroma_middle);
        let [u, v] = [first, second].map(|sample| sample * self.chroma_scale);
        let rgb = match self.matrix {
            Matrix::Identity => {
                let plane = |sample: f32| (sample - self.luma_offset) * self.luma_scale;
                [plane(cr), y, plane(cb)]
            }
            Matrix::Luma { red, blue } => {
                let green = 1.0 - red - blue;
                let g = y - 2.0 * (red * (1.0 - red) * v + blue * (1.0 - blue) * u) / green;
                [y + 2.0 * (1.0 - red) * v, g, y + 2.0 * (1.0 - blue) * u]
            }
            Matrix::YCgCo => [y - u + v, y + u, y - u - v],
            Matrix::YCgCoReversible { .. } => {
                let [cg, co] = [first.round(), second.round()];
                let middle = f32::from(luma) - (cg / 2.0).floor();
                let blue = middle - (co / 2.0).floor();
                [blue + co, middle + cg, blue].map(|sample| sample * self.luma_scale)
            }
        };
        rgb.map(to_sample)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 16 bits"
)]
fn to_sample(value: f32) -> u16 {
    (value + 0.5).clamp(0.0, 65535.0) as u16
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is cast is a sample"
)]
mod tests {
    use super::Conversion;
    use crate::inspect::Cicp;
    use crate::refusal::RefusalCode;

    fn points(matrix: u8, full_range: bool) -> Cicp {
        Cicp {
            primaries: 9,
            transfer: 16,
            matrix,
            full_range,
        }
    }

    /// Codes 8-bit RGB (ITU-T H.273, equations 38 to 79).
    #[test]
    fn every_matrix_comes_back_to_the_colours_that_were_coded() {
        let (red, green, blue) = (200.0_f32, 90.0_f32, 30.0_f32);
        for (matrix, kr, kb) in [
            (1, 0.2126, 0.0722),
            (2, 0.299, 0.114),
            (4, 0.30, 0.11),
            (5, 0.299, 0.114),
            (6, 0.299, 0.114),
            (7, 0.212, 0.087),
            (9, 0.2627, 0.0593),
            (12, 0.2627, 0.0593),
        ] {
            let luma = kr * red + (1.0 - kr - kb) * green + kb * blue;
            let chroma = [
                (blue - luma) / (2.0 * (1.0 - kb)) + 128.0,
                (red - luma) / (2.0 * (1.0 - kr)) + 128.0,
            ];
            expect(points(matrix, true), luma, chroma);
            let video = |sample: f32, middle: f32| (sample - middle) * 224.0 / 255.0 + 128.0;
            expect(
                points(matrix, false),
                luma * 219.0 / 255.0 + 16.0,
                chroma.map(|sample| video(sample, 128.0)),
            );
        }
        let luma = green / 2.0 + (red + blue) / 4.0;
        let chroma = [
            green / 2.0 - (red + blue) / 4.0 + 128.0,
            (red - blue) / 2.0 + 128.0,
        ];
        expect(points(8, true), luma, chroma);
        expect(points(0, true), green, [blue, red]);
    }

    #[track_caller]
    fn expect(points: Cicp, luma: f32, chroma: [f32; 2]) {
        let conversion = Conversion::new(8, Some(points)).expect("a matrix that is read");
        let rgb = conversion.rgb(luma.round() as u16, chroma[0], chroma[1]);
        for (sample, expected) in rgb.into_iter().zip([200_u16, 90, 30]) {
            let difference = sample.abs_diff(expected * 257);
            assert!(difference < 400, "{points:?}: {rgb:?}");
        }
    }

    #[test]
    fn reversible_ycgco_loses_nothing() {
        for (matrix, bits) in [(16, 10), (17, 9)] {
            let conversion = Conversion::new(bits.max(10), Some(points(matrix, true)));
            let conversion = conversion.expect("a matrix that is read");
            // With -Ro in 10 bits, RGB has 9.
            let scale = if matrix == 16 {
                257.0
            } else {
                65_535.0 / 511.0
            };
            for [red, green, blue] in [[200_i32, 90, 30], [0, 255, 1], [255, 0, 254], [7, 7, 7]] {
                // The forward transform (ITU-T H.273, equations 69 to 72).
                let co = red - blue;
                let middle = blue + (co >> 1);
                let cg = green - middle;
                let luma = middle + (cg >> 1);
                let rgb = conversion.rgb(luma as u16, cg as f32 + 512.0, co as f32 + 512.0);
                let expected = [red, green, blue].map(|sample| (sample as f32 * scale).round());
                assert_eq!(rgb, expected.map(|sample| sample as u16));
            }
        }
        assert!(Conversion::new(8, Some(points(16, true))).is_err());
    }

    #[test]
    fn what_is_no_plain_matrix_is_refused_by_name() {
        for (matrix, name) in [(10, "constant luminance"), (11, "2085"), (14, "ICtCp")] {
            let refusal = Conversion::new(10, Some(points(matrix, true))).err();
            let refusal = refusal.expect("a refusal");
            assert_eq!(refusal.code, RefusalCode::UnsupportedFormat);
            assert!(refusal.message.contains(name), "{refusal}");
        }
    }
}
