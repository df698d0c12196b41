//! Describes the colours in which the decoder returns pixels.

use std::borrow::Cow;

use jxl::api::{
    JxlBasicInfo, JxlColorEncoding, JxlColorProfile, JxlPrimaries, JxlTransferFunction,
    JxlWhitePoint,
};

use crate::inspect::{Cicp, ColourSpace, Inspection};

/// Stores the profile as code points if possible, and as an ICC profile otherwise.
pub(super) fn describe(
    inspection: &mut Inspection<'_>,
    profile: &JxlColorProfile,
    info: &JxlBasicInfo,
) {
    if profile.channels() == 1 {
        (inspection.colour_space, inspection.channels) = (ColourSpace::Grey, 1);
    }
    if inspection.has_alpha {
        inspection.channels += 1;
    }
    match profile {
        JxlColorProfile::Icc(icc) => inspection.take_icc(Cow::Owned(icc.clone())),
        JxlColorProfile::Simple(encoding) => match code_points(encoding) {
            Some(points) => inspection.cicp = Some(points),
            None => {
                if let Some(icc) = profile.try_as_icc() {
                    inspection.take_icc(Cow::Owned(icc.into_owned()));
                }
            }
        },
    }
    inspection.brightest = brightest(info);
}

/// The light of the brightest pixel, in whole candela per square metre. Files that do not know it state the maximum of
/// PQ.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from floating point stays within its type"
)]
fn brightest(info: &JxlBasicInfo) -> Option<u16> {
    const MOST: u16 = 10_000;
    let light = info.tone_mapping.intensity_target as u16;
    (1..MOST).contains(&light).then_some(light)
}

/// The code points (ITU-T H.273) for primaries and a curve, if they have any.
fn code_points(encoding: &JxlColorEncoding) -> Option<Cicp> {
    let (white_point, primaries, curve) = match encoding {
        JxlColorEncoding::RgbColorSpace {
            white_point,
            primaries,
            transfer_function,
            ..
        } => (white_point, primaries, transfer_function),
        JxlColorEncoding::GrayscaleColorSpace {
            white_point,
            transfer_function,
            ..
        } => (white_point, &JxlPrimaries::SRGB, transfer_function),
        JxlColorEncoding::XYB { .. } => return None,
    };
    let primaries = match (white_point, primaries) {
        (JxlWhitePoint::D65, JxlPrimaries::SRGB) => 1,
        (JxlWhitePoint::D65, JxlPrimaries::BT2100) => 9,
        (JxlWhitePoint::D65, JxlPrimaries::P3) => 12,
        (JxlWhitePoint::DCI, JxlPrimaries::P3) => 11,
        _ => return None,
    };
    let transfer = match curve {
        JxlTransferFunction::BT709 => 1,
        JxlTransferFunction::Linear => 8,
        JxlTransferFunction::SRGB => 13,
        JxlTransferFunction::PQ => 16,
        JxlTransferFunction::DCI => 17,
        JxlTransferFunction::HLG => 18,
        JxlTransferFunction::Gamma(_) => return None,
    };
    Some(Cicp {
        primaries,
        transfer,
        matrix: 0,
        full_range: true,
    })
}
