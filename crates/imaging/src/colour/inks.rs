//! Converts inks without a profile, as a press on coated paper prints them.

/// sRGB of bare paper, of full cyan, magenta and yellow, and of their overprints, as ISO 12647-2 presses on coated
/// paper print them. In the index, bit 0 is cyan, bit 1 magenta and bit 2 yellow.
const OVERPRINTS: [[f32; 3]; 8] = [
    [255.0, 255.0, 255.0],
    [0.0, 159.0, 227.0],
    [230.0, 0.0, 126.0],
    [49.0, 39.0, 131.0],
    [255.0, 237.0, 0.0],
    [0.0, 150.0, 64.0],
    [227.0, 6.0, 19.0],
    [55.0, 52.0, 53.0],
];

/// The part of a colour that is left under full black.
const UNDER_BLACK: f32 = 0.11;

/// Converts inks of 8 bits to RGB.
///
/// Dots of the inks fall beside and on each other at random, so the paper shows each overprint in proportion to its
/// probability (Demichel's equations). The mix is computed on encoded values, which approximates the spread of light in
/// the paper that makes halftones darker than their dots.
pub(super) fn to_rgb(inks: &[u8]) -> Vec<u8> {
    inks.chunks_exact(4)
        .flat_map(|ink| pixel([ink[0], ink[1], ink[2], ink[3]]))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mix of values up to 255 is one"
)]
fn pixel(inks: [u8; 4]) -> [u8; 3] {
    let [cyan, magenta, yellow, black] = inks.map(|ink| f32::from(ink) / 255.0);
    let left = 1.0 - black * (1.0 - UNDER_BLACK);
    [0, 1, 2].map(|channel| {
        let mixed: f32 = OVERPRINTS
            .iter()
            .enumerate()
            .map(|(index, colour)| {
                let chance = |ink: f32, bit: usize| if index & bit == 0 { 1.0 - ink } else { ink };
                chance(cyan, 1) * chance(magenta, 2) * chance(yellow, 4) * colour[channel]
            })
            .sum();
        (mixed * left).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::to_rgb;

    #[test]
    fn no_ink_is_white_and_full_inks_are_what_a_press_prints() {
        assert_eq!(to_rgb(&[0, 0, 0, 0]), [255, 255, 255]);
        assert_eq!(to_rgb(&[255, 0, 0, 0]), [0, 159, 227]);
        assert_eq!(to_rgb(&[0, 255, 255, 0]), [227, 6, 19]);
        assert_eq!(to_rgb(&[0, 0, 0, 255]), [28, 28, 28]);
        assert!(to_rgb(&[255; 4]).iter().all(|sample| *sample < 10));
    }
}
