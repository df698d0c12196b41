//! Converts every colour to sRGB with 8 bits a sample, by the file's ICC profile or code points, or by the default of
//! its colour model.

mod hdr;
mod inks;
mod lab;
pub(crate) mod srgb;
pub(crate) mod ycbcr;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, CmsError, ColorPrimaries, ColorProfile,
    DataColorSpace, Layout, MatrixCoefficients, RenderingIntent, ToneReprCurve,
    TransferCharacteristics, TransformOptions,
};

use self::hdr::ToneMapping;
use crate::inspect::{Calibration, Cicp, ColourSpace, Inspection};
use crate::raster::{Model, Packed, Samples, area};
use crate::warnings::Warnings;

/// The largest difference, of 255, up to which a profile's colours count as sRGB.
const SAME: u8 = 2;

/// The colours of an original.
pub(crate) struct Colours {
    conversion: Conversion,
    /// Why a profile was ignored.
    pub(crate) warning: Option<&'static str>,
}

/// How colours are converted to sRGB.
enum Conversion {
    /// They are sRGB already, or the default of their model.
    None,
    Profile(Box<ColorProfile>),
    Hdr(Box<ToneMapping>),
}

impl Colours {
    /// Reads the profile or the code points of an original. A damaged profile is ignored with a warning, because the
    /// picture matters more than its exact colours.
    pub(crate) fn of(inspection: &Inspection<'_>) -> Self {
        let points = inspection.code_points();
        if let Some((kind, points)) = inspection.hdr.zip(points) {
            let mapping = ToneMapping::new(kind, points.primaries, inspection.brightest);
            return Conversion::Hdr(Box::new(mapping)).into();
        }
        let profile = match (&inspection.icc, points) {
            (Some(icc), _) if !inspection.has_code_points_first() => {
                match ColorProfile::new_from_slice(icc) {
                    Ok(profile) => Some(profile),
                    Err(_) => {
                        return Self {
                            conversion: Conversion::None,
                            warning: Some("The ICC profile cannot be read and was ignored."),
                        };
                    }
                }
            }
            (_, Some(points)) => profile_of_points(points),
            _ => {
                let is_grey = inspection.colour_space == ColourSpace::Grey;
                profile_of_calibration(inspection.calibration, is_grey)
            }
        };
        match profile {
            Some(profile) if !is_srgb(&profile) => Conversion::Profile(Box::new(profile)).into(),
            _ => Conversion::None.into(),
        }
    }

    /// Whether RGB, YCbCr and grey pixels need no conversion.
    pub(crate) fn are_srgb(&self) -> bool {
        matches!(self.conversion, Conversion::None)
    }
}

impl From<Conversion> for Colours {
    fn from(conversion: Conversion) -> Self {
        Self {
            conversion,
            warning: None,
        }
    }
}

/// Converts pixels to sRGB, grey or not, and keeps their depth. Inks and L\*a\*b\* come out in 8 bits.
pub(crate) fn to_srgb(image: Packed, colours: &Colours, warnings: &mut Warnings) -> Packed {
    match &colours.conversion {
        Conversion::Profile(profile) => match apply_profile(&image, profile) {
            Ok(converted) => return converted,
            Err(_) => warnings.push(
                "icc-unfit",
                "The ICC profile does not fit the pixels and was ignored.",
            ),
        },
        Conversion::Hdr(mapping) if !matches!(image.model, Model::Cmyk | Model::Lab) => {
            return mapping.apply(image);
        }
        _ => {}
    }
    let (model, samples) = match (image.model, image.samples) {
        (Model::Cmyk, samples) => (Model::Rgb, Samples::U8(inks::to_rgb(&to_8_bits(samples)))),
        (Model::Lab, samples) => (Model::Rgb, Samples::U8(lab::to_rgb(&samples))),
        other => other,
    };
    Packed {
        model,
        samples,
        ..image
    }
}

/// From 16 bits to 8, rounded.
pub(crate) fn to_8_bits(samples: Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => samples.into_iter().map(to_8).collect(),
    }
}

