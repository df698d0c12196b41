//! The data that a macroblock passes to those below it and to its right.

use crate::modes::BlockMode;
use crate::predict::{ABOVE, Edges, LEFT};

/// Which blocks have non-zero coefficients, as zeros and ones: luma by column or row, then blue chroma, then red, and
/// the block of first coefficients.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Occupied {
    pub(crate) luma: [u8; 4],
    pub(crate) chroma: [[u8; 2]; 2],
    pub(crate) luma_dc: u8,
}

/// The data at one side of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) luma: [u8; 16],
    pub(crate) chroma: [[u8; 8]; 2],
    pub(crate) modes: [BlockMode; 4],
    pub(crate) occupied: Occupied,
    /// Errors of the first coefficients of chroma that are still to be compensated.
    pub(crate) chroma_errors: [[i32; 2]; 2],
}

impl Side {
    /// The data outside the picture.
    pub(crate) fn outside(sample: u8) -> Self {
        Self {
            luma: [sample; 16],
            chroma: [[sample; 8]; 2],
            modes: [BlockMode::DC; 4],
            occupied: Occupied::default(),
            chroma_errors: [[0; 2]; 2],
        }
    }
}

/// The corners above and to the left of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corner {
    pub(crate) luma: u8,
    pub(crate) chroma: [u8; 2],
}

impl Corner {
    pub(crate) fn outside(sample: u8) -> Self {
        Self {
            luma: sample,
            chroma: [sample; 2],
        }
    }
}

/// The neighbours of a macroblock.
pub(crate) struct Surroundings {
    pub(crate) above: Vec<Side>,
    pub(crate) left: Side,
    pub(crate) corner: Corner,
    pub(crate) x: usize,
    pub(crate) y: usize,
}

impl Surroundings {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            above: vec![Side::outside(ABOVE); width],
            left: Side::outside(LEFT),
            corner: Corner::outside(ABOVE),
            x: 0,
            y: 0,
        }
    }

    /// Moves to the beginning of a row.
    pub(crate) fn start_row(&mut self, y: usize) {
        self.left = Side::outside(LEFT);
        self.corner = Corner::outside(if y == 0 { ABOVE } else { LEFT });
        self.x = 0;
        self.y = y;
    }

    #[inline(always)]
    pub(crate) fn luma(&self) -> Edges<16> {
        Edges {
            above: self.above[self.x].luma,
            left: self.left.luma,
            corner: self.corner.luma,
            has_above: self.y > 0,
            has_left: self.x > 0,
        }
    }

    #[inline(always)]
    pub(crate) fn chroma(&self, which: usize) -> Edges<8> {
        Edges {
            above: self.above[self.x].chroma[which],
            left: self.left.chroma[which],
            corner: self.corner.chroma[which],
            has_above: self.y > 0,
            has_left: self.x > 0,
        }
    }

    /// The four samples above and to the right. At the right edge of a picture the last one is repeated.
    pub(crate) fn above_right(&self) -> [u8; 4] {
        match self.above.get(self.x + 1) {
            Some(next) => [next.luma[0], next.luma[1], next.luma[2], next.luma[3]],
            None => [self.above[self.x].luma[15]; 4],
        }
    }

    /// Moves to the right.
    #[inline(always)]
    pub(crate) fn advance(&mut self, right: Side, below: Side) {
        let above = &mut self.above[self.x];
        self.corner = Corner {
            luma: above.luma[15],
            chroma: above.chroma.map(|samples| samples[7]),
        };
        *above = below;
        self.left = right;
        self.x += 1;
    }
}
