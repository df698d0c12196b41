//! How much is measured. All numbers are bounded, and every wait has a time limit.

use crate::{extreme::Png, measure::load::Load};

// The growth of memory is measured from 8 at once.
const FULL_LOADS: &[Load] = &[
    load(1, 12),
    load(4, 24),
    load(8, 32),
    load(16, 48),
    load(64, 128),
];
const EXPERT_LOADS: &[Load] = &[load(4, 24), load(16, 48)];
const QUICK_LOADS: &[Load] = &[
    load(1, 4),
    load(4, 8),
    load(8, 16),
    load(16, 16),
    load(64, 64),
];

/// The numbers of a run.
pub(crate) struct Extent {
    /// Width and height of the generated originals.
    pub(crate) sizes: &'static [(usize, usize)],
    pub(crate) loads: &'static [Load],
    /// The loads for the expert peer.
    pub(crate) expert_loads: &'static [Load],
    /// How often each load is applied to each side.
    pub(crate) rounds: usize,
    /// How often each side is started, to measure its start-up.
    pub(crate) starts: usize,
    /// How often an original is decoded, and rendered to JPEGs.
    pub(crate) decodes: usize,
    pub(crate) pngs: &'static [Png],
    pub(crate) bombs: usize,
}

impl Extent {
    /// The full measurement.
    pub(crate) fn full(rounds: usize) -> Self {
        Self {
            sizes: &[(3_000, 2_000), (4_000, 3_000), (6_000, 4_000)],
            loads: FULL_LOADS,
            expert_loads: EXPERT_LOADS,
            rounds: rounds.max(1),
            starts: 15,
            decodes: 15,
            pngs: &[Png::Rgb8, Png::Rgba16],
            bombs: 10,
        }
    }

    /// Just enough to see that everything works, in about a minute or two.
    pub(crate) fn quick() -> Self {
        Self {
            sizes: &[(4_000, 3_000)],
            loads: QUICK_LOADS,
            expert_loads: &QUICK_LOADS[1..2],
            rounds: 1,
            starts: 3,
            decodes: 5,
            pngs: &[Png::Rgb8],
            bombs: 3,
        }
    }
}

const fn load(at_once: usize, images: usize) -> Load {
    Load { at_once, images }
}
