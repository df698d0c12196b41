//! A macroblock: its prediction, and the stored difference.

mod blocks;
mod chroma;
mod whole;

use wide::i16x8;

use crate::edge::{Occupied, Side, Surroundings};
use crate::modes::{BlockMode, Mode};
use crate::picture::Source;
use crate::scan::nonzero;
use crate::segment::Segment;
use crate::tokens::{Plane, Tokens};
use crate::vector::{Block, Pair};

/// The weight of a 256th of a bit of a mode, relative to 256 times a squared difference. The weights are libwebp's, and
/// of the right order of magnitude.
const WHOLE_WEIGHT: i64 = 106;
const CHROMA_WEIGHT: i64 = 120;

/// How luma is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Luma {
    Whole(Mode),
    Blocks([BlockMode; 16]),
}

/// The data of a macroblock in the first partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Macroblock {
    pub(crate) segment: u8,
    /// Whether no difference is stored.
    pub(crate) empty: bool,
    pub(crate) luma: Luma,
    pub(crate) chroma: Mode,
}

/// Limits on the choice of modes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// The most that the modes of 4×4 blocks may cost, in the unit of scores.
    pub(crate) mode_limit: i64,
    /// Whether errors of chroma are spread to its neighbours.
    pub(crate) spread_chroma: bool,
}

/// The levels of a macroblock: luma, chroma, first coefficients of luma, each row by row.
pub(crate) struct Levels {
    blocks: [[i16; 16]; 25],
    /// Computed by [`nonzero`].
    nonzero: [u16; 25],
}

const CHROMA: usize = 16;
const LUMA_DC: usize = 24;

impl Levels {
    pub(crate) const EMPTY: Self = Self {
        blocks: [[0; 16]; 25],
        nonzero: [0; 25],
    };

    #[inline(always)]
    fn set(&mut self, index: usize, levels: [i16; 16]) {
        self.blocks[index] = levels;
        self.nonzero[index] = nonzero(levels);
    }
}

/// The decoded samples of a macroblock before the loop filter, in the order of [`Source`]. Blocks that are not needed
/// for prediction are present only if all are requested.
pub(crate) struct Shown {
    pub(crate) luma: [Block; 16],
    pub(crate) chroma: [Block; 8],
}

impl Shown {
    pub(crate) const EMPTY: Self = Self {
        luma: [Block::ZERO; 16],
        chroma: [Block::ZERO; 8],
    };
}

/// Called for each macroblock, with column, row and its decoded samples before the loop filter.
pub(crate) type Viewer<'a> = &'a mut dyn FnMut(usize, usize, &Shown);

/// Codes macroblocks.
pub(crate) struct Coder<'a> {
    pub(crate) surroundings: Surroundings,
    pub(crate) tokens: Tokens,
    shown: Shown,
    viewer: Option<Viewer<'a>>,
    choice: Choice,
    levels: Levels,
}

impl<'a> Coder<'a> {
    pub(crate) fn new(width: usize, choice: Choice, viewer: Option<Viewer<'a>>) -> Self {
        Self {
            surroundings: Surroundings::new(width),
            tokens: Tokens::new(),
            shown: Shown::EMPTY,
            viewer,
            choice,
            levels: Levels::EMPTY,
        }
    }

    /// Codes the next macroblock of the row.
    #[inline(always)]
    pub(crate) fn code(&mut self, source: &Source, number: u8, segment: &Segment) -> Macroblock {
        let luma = self.code_luma(source, segment);
        let (chroma, errors) = self.code_chroma(source, segment);
        let empty = self.levels.nonzero[..LUMA_DC].iter().all(|mask| *mask == 0)
            && (matches!(luma, Luma::Blocks(_)) || self.levels.nonzero[LUMA_DC] == 0);
        let occupied = if empty {
            self.skipped(luma)
        } else {
            self.record(luma)
        };
        if let Some(viewer) = &mut self.viewer {
            viewer(self.surroundings.x, self.surroundings.y, &self.shown);
        }
        self.advance(luma, occupied, errors);
        Macroblock {
            segment: number,
            empty,
            luma,
            chroma,
        }
    }

    #[inline(always)]
    fn code_luma(&mut self, source: &Source, segment: &Segment) -> Luma {
        let edges = self.surroundings.luma();
        let whole = whole::best(source, &edges);
        let at_edge = !(edges.has_above && edges.has_left);
        if at_edge && is_flat(source) {
            // The decoded first blocks influence the whole picture, so they should be smooth.
            let mode = if edges.has_left {
                Mode::Vertical
            } else {
                Mode::Dc
            };
            self.code_whole(source, segment, mode, &whole.predictor, &edges);
            return Luma::Whole(mode);
        }
        if let Some(modes) = self.code_blocks(source, segment, whole.score) {
            return Luma::Blocks(modes);
        }
        self.code_whole(source, segment, whole.mode, &whole.predictor, &edges);
        Luma::Whole(whole.mode)
    }

    /// The data for neighbours of a macroblock without coefficients.
    fn skipped(&self, luma: Luma) -> [Occupied; 2] {
        let Surroundings { above, left, x, .. } = &self.surroundings;
        [left.occupied, above[*x].occupied].map(|before| Occupied {
            // A macroblock without such a block leaves the value unchanged.
            luma_dc: if matches!(luma, Luma::Blocks(_)) {
                before.luma_dc
            } else {
                0
            },
            ..Occupied::default()
        })
    }

