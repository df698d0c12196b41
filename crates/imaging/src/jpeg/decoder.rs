//! A decoder for JPEGs as cameras and phones write them: one sequential scan of Huffman codes (ITU-T T.81, processes 1
//! and 2), grey or YCbCr.
//!
//! libjpeg-turbo spends more than half of a decode on Huffman codes, and even more when it reduces. Here most codes are
//! looked up together with their values, and every size from one to eight eighths is decoded with vector code.
//!
//! Any other file, and any file with the slightest irregularity, is left to libjpeg-turbo, which can recover pixels and
//! report the error.
//!
//! - [`header`]: the markers before the scan
//! - [`huffman`], [`bits`]: bytes to coefficients
//! - [`inverse`]: coefficients to samples

mod bits;
mod header;
mod huffman;
mod inverse;

use bits::BitReader;
use header::{Component, Header};
use huffman::END_OF_BLOCK;
use inverse::{Group, Rows, Steps, Transform};

use super::block::{AREA, AT_ONCE};
use super::marker::{EOI, RST0};
use crate::budget::Meter;
use crate::raster::{Planar, Plane, area, pair};

/// A file of the usual kind whose header has been read.
pub(crate) struct Decoder<'a> {
    header: Header<'a>,
}

impl<'a> Decoder<'a> {
    /// Reads the header. Returns nothing for a file that is not of the usual kind.
    pub(crate) fn open(jpeg: &'a [u8], meter: &Meter<'_>) -> Option<Self> {
        Header::read(jpeg, meter).map(|header| Self { header })
    }

    /// Dimensions as stored.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    /// Decodes to luma and chroma planes at this many eighths of the size, from 1 to 8. Returns nothing if the data is
    /// damaged, ends early, or continues after the picture, and if the time is up.
    pub(crate) fn planes(&self, eighths: u32, meter: &Meter<'_>) -> Option<Planar> {
        let header = &self.header;
        let transform = Transform::to_eighths(eighths);
        let step = header.components[0].blocks;
        let step = (u32::from(step.0), u32::from(step.1));
        let across = header.width.div_ceil(8 * step.0) as usize;
        let down = header.height.div_ceil(8 * step.1) as usize;
        let scaled = |side: u32| (side * eighths).div_ceil(8);
        let (width, height) = (scaled(header.width), scaled(header.height));
        // Luma needs samples for the whole of every chroma sample.
        let chroma_size = (width.div_ceil(step.0), height.div_ceil(step.1));
        let mut channels: Vec<_> = header
            .components
            .iter()
            .map(|component| Channel::new(component, chroma_size))
            .collect();

        let mut bits = BitReader::new(header.scan);
        let mut restarts = Restarts::new(header.restart_interval);
        for row in 0..down {
            for first in (0..across).step_by(AT_ONCE) {
                for lane in 0..AT_ONCE.min(across - first) {
                    if restarts.is_due() {
                        bits.pass(restarts.marker())?;
                        channels.iter_mut().for_each(|channel| channel.dc = 0);
                    }
                    for channel in &mut channels {
                        channel.read_unit(&mut bits, lane)?;
                    }
                }
                for channel in &mut channels {
                    channel.write_units(&transform, first, row);
                }
            }
            if bits.is_overrun() || meter.step() {
                return None;
            }
        }
        bits.pass(EOI)?;

        let mut planes = channels.into_iter().map(|channel| channel.plane);
        let luma = planes.next()?;
        let chroma = planes.next().zip(planes.next()).map(|(cb, cr)| Plane {
            data: pair(&cb.data, &cr.data),
            ..cb
        });
        Some(Planar {
            width,
            height,
            luma,
            chroma,
            step,
        })
    }
}

/// Restart markers: the number of units until the next one.
struct Restarts {
    interval: Option<u32>,
    left: u32,
    next: u8,
}

impl Restarts {
    fn new(interval: Option<u32>) -> Self {
        Self {
            interval,
            left: interval.unwrap_or_default(),
            next: 0,
        }
    }

    /// Counts a unit and returns whether a marker comes before it.
    fn is_due(&mut self) -> bool {
        let Some(interval) = self.interval else {
            return false;
        };
        let is_due = self.left == 0;
        if is_due {
            self.left = interval;
        }
        self.left -= 1;
        is_due
    }