/// Converts a sample of 16 bits to 8: divided by 257, rounded.
pub(crate) fn to_8(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_895) >> 16).to_le_bytes()[0]
}

fn apply_profile(image: &Packed, profile: &ColorProfile) -> Result<Packed, CmsError> {
    let (from, target, to, model) = match (image.model, profile.color_space) {
        (Model::Grey, DataColorSpace::Gray) => {
            (Layout::Gray, grey_srgb(), Layout::Gray, Model::Grey)
        }
        (Model::GreyAlpha, DataColorSpace::Gray) => (
            Layout::GrayAlpha,
            grey_srgb(),
            Layout::GrayAlpha,
            Model::GreyAlpha,
        ),
        (Model::Rgb, DataColorSpace::Rgb) => (
            Layout::Rgb,
            ColorProfile::new_srgb(),
            Layout::Rgb,
            Model::Rgb,
        ),
        (Model::RgbAlpha, DataColorSpace::Rgb) => (
            Layout::Rgba,
            ColorProfile::new_srgb(),
            Layout::Rgba,
            Model::RgbAlpha,
        ),
        (Model::Cmyk, DataColorSpace::Cmyk) => (
            Layout::Rgba,
            ColorProfile::new_srgb(),
            Layout::Rgb,
            Model::Rgb,
        ),
        _ => return Err(CmsError::UnsupportedProfileConnection),
    };
    let length = area(image.width, image.height) * model.channels();
    let samples = match &image.samples {
        Samples::U8(samples) => {
            let mut converted = vec![0; length];
            profile
                .create_transform_8bit(from, &target, to, options())?
                .transform(samples, &mut converted)?;
            Samples::U8(converted)
        }
        Samples::U16(samples) => {
            let mut converted = vec![0; length];
            profile
                .create_transform_16bit(from, &target, to, options())?
                .transform(samples, &mut converted)?;
            Samples::U16(converted)
        }
    };
    Ok(Packed {
        width: image.width,
        height: image.height,
        model,
        samples,
    })
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        ..TransformOptions::default()
    }
}

/// Grey with sRGB's transfer curve, which readers assume for a grey rendition without a profile.
fn grey_srgb() -> ColorProfile {
    let mut profile = ColorProfile::new_gray_with_gamma(2.2);
    profile.gray_trc = ColorProfile::new_srgb().red_trc;
    profile
}

/// Whether a profile changes no colour visibly, as is true of most photos. The pixels of such photos can stay in the
/// planes of their JPEG.
fn is_srgb(profile: &ColorProfile) -> bool {
    const STEPS: [u8; 5] = [0, 64, 128, 192, 255];
    let (samples, model): (Vec<u8>, _) = match profile.color_space {
        DataColorSpace::Rgb => {
            let colours = STEPS.iter().flat_map(|red| {
                STEPS
                    .iter()
                    .flat_map(move |green| STEPS.map(|blue| [*red, *green, blue]))
            });
            (colours.flatten().collect(), Model::Rgb)
        }
        DataColorSpace::Gray => ((0..=u8::MAX).collect(), Model::Grey),
        _ => return false,
    };
    let pixels = u32::try_from(samples.len() / model.channels()).unwrap_or_default();
    let probe = Packed::new8(pixels, 1, model, samples.clone());
    apply_profile(&probe, profile).is_ok_and(|converted| {
        to_8_bits(converted.samples)
            .iter()
            .zip(&samples)
            .all(|(after, before)| after.abs_diff(*before) <= SAME)
    })
}

/// The profile of code points, or nothing if they mean sRGB or something unknown.
fn profile_of_points(points: Cicp) -> Option<ColorProfile> {
    const UNSPECIFIED: u8 = 2;
    let primaries = if points.primaries == UNSPECIFIED {
        1
    } else {
        points.primaries
    };
    // In still pictures, the transfer curves of video are displayed like sRGB's.
    let transfer = match points.transfer {
        UNSPECIFIED | 1 | 6 | 14 | 15 => 13,
        other => other,
    };
    if (primaries, transfer) == (1, 13) {
        return None;
    }
    let profile = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    Some(ColorProfile::new_from_cicp(profile)).filter(ColorProfile::is_matrix_shaper)
}

