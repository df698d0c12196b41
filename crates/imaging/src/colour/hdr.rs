//! Converts high dynamic range to standard: PQ and HLG (Rec. ITU-R BT.2100) to sRGB.
//!
//! The light of the signal is compressed by the curve of Rec. ITU-R BT.2390, section 5.4 (annex 5 of Rec. ITU-R
//! BT.2408), whose target is the reference white of BT.2408. So a sheet of paper becomes nearly the white of the
//! screen, much darker parts stay unchanged, and highlights share the small range above. The curve is applied to the
//! largest of red, green and blue, so that hues stay.

use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients};
use moxcms::{DataColorSpace, TransferCharacteristics};

use super::srgb;
use crate::inspect::HdrKind;
use crate::raster::{Model, Packed, Samples};

/// Light of a white sheet, in candela per square metre (Rec. ITU-R BT.2408, 2.1).
const REFERENCE_WHITE: f32 = 203.0;

/// The brightest light of usual pictures, and of HLG's nominal display.
const USUAL_PEAK: f32 = 1000.0;

/// The brightest light that PQ can express.
const PQ_PEAK: f32 = 10_000.0;

/// Entries of the curve's table, over the square root of light.
const CURVE_STEPS: u16 = 4096;

/// Converts an HDR signal to sRGB.
pub(crate) struct ToneMapping {
    kind: HdrKind,
    /// The brightest light that is distinguished.
    peak: f32,
    /// The factors for light, over the square root of light from 0 to the peak.
    gains: Vec<f32>,
    /// From the linear primaries of the picture to those of sRGB.
    to_srgb: [[f32; 3]; 3],
    /// sRGB of 16 bits for linear light of 16 bits.
    encoded: Vec<u16>,
}

impl ToneMapping {
    /// Builds the mapping for a picture with these primaries (ITU-T H.273) and, if known, this brightest light.
    pub(super) fn new(kind: HdrKind, primaries: u8, brightest: Option<u16>) -> Self {
        let peak = match (kind, brightest) {
            (HdrKind::Pq, Some(light)) if light > 0 => f32::from(light).min(PQ_PEAK),
            _ => USUAL_PEAK,
        };
        let gain = |step: u16| {
            let root = f32::from(step) / f32::from(CURVE_STEPS);
            let light = (root * root * peak).max(1e-3);
            compressed(light, peak) / light
        };
        Self {
            kind,
            peak,
            gains: (0..=CURVE_STEPS).map(gain).collect(),
            to_srgb: to_linear_srgb(primaries),
            encoded: (0..=u16::MAX).map(srgb::of_light).collect(),
        }
    }

    /// Converts a picture of grey or RGB and leaves its alpha unchanged.
    pub(super) fn apply(&self, image: Packed) -> Packed {
        let channels = image.model.channels();
        let is_grey = matches!(image.model, Model::Grey | Model::GreyAlpha);
        let samples = match image.samples {
            Samples::U8(mut samples) => {
                let light: Vec<f32> = (0..=u8::MAX)
                    .map(|sample| self.light(f32::from(sample) / 255.0))
                    .collect();
                for pixel in samples.chunks_exact_mut(channels) {
                    let [red, green, blue] = colours(pixel, is_grey).map(usize::from);
                    let rgb = self.srgb([light[red], light[green], light[blue]]);
                    put(pixel, is_grey, rgb.map(super::to_8));
                }
                Samples::U8(samples)
            }
            Samples::U16(mut samples) => {
                let light: Vec<f32> = (0..=u16::MAX)
                    .map(|sample| self.light(f32::from(sample) / 65_535.0))
                    .collect();
                for pixel in samples.chunks_exact_mut(channels) {
                    let [red, green, blue] = colours(pixel, is_grey).map(usize::from);
                    let rgb = self.srgb([light[red], light[green], light[blue]]);
                    put(pixel, is_grey, rgb);
                }
                Samples::U16(samples)
            }
        };
        Packed { samples, ..image }
    }

    /// The light of a signal from 0 to 1. For PQ it is the light of the display, for HLG that of the scene, from 0 to
    /// 1.
    fn light(&self, signal: f32) -> f32 {
        match self.kind {
            HdrKind::Pq => pq_to_light(signal),
            HdrKind::Hlg => hlg_to_scene(signal),
        }
    }

    fn srgb(&self, light: [f32; 3]) -> [u16; 3] {
        let light = match self.kind {
            HdrKind::Pq => light,
            HdrKind::Hlg => hlg_to_display(light),
        };
        let gain = self.gain(light.into_iter().fold(0.0, f32::max)) / REFERENCE_WHITE;
        let linear = self
            .to_srgb
            .map(|row| gain * (row[0] * light[0] + row[1] * light[1] + row[2] * light[2]));
        fit(linear).map(|sample| self.encoded[usize::from(srgb::to_16(sample))])
    }