    /// Records all blocks, and returns the data for neighbours to the right and below.
    #[inline(always)]
    fn record(&mut self, luma: Luma) -> [Occupied; 2] {
        let Surroundings { above, left, x, .. } = &self.surroundings;
        let (mut left, mut above) = (left.occupied, above[*x].occupied);
        let plane = if let Luma::Whole(_) = luma {
            let neighbours = left.luma_dc + above.luma_dc;
            let occupied = self.record_block(Plane::LumaDc, LUMA_DC, neighbours);
            (left.luma_dc, above.luma_dc) = (occupied, occupied);
            Plane::LumaWithoutDc
        } else {
            Plane::Luma
        };
        for index in 0..16 {
            let (beside, over) = (&mut left.luma[index / 4], &mut above.luma[index % 4]);
            let occupied = self.record_block(plane, index, *beside + *over);
            (*beside, *over) = (occupied, occupied);
        }
        for which in 0..2 {
            for index in 0..4 {
                let (beside, over) = (
                    &mut left.chroma[which][index / 2],
                    &mut above.chroma[which][index % 2],
                );
                let block = CHROMA + 4 * (index / 2) + 2 * which + index % 2;
                let occupied = self.record_block(Plane::Chroma, block, *beside + *over);
                (*beside, *over) = (occupied, occupied);
            }
        }
        self.tokens.end_macroblock();
        [left, above]
    }

    #[inline(always)]
    fn record_block(&mut self, plane: Plane, index: usize, neighbours: u8) -> u8 {
        let (levels, nonzero) = (&self.levels.blocks[index], self.levels.nonzero[index]);
        self.tokens
            .record(plane, neighbours.into(), nonzero, levels);
        u8::from(nonzero != 0)
    }

    #[inline(always)]
    fn advance(&mut self, luma: Luma, occupied: [Occupied; 2], errors: [[[i32; 2]; 2]; 2]) {
        let Shown {
            luma: samples,
            chroma,
        } = &self.shown;
        let [mut right, mut below] = sides(samples, chroma);
        (right.occupied, below.occupied) = (occupied[0], occupied[1]);
        (right.chroma_errors, below.chroma_errors) = (errors[0], errors[1]);
        match luma {
            Luma::Whole(mode) => {
                right.modes = [BlockMode::of(mode); 4];
                below.modes = right.modes;
            }
            Luma::Blocks(modes) => {
                right.modes = [modes[3], modes[7], modes[11], modes[15]];
                below.modes = [modes[12], modes[13], modes[14], modes[15]];
            }
        }
        self.surroundings.advance(right, below);
    }
}

/// The samples of a macroblock for its neighbours to the right and below.
#[inline(always)]
pub(crate) fn sides(luma: &[Block; 16], chroma: &[Block; 8]) -> [Side; 2] {
    let [mut right, mut below] = [Side::outside(0); 2];
    for index in 0..4 {
        right.luma[4 * index..][..4].copy_from_slice(&last_column(luma[4 * index + 3]));
        below.luma[4 * index..][..4].copy_from_slice(&last_row(luma[12 + index]));
    }
    for which in 0..2 {
        for index in 0..2 {
            let beside = chroma[4 * index + 2 * which + 1];
            let under = chroma[4 + 2 * which + index];
            right.chroma[which][4 * index..][..4].copy_from_slice(&last_column(beside));
            below.chroma[which][4 * index..][..4].copy_from_slice(&last_row(under));
        }
    }
    [right, below]
}

#[inline(always)]
fn last_column(block: Block) -> [u8; 4] {
    let [.., a, b, c, d] = block.to_array();
    [a, b, c, d]
}

#[inline(always)]
fn last_row(block: Block) -> [u8; 4] {
    let block = block.to_array();
    [block[3], block[7], block[11], block[15]]
}

/// Whether all of luma has one value.
#[inline(always)]
fn is_flat(source: &Source) -> bool {
    let first = Block::splat(source.luma[0].to_array()[0]);
    source.luma.iter().all(|block| *block == first)
}

#[inline(always)]
pub(crate) fn difference(source: Pair, prediction: Pair) -> Pair {
    let ([a, b, c, d], [e, f, g, h]) = (source, prediction);
    [a - e, b - f, c - g, d - h]
}

#[inline(always)]
fn sum(difference: Pair, prediction: Pair) -> Pair {
    let ([a, b, c, d], [e, f, g, h]) = (difference, prediction);
    [a + e, b + f, c + g, d + h]
}

/// The first coefficients of a pair, which are in the first of these rows.
#[inline(always)]
fn first_of(row: i16x8) -> [i32; 2] {
    let row = row.to_array();
    [row[0].into(), row[4].into()]
}

/// The row with other first coefficients.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "coefficients have 16 bits")]
fn with_first(row: i16x8, first: [i32; 2]) -> i16x8 {
    let mut row = row.to_array();
    row[0] = first[0] as i16;
    row[4] = first[1] as i16;
    i16x8::new(row)
}