    /// The next marker. The eight of them alternate.
    fn marker(&mut self) -> u8 {
        let marker = RST0 + self.next;
        self.next = (self.next + 1) % 8;
        marker
    }
}

/// A component during decoding.
struct Channel<'a> {
    component: &'a Component,
    steps: Steps,
    /// The first coefficient of the previous block. The next one is stored as a difference from it.
    dc: i16,
    /// The blocks of as many units as there are blocks in a group, row by row.
    groups: Vec<Group>,
    plane: Plane,
}

impl<'a> Channel<'a> {
    fn new(component: &'a Component, chroma_size: (u32, u32)) -> Self {
        let (horizontal, vertical) = component.blocks;
        let width = chroma_size.0 * u32::from(horizontal);
        let height = chroma_size.1 * u32::from(vertical);
        Self {
            component,
            steps: Steps::new(&component.steps),
            dc: 0,
            groups: vec![Group::ZERO; usize::from(horizontal * vertical)],
            plane: Plane {
                width,
                height,
                data: vec![0; area(width, height)],
            },
        }
    }

    /// Reads this component's blocks of a unit.
    #[inline(never)]
    fn read_unit(&mut self, bits: &mut BitReader<'_>, unit: usize) -> Option<()> {
        // A local copy can be kept in registers.
        let mut reader = *bits;
        let component = self.component;
        let across = usize::from(component.blocks.0);
        for groups in self.groups.chunks_exact_mut(across) {
            for block in unit * across..(unit + 1) * across {
                let group = &mut groups[block / AT_ONCE];
                let lane = block % AT_ONCE;
                self.dc = read_block(&mut reader, component, self.dc, group, lane)?;
            }
        }
        *bits = reader;
        Some(())
    }

    /// Computes the samples of the blocks that have been read, starting with those of a unit.
    fn write_units(&mut self, transform: &Transform, unit: usize, row: usize) {
        let side = transform.side;
        let width = self.plane.width as usize;
        let (across, down) = self.component.blocks;
        let (left, top) = (
            unit * usize::from(across) * side,
            row * usize::from(down) * side,
        );
        let mut rows: Rows = [0; AREA * AT_ONCE];
        let group_rows = self.groups.chunks_exact_mut(across.into());
        for (top, groups) in (top..).step_by(side).zip(group_rows) {
            for (left, group) in (left..).step_by(side * AT_ONCE).zip(groups) {
                transform.inverse(group, &self.steps, &mut rows);
                let targets = self.plane.data.chunks_exact_mut(width).skip(top);
                let samples = rows.chunks_exact(side * AT_ONCE).take(side);
                for (target, samples) in targets.zip(samples) {
                    // Units at the edge reach beyond the picture.
                    let target = target.get_mut(left..).unwrap_or_default();
                    let length = target.len().min(samples.len());
                    target[..length].copy_from_slice(&samples[..length]);
                }
            }
        }
    }
}

/// Reads the coefficients of a block into its lane of a group, and returns the first of them. Returns nothing if the
/// data is not a valid block.
#[inline]
fn read_block(
    reader: &mut BitReader<'_>,
    component: &Component,
    dc: i16,
    Group(group): &mut Group,
    lane: usize,
) -> Option<i16> {
    const LAST: usize = AREA - 1;
    let lane = lane % AT_ONCE;
    reader.refill();
    let difference = reader.take(&component.dc);
    if difference.length() == 0 {
        return None;
    }
    let dc = dc.wrapping_add(difference.value());
    group[0][lane] = dc;
    let mut index = 0;
    // A full buffer is enough for two values, and the first coefficient used one.
    let last = loop {
        let symbol = reader.take(&component.ac);
        index += symbol.advance();
        if index >= LAST {
            break symbol;
        }
        group[index][lane] = symbol.value();
        reader.refill();
        let symbol = reader.take(&component.ac);
        index += symbol.advance();
        if index >= LAST {
            break symbol;
        }
        group[index][lane] = symbol.value();
    };
    if index == LAST {
        group[LAST][lane] = last.value();
    } else if index < END_OF_BLOCK {
        return None;
    }
    Some(dc)
}

#[cfg(test)]
mod tests;