    fn gain(&self, light: f32) -> f32 {
        if light >= self.peak {
            return compressed(self.peak, self.peak) / light;
        }
        let at = (light / self.peak).sqrt() * f32::from(CURVE_STEPS);
        let below = usize::from(to_index(at));
        let part = at - at.floor();
        match (self.gains.get(below), self.gains.get(below + 1)) {
            (Some(lower), Some(upper)) => lower + (upper - lower) * part,
            _ => self.gains.last().copied().unwrap_or(1.0),
        }
    }
}

/// Red, green and blue of a pixel.
fn colours<T: Copy>(pixel: &[T], is_grey: bool) -> [T; 3] {
    if is_grey {
        [pixel[0]; 3]
    } else {
        [pixel[0], pixel[1], pixel[2]]
    }
}

fn put<T: Copy>(pixel: &mut [T], is_grey: bool, colours: [T; 3]) {
    if is_grey {
        pixel[0] = colours[1];
    } else {
        pixel[..3].copy_from_slice(&colours);
    }
}

/// Compresses light so that the peak becomes the reference white (Rec. ITU-R BT.2390, 5.4.1). The curve is defined in
/// PQ: a straight line up to a knee, then a Hermite spline.
fn compressed(light: f32, peak: f32) -> f32 {
    if peak <= REFERENCE_WHITE {
        return light;
    }
    let highest = light_to_pq(peak);
    let signal = light_to_pq(light) / highest;
    let target = light_to_pq(REFERENCE_WHITE) / highest;
    let knee = 1.5 * target - 0.5;
    if signal < knee {
        return light;
    }
    let t = (signal - knee) / (1.0 - knee);
    let (square, cube) = (t * t, t * t * t);
    let spline = (2.0 * cube - 3.0 * square + 1.0) * knee
        + (cube - 2.0 * square + t) * (1.0 - knee)
        + (3.0 * square - 2.0 * cube) * target;
    pq_to_light(spline * highest)
}

/// Moves a colour outside sRGB towards the grey of the same luminance, until it is inside.
fn fit(rgb: [f32; 3]) -> [f32; 3] {
    let luminance = (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]).clamp(0.0, 1.0);
    let least = rgb.into_iter().fold(f32::MAX, f32::min);
    let most = rgb.into_iter().fold(f32::MIN, f32::max);
    let mut kept: f32 = 1.0;
    if least < 0.0 {
        kept = kept.min(luminance / (luminance - least));
    }
    if most > 1.0 {
        kept = kept.min((1.0 - luminance) / (most - luminance));
    }
    rgb.map(|sample| luminance + kept * (sample - luminance))
}

const M1: f32 = 2610.0 / 16_384.0;
const M2: f32 = 2523.0 / 32.0;
const C1: f32 = 3424.0 / 4096.0;
const C2: f32 = 2413.0 / 128.0;
const C3: f32 = 2392.0 / 128.0;

/// Candela per square metre of a PQ signal (SMPTE ST 2084).
fn pq_to_light(signal: f32) -> f32 {
    let power = signal.max(0.0).powf(1.0 / M2);
    PQ_PEAK * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

fn light_to_pq(light: f32) -> f32 {
    let power = (light / PQ_PEAK).max(0.0).powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// Light of the scene, from 0 to 1, of an HLG signal (Rec. ITU-R BT.2100, table 5).
fn hlg_to_scene(signal: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 0.284_668_92;
    const C: f32 = 0.559_910_7;
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - C) / A).exp() + B) / 12.0
    }
}

/// Candela per square metre that the nominal display makes of the light of the scene (Rec. ITU-R BT.2100, table 5).
fn hlg_to_display(scene: [f32; 3]) -> [f32; 3] {
    const GAMMA: f32 = 1.2;
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let gain = USUAL_PEAK * luminance.powf(GAMMA - 1.0);
    scene.map(|sample| sample * gain)
}

/// The matrix from linear light of these primaries to that of sRGB. Unknown primaries count as BT.2020.
fn to_linear_srgb(primaries: u8) -> [[f32; 3]; 3] {
    let known = CicpColorPrimaries::try_from(primaries)
        .ok()
        .filter(|primaries| {
            !matches!(
                primaries,
                CicpColorPrimaries::Reserved | CicpColorPrimaries::Unspecified
            )
        });
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: known.unwrap_or(CicpColorPrimaries::Bt2020),
        transfer_characteristics: TransferCharacteristics::Linear,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    debug_assert_eq!(profile.color_space, DataColorSpace::Rgb);
    profile
        .transform_matrix(&ColorProfile::new_srgb())
        .to_f32()
        .v
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is a place in a table, and the conversion stays within 16 bits"
)]
fn to_index(value: f32) -> u16 {
    value as u16
}

