//! The canvas of an animation, on which frames are drawn and from which they are removed again.

use crate::raster::area;

/// RGBA pixels, and what has to be undone before the next frame.
pub(super) struct Canvas {
    pixels: Vec<u8>,
    width: usize,
    undo: Undo,
}

/// The position of a frame on the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// How a frame is removed from the canvas before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposal {
    Keep,
    Clear,
    Restore,
}

enum Undo {
    Nothing,
    Clear(Area),
    Restore(Vec<u8>),
}

impl Canvas {
    pub(super) fn new((width, height): (u32, u32)) -> Self {
        Self {
            pixels: vec![0; area(width, height) * 4],
            width: width as usize,
            undo: Undo::Nothing,
        }
    }

    /// The pixels, after which nothing is undone any more.
    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Removes the last frame and draws the next one. `lay` gets each row of its area, as far as it is on the canvas,
    /// with the number of the row.
    pub(super) fn lay(
        &mut self,
        area: Area,
        disposal: Disposal,
        lay: impl FnMut(&mut [u8], usize),
    ) -> &[u8] {
        self.take_away(area, disposal);
        self.each_row(area, lay);
        &self.pixels
    }

    /// Removes the last frame, so that the rows of the next one can be drawn.
    pub(super) fn take_away(&mut self, area: Area, disposal: Disposal) {
        match std::mem::replace(&mut self.undo, Undo::Nothing) {
            Undo::Nothing => {}
            Undo::Clear(area) => self.each_row(area, |row, _| row.fill(0)),
            Undo::Restore(before) => self.pixels = before,
        }
        self.undo = match disposal {
            Disposal::Keep => Undo::Nothing,
            Disposal::Clear => Undo::Clear(area),
            Disposal::Restore => Undo::Restore(self.pixels.clone()),
        };
    }

    /// The pixels as they are now.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// A row of an area, as far as it is on the canvas.
    pub(super) fn row(&mut self, area: Area, y: usize) -> Option<&mut [u8]> {
        let width = self.width;
        let row = self
            .pixels
            .chunks_exact_mut(width * 4)
            .nth(area.top.checked_add(y)?)?;
        let right = area.left.saturating_add(area.width).min(width);
        row.get_mut(area.left.min(width) * 4..right * 4)
    }

    fn each_row(&mut self, area: Area, mut change: impl FnMut(&mut [u8], usize)) {
        let left = area.left.min(self.width);
        let right = area.left.saturating_add(area.width).min(self.width);
        let rows = self
            .pixels
            .chunks_exact_mut(self.width * 4)
            .skip(area.top)
            .take(area.height);
        for (y, row) in rows.enumerate() {
            change(&mut row[left * 4..right * 4], y);
        }
    }
}
