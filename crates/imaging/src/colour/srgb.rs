//! sRGB's curve (IEC 61966-2-1), between samples and light of 16 bits.

/// The sample for this light.
pub(crate) fn of_light(light: u16) -> u16 {
    let light = f32::from(light) / 65_535.0;
    to_16(if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    })
}

/// The light of this sample.
pub(crate) fn to_light(sample: u16) -> u16 {
    let sample = f32::from(sample) / 65_535.0;
    to_16(if sample <= 0.040_45 {
        sample / 12.92
    } else {
        ((sample + 0.055) / 1.055).powf(2.4)
    })
}

/// A fraction as a sample of 16 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 16 bits"
)]
pub(crate) fn to_16(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * 65_535.0 + 0.5) as u16
}
