//! Planes of a decoded picture, and of one that is assembled from tiles.

use crate::inspect::Cicp;
use crate::raster::{Planar, Plane, area, pair};

/// A decoded picture: planes of 16 bits, of which `bits` are used.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    pub(super) luma: Vec<u16>,
    pub(super) chroma: Option<Chroma>,
    pub(super) coded: Option<Cicp>,
}

pub(super) struct Chroma {
    pub(super) width: u32,
    /// How many luma samples a chroma sample stands for, as a power of two, each way.
    pub(super) shift: (u32, u32),
    pub(super) planes: [Vec<u16>; 2],
}

impl Picture {
    /// Whether its samples are like those of JPEG: 8 bits over their full range, made by the matrix of BT.601.
    pub(super) fn is_like_jpeg(&self, container: Option<Cicp>) -> bool {
        const BT_601: [u8; 2] = [5, 6];
        let points = container.or(self.coded);
        self.bits == 8
            && points.is_some_and(|points| {
                points.full_range && (self.chroma.is_none() || BT_601.contains(&points.matrix))
            })
    }

    /// The same samples in 8 bits.
    pub(super) fn into_planar(self) -> Planar {
        let (width, height) = (self.width, self.height);
        let luma = Plane {
            width,
            height,
            data: narrow(&self.luma),
        };
        drop(self.luma);
        let step = self
            .chroma
            .as_ref()
            .map_or((1, 1), |chroma| (1 << chroma.shift.0, 1 << chroma.shift.1));
        let chroma = self.chroma.map(|chroma| {
            let [first, second] = chroma.planes.each_ref().map(|plane| narrow(plane));
            Plane {
                width: chroma.width,
                height: height.div_ceil(step.1),
                data: pair(&first, &second),
            }
        });
        Planar {
            width,
            height,
            luma,
            chroma,
            step,
        }
    }

    /// A picture of another size and the same kind.
    pub(super) fn blank(&self, width: u32, height: u32) -> Self {
        let chroma = self.chroma.as_ref().map(|chroma| {
            let (width, height) = (
                width.div_ceil(1 << chroma.shift.0),
                height.div_ceil(1 << chroma.shift.1),
            );
            Chroma {
                width,
                shift: chroma.shift,
                planes: [vec![0; area(width, height)], vec![0; area(width, height)]],
            }
        });
        Self {
            width,
            height,
            bits: self.bits,
            luma: vec![0; area(width, height)],
            chroma,
            coded: self.coded,
        }
    }

    /// Copies a tile of the same kind to its position, as far as it is within the picture.
    pub(super) fn paste(&mut self, tile: &Self, at: (u32, u32)) -> Option<()> {
        if tile.bits != self.bits {
            return None;
        }
        paste(&mut self.luma, self.width, &tile.luma, tile.width, at);
        match (&mut self.chroma, &tile.chroma) {
            (None, None) => {}
            (Some(own), Some(other)) if own.shift == other.shift => {
                let at = (at.0 >> own.shift.0, at.1 >> own.shift.1);
                for (own_plane, plane) in own.planes.iter_mut().zip(&other.planes) {
                    paste(own_plane, own.width, plane, other.width, at);
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// Samples of 8 bits, as bytes.
fn narrow(samples: &[u16]) -> Vec<u8> {
    samples
        .iter()
        .map(|sample| sample.to_le_bytes()[0])
        .collect()
}

fn paste(picture: &mut [u16], width: u32, tile: &[u16], tile_width: u32, (x, y): (u32, u32)) {
    let copied = tile_width.min(width.saturating_sub(x)) as usize;
    let rows = picture.chunks_exact_mut(width as usize).skip(y as usize);
    for (row, source) in rows.zip(tile.chunks_exact(tile_width as usize)) {
        row[x as usize..x as usize + copied].copy_from_slice(&source[..copied]);
    }
}

impl Chroma {
    /// A row of a plane at luma resolution. Samples in between are mixed three to one, as every decoder does.
    pub(super) fn upsample(&self, plane: &[u16], y: u32, row: &mut [f32]) {
        let width = self.width as usize;
        let rows = plane.len() / width;
        let line = |index: usize| &plane[index.min(rows - 1) * width..][..width];
        let near = (y >> self.shift.1) as usize;
        let far = match (self.shift.1, y & 1) {
            (0, _) => near,
            (_, 0) => near.saturating_sub(1),
            _ => near + 1,
        };
        let (near_line, far_line) = (line(near), line(far));
        let mixed = |x: usize| (f32::from(near_line[x]) * 3.0 + f32::from(far_line[x])) / 4.0;
        for (x, sample) in row.iter_mut().enumerate() {
            *sample = if self.shift.0 == 0 {
                mixed(x)
            } else {
                let near = x / 2;
                let far = if x & 1 == 0 {
                    near.saturating_sub(1)
                } else {
                    (near + 1).min(width - 1)
                };
                (mixed(near) * 3.0 + mixed(far)) / 4.0
            };
        }
    }
}