#[cfg(test)]
mod tests {
    use super::{ToneMapping, compressed, hlg_to_display, hlg_to_scene, light_to_pq, pq_to_light};
    use crate::inspect::HdrKind;
    use crate::raster::{Model, Packed, Samples};

    #[track_caller]
    fn near(value: f32, expected: f32, tolerance: f32) {
        assert!(
            (value - expected).abs() <= tolerance,
            "{value}, not {expected}"
        );
    }

    /// Values of Rec. ITU-R BT.2408, table 1: the same objects in both signals.
    #[test]
    fn signals_stand_for_the_light_that_the_recommendations_say() {
        near(light_to_pq(203.0), 0.58, 0.002);
        near(pq_to_light(0.58), 203.0, 3.0);
        near(pq_to_light(1.0), 10_000.0, 20.0);
        near(light_to_pq(26.0), 0.38, 0.005);
        let hlg = |signal: f32| hlg_to_display([hlg_to_scene(signal); 3])[1];
        near(hlg(0.75), 203.0, 2.0);
        near(hlg(0.38), 26.0, 1.0);
        near(hlg(1.0), 1000.0, 2.0);
    }

    #[test]
    fn the_curve_keeps_the_dark_and_ends_at_white() {
        near(compressed(10.0, 1000.0), 10.0, 0.01);
        near(compressed(50.0, 1000.0), 50.0, 1.0);
        near(compressed(1000.0, 1000.0), 203.0, 1.0);
        near(compressed(150.0, 203.0), 150.0, 0.1);
        // The curve never falls.
        let lights: Vec<f32> = (0..1000_u16)
            .map(|light| compressed(f32::from(light), 1000.0))
            .collect();
        assert!(lights.windows(2).all(|pair| pair[0] <= pair[1] + 0.01));
    }

    fn tone_mapped(kind: HdrKind, primaries: u8, rgb: [f32; 3]) -> [u8; 3] {
        let samples = rgb.map(super::srgb::to_16).to_vec();
        let image = Packed::new16(1, 1, Model::Rgb, samples);
        let mapped = ToneMapping::new(kind, primaries, None).apply(image);
        let data = mapped.into_8_bits().data;
        [data[0], data[1], data[2]]
    }

    #[test]
    fn grey_stays_grey_and_the_peak_is_white() {
        for (kind, peak) in [(HdrKind::Pq, light_to_pq(1000.0)), (HdrKind::Hlg, 1.0)] {
            let white = tone_mapped(kind, 9, [peak; 3]);
            assert!(white.iter().all(|sample| *sample >= 254), "{white:?}");
            let [red, green, blue] = tone_mapped(kind, 9, [peak * 0.6; 3]);
            assert!(red.abs_diff(green) <= 1 && green.abs_diff(blue) <= 1);
        }
        // 18 % grey of a sheet at the reference white: 36.5 candela, far below the knee, which is 118 in sRGB.
        let grey = tone_mapped(HdrKind::Pq, 9, [light_to_pq(203.0 * 0.18); 3]);
        assert!(grey[1].abs_diff(118) <= 1, "{grey:?}");
    }

    #[test]
    fn colours_beyond_srgb_keep_their_hue() {
        // Pure BT.2020 green at a tenth of the reference white.
        let signal = light_to_pq(20.3);
        let [red, green, blue] = tone_mapped(HdrKind::Pq, 9, [0.0, signal, 0.0]);
        assert!(green > 60 && red < green && blue < green);
        // The same green in sRGB's own primaries only becomes less bright.
        assert_eq!(tone_mapped(HdrKind::Pq, 1, [0.0, signal, 0.0]), [0, 89, 0]);
    }

    #[test]
    fn alpha_and_grey_are_left_what_they_are() {
        let image = Packed::new8(1, 1, Model::GreyAlpha, vec![148, 77]);
        let mapped = ToneMapping::new(HdrKind::Pq, 9, Some(1000)).apply(image);
        assert_eq!(mapped.model, Model::GreyAlpha);
        let Samples::U8(samples) = mapped.samples else {
            panic!("8 bits stay 8 bits");
        };
        assert_eq!(samples[1], 77);
        // The reference white is a little below the white of the screen.
        assert!((200..255).contains(&samples[0]), "{samples:?}");
    }
}
