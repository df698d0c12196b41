//! Prediction modes, and how they are written (RFC 6386, sections 8.1 and 11).

use crate::bool_encoder::BoolEncoder;
use crate::cost::cost;
use crate::tables::modes::BLOCK_MODES;

/// How a macroblock's luma or chroma is predicted from its edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Dc = 0,
    TrueMotion = 1,
    Vertical = 2,
    Horizontal = 3,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] =
        [Self::Dc, Self::TrueMotion, Self::Vertical, Self::Horizontal];

    /// Writes a mode of luma.
    pub(crate) fn write_luma(self, encoder: &mut BoolEncoder) {
        encoder.put(matches!(self, Self::TrueMotion | Self::Horizontal), 156);
        match self {
            Self::Dc | Self::Vertical => encoder.put(self == Self::Vertical, 163),
            Self::Horizontal | Self::TrueMotion => encoder.put(self == Self::TrueMotion, 128),
        }
    }

    /// Writes a mode of chroma.
    pub(crate) fn write_chroma(self, encoder: &mut BoolEncoder) {
        encoder.put(self != Self::Dc, 142);
        if self != Self::Dc {
            encoder.put(self != Self::Vertical, 114);
            if self != Self::Vertical {
                encoder.put(self == Self::TrueMotion, 183);
            }
        }
    }

    /// The costs of luma modes, including the cost of this kind of macroblock.
    pub(crate) const LUMA_COSTS: [u16; 4] = {
        let whole = cost(true, 145);
        [
            whole + cost(false, 156) + cost(false, 163),
            whole + cost(true, 156) + cost(true, 128),
            whole + cost(false, 156) + cost(true, 163),
            whole + cost(true, 156) + cost(false, 128),
        ]
    };

    pub(crate) const CHROMA_COSTS: [u16; 4] = [
        cost(false, 142),
        cost(true, 142) + cost(true, 114) + cost(true, 183),
        cost(true, 142) + cost(false, 114),
        cost(true, 142) + cost(true, 114) + cost(false, 183),
    ];
}

/// The number of modes of a block of 4×4.
pub(crate) const BLOCK_MODE_COUNT: usize = 10;

/// The mode of a block of 4×4, as an index into the tables: mean, true motion (like a whole macroblock), from above,
/// from the left; to the lower right, and more steeply; to the lower left, and more steeply; less steeply to the lower
/// right, and to the upper right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BlockMode(pub(crate) u8);

impl BlockMode {
    pub(crate) const DC: Self = Self(0);

    /// The mode that stands for a macroblock predicted as a whole, for blocks next to it.
    pub(crate) fn of(mode: Mode) -> Self {
        Self(mode as u8)
    }

    /// Writes a mode, given the modes above and to the left.
    pub(crate) fn write(self, above: Self, left: Self, encoder: &mut BoolEncoder) {
        let p = &BLOCK_MODES[usize::from(above.0)][usize::from(left.0)];
        for step in PATHS[usize::from(self.0)] {
            encoder.put(step.1, p[step.0]);
        }
    }
}

/// The paths from the root of the tree of modes: the probabilities used, and the directions.
const PATHS: [&[(usize, bool)]; BLOCK_MODE_COUNT] = [
    &[(0, false)],
    &[(0, true), (1, false)],
    &[(0, true), (1, true), (2, false)],
    &[(0, true), (1, true), (2, true), (3, false), (4, false)],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (5, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (5, true),
    ],
    &[(0, true), (1, true), (2, true), (3, true), (6, false)],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, true),
        (8, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, true),
        (8, true),
    ],
];

/// The weight of a 256th of a bit of a block's mode, relative to 256 times a squared difference. It is libwebp's, and
/// of the right order of magnitude.
pub(crate) const BLOCK_WEIGHT: i32 = 11;

/// The cost of each mode in scores, by the modes above and to the left. The entries after the modes are larger than any
/// cost.
pub(crate) static BLOCK_COSTS: [[[i32; 12]; BLOCK_MODE_COUNT]; BLOCK_MODE_COUNT] = {
    let mut costs = [[[1 << 29; 12]; BLOCK_MODE_COUNT]; BLOCK_MODE_COUNT];
    let mut at = 0;
    while at < 1000 {
        let (above, left, mode) = (at / 100, at / 10 % 10, at % 10);
        let mut step = 0;
        let mut sum = 0;
        while step < PATHS[mode].len() {
            let (branch, way) = PATHS[mode][step];
            sum += cost(way, BLOCK_MODES[above][left][branch]) as i32;
            step += 1;
        }
        costs[above][left][mode] = sum * BLOCK_WEIGHT;
        at += 1;
    }
    costs
};
