//! Segments: macroblocks that are coded alike, with their steps and filter (RFC 6386, sections 9.3 and 9.6).

use crate::quantiser::{Quantiser, Rounding, ac_step, dc_step};

/// The maximum number of segments.
pub(crate) const SEGMENTS: usize = 4;

/// How easy the macroblocks of a segment are, compared with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ease {
    /// From -127 to 127, relative to the mean of the picture. Hard macroblocks hide more errors, so their steps are
    /// larger.
    pub(crate) beside_mean: i32,
    /// From 0 to 255, relative to the hardest.
    pub(crate) above_least: i32,
}

/// How macroblocks of a segment are coded.
pub(crate) struct Segment {
    /// Index of the steps.
    pub(crate) index: i32,
    /// Strength of the loop filter, 0 to 63.
    pub(crate) filter: i32,
    pub(crate) luma: Quantiser,
    pub(crate) luma_dc: Quantiser,
    pub(crate) chroma: Quantiser,
    /// How much better the prediction of 4×4 blocks must be than that of the whole macroblock, in the unit of scores.
    pub(crate) blocks_penalty: i64,
}

/// The stored steps of chroma, as differences from the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChromaSteps {
    pub(crate) dc: i32,
    pub(crate) ac: i32,
}

/// How much the steps of segments differ: half of the maximum, as in libwebp.
const SPREAD: f64 = 0.9 * 0.5 / 128.0;

impl ChromaSteps {
    /// Steps by how easy chroma is on average. It is around 60, and goes from 30 for hard chroma to 100 for chroma that
    /// needs hardly any bits.
    pub(crate) fn of(ease: i32) -> Self {
        Self {
            dc: -2,
            ac: ((ease - 64) * 10 / 70 / 2).clamp(-4, 6),
        }
    }
}

/// How fine steps are for a quality from 0 to 100, from 0 to 1. Files grow roughly with its third power.
fn fineness(quality: f64) -> f64 {
    let share = quality / 100.0;
    let linear = if share < 0.75 {
        share * (2.0 / 3.0)
    } else {
        2.0 * share - 1.0
    };
    linear.cbrt()
}

impl Segment {
    /// A segment for a quality from 0 to 100, and a strength of the loop filter from 0 to 100.
    pub(crate) fn new(quality: f64, ease: Ease, chroma: ChromaSteps, filter: u8) -> Self {
        let exponent = 1.0 - SPREAD * f64::from(ease.beside_mean);
        #[expect(clippy::cast_possible_truncation, reason = "it is from 0 to 127")]
        let index = (127.0 * (1.0 - fineness(quality).powf(exponent))) as i32;
        let index = index.clamp(0, 127);
        let strength = (ac_step(index) >> 2).min(63) * 5 * i32::from(filter);
        let strength = strength / (256 + ease.above_least);
        let luma = Quantiser::new([dc_step(index), ac_step(index)], Rounding::LUMA);
        let mean_step = (luma.steps[0] + 15 * luma.steps[1] + 8) >> 4;
        Self {
            index,
            // A weaker filter is invisible, and costs decoders time.
            filter: if strength < 2 { 0 } else { strength.min(63) },
            luma,
            luma_dc: Quantiser::new(
                [2 * dc_step(index), (ac_step(index) * 155 / 100).max(8)],
                Rounding::LUMA_DC,
            ),
            chroma: Quantiser::new(
                [
                    dc_step((index + chroma.dc).min(117)),
                    ac_step(index + chroma.ac),
                ],
                Rounding::CHROMA,
            ),
            blocks_penalty: 1000 * i64::from(mean_step) * i64::from(mean_step),
        }
    }
}