/// The profile of PNG's calibration chunks, or nothing if there are none. Primaries without a curve use sRGB's curve,
/// and a curve without primaries uses sRGB's primaries.
fn profile_of_calibration(calibration: Calibration, is_grey: bool) -> Option<ColorProfile> {
    // Software writes 2.2 for sRGB, which matches its curve except for the darkest colours.
    let curve = calibration
        .gamma
        .filter(|gamma| (gamma - 2.2).abs() > 0.03)
        .map(|gamma| ToneReprCurve::Parametric(vec![gamma]));
    if is_grey {
        let mut profile = grey_srgb();
        profile.gray_trc = Some(curve?);
        return Some(profile);
    }
    if curve.is_none() && calibration.chromaticities.is_none() {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some(points) = calibration.chromaticities {
        let [white, red, green, blue] = points.map(|[x, y]| Chromaticity { x, y });
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    // Otherwise the code points of sRGB would override the changed values.
    profile.cicp = None;
    if let Some(curve) = curve {
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    Some(profile)
}

#[cfg(test)]
mod tests {
    use moxcms::ColorProfile;

    use super::{Colours, Conversion, is_srgb, to_8, to_srgb};
    use crate::raster::{Model, Packed, Pixels8};
    use crate::warnings::Warnings;

    fn convert(image: Packed, profile: ColorProfile) -> Pixels8 {
        let mut warnings = Warnings::default();
        let colours = Colours::from(Conversion::Profile(Box::new(profile)));
        let converted = to_srgb(image, &colours, &mut warnings);
        assert!(warnings.is_empty(), "{warnings:?}");
        converted.into_8_bits()
    }

    #[track_caller]
    fn close(pixel: &[u8], expected: [u8; 3]) {
        assert!(
            pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2),
            "{pixel:?} is not {expected:?}"
        );
    }

    /// The expected values are those of the CSS Color 4 conversion matrices.
    #[test]
    fn wide_gamuts_become_srgb() {
        let pixel = |rgb: [u8; 3]| Packed::new8(1, 1, Model::Rgb, rgb.to_vec());
        close(
            &convert(pixel([200, 100, 50]), ColorProfile::new_display_p3()).data,
            [215, 93, 31],
        );
        close(
            &convert(pixel([100, 150, 100]), ColorProfile::new_adobe_rgb()).data,
            [66, 151, 97],
        );
        close(
            &convert(pixel([128, 128, 128]), ColorProfile::new_pro_photo_rgb()).data,
            [146, 146, 146],
        );
    }

    #[test]
    fn sixteen_bits_are_converted_before_they_are_reduced() {
        let pixel = Packed::new16(
            1,
            1,
            Model::RgbAlpha,
            vec![200 * 257, 100 * 257, 50 * 257, 0x8000],
        );
        let converted = convert(pixel, ColorProfile::new_display_p3());
        close(&converted.data[..3], [215, 93, 31]);
        assert_eq!((converted.model, converted.data[3]), (Model::RgbAlpha, 128));
    }

    #[test]
    fn grey_stays_grey() {
        let converted = convert(
            Packed::new8(2, 1, Model::Grey, vec![0, 128]),
            ColorProfile::new_gray_with_gamma(1.0),
        );
        assert_eq!(converted.model, Model::Grey);
        assert_eq!(converted.data[0], 0);
        // Half the light is 188 in sRGB.
        assert!(converted.data[1].abs_diff(188) <= 2, "{:?}", converted.data);
    }

    #[test]
    fn srgb_is_recognised_whatever_its_profile_is_called() {
        assert!(is_srgb(&ColorProfile::new_srgb()));
        assert!(!is_srgb(&ColorProfile::new_display_p3()));
        assert!(!is_srgb(&ColorProfile::new_adobe_rgb()));
    }

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest_eight() {
        for sample in 0..=u16::MAX {
            let nearest = (f64::from(sample) / 257.0).round();
            assert!(
                (f64::from(to_8(sample)) - nearest).abs() < f64::EPSILON,
                "{sample}"
            );
        }
    }
}
