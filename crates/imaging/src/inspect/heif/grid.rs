//! A picture that is assembled from tiles (ISO/IEC 23008-12, 6.6.2.3).

use crate::inspect::bytes::{be16, be32};
use crate::inspect::isobmff::HeifFile;

/// How many samples longer than the picture a tile may be if it is the only one of its row or column. Encoders round up
/// to whole blocks.
const BLOCK: u32 = 64;

/// Tiles, row by row, and the picture that they cover.
#[derive(Debug)]
pub(crate) struct Grid {
    rows: u32,
    pub(crate) columns: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) tiles: Vec<u32>,
}

impl Grid {
    /// Reads an item of the type `grid`: version, flags, rows less one, columns less one, then width and height.
    /// Returns nothing if these are impossible, or if a tile is used twice, because then a small file could cause the
    /// decoding of an endless picture.
    pub(crate) fn read(file: &HeifFile<'_>, item: u32) -> Option<Self> {
        if file.item_kind(item)? != *b"grid" {
            return None;
        }
        let data = file.data(item)?;
        let [_, flags, rows, columns] = *data.first_chunk()?;
        let (rows, columns) = (u32::from(rows) + 1, u32::from(columns) + 1);
        let side = |wide_at, narrow_at| {
            if flags & 1 == 1 {
                be32(&data, wide_at)
            } else {
                be16(&data, narrow_at).map(u32::from)
            }
        };
        let (width, height) = (side(4, 4)?, side(8, 6)?);
        let tiles = file.referred(*b"dimg", item).to_vec();
        let is_repeated = {
            let mut sorted = tiles.clone();
            sorted.sort_unstable();
            sorted.windows(2).any(|pair| pair[0] == pair[1])
        };
        (tiles.len() == (rows * columns) as usize && !is_repeated).then_some(Self {
            rows,
            columns,
            width,
            height,
            tiles,
        })
    }

    /// The longest sides that a tile may have.
    pub(crate) fn largest_tile(&self) -> (u32, u32) {
        (
            most_of_tile(self.width, self.columns),
            most_of_tile(self.height, self.rows),
        )
    }

    /// Whether tiles of this size cover the picture, and fewer rows or columns of them would not.
    pub(crate) fn fits(&self, (width, height): (u32, u32)) -> bool {
        tile_fits(width, self.width, self.columns) && tile_fits(height, self.height, self.rows)
    }
}

/// The longest side of each tile, for this number of tiles along a side of the picture.
fn most_of_tile(side: u32, tiles: u32) -> u32 {
    match tiles {
        0 | 1 => side.saturating_add(BLOCK),
        several => side.div_ceil(several - 1),
    }
}

/// Whether this number of tiles covers a side of a picture, and no smaller number would (ISO/IEC 23008-12, 6.6.2.3.1).
fn tile_fits(tile: u32, side: u32, tiles: u32) -> bool {
    let covers = |tiles: u32| u64::from(tile) * u64::from(tiles) >= u64::from(side);
    covers(tiles) && (tiles == 1 || !covers(tiles - 1)) && tile <= most_of_tile(side, tiles)
}
