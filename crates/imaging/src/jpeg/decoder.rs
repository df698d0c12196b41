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
mod tests {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

    use super::Decoder;
    use crate::budget::unlimited;
    use crate::ffi::turbojpeg as libjpeg;
    use crate::raster::{Planar, Plane};

    /// Soft waves with some noise, so that all kinds of coefficients occur.
    fn picture(width: usize, height: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut pixels = Vec::new();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            for channel in 1..=3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let wave = (x * channel) as f32 * 0.07 + (y * 2) as f32 * 0.03;
                let noise = f32::from(state.to_be_bytes()[0]) / 8.0;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is between 0 and 255"
                )]
                pixels.push((110.0 + 70.0 * wave.sin() + noise) as u8);
            }
        }
        pixels
    }

    fn jpeg(width: usize, height: usize, subsampling: Subsamp, is_optimised: bool) -> Vec<u8> {
        let mut compressor = Compressor::new().unwrap();
        compressor.set_quality(90).unwrap();
        compressor.set_subsamp(subsampling).unwrap();
        compressor.set_optimize(is_optimised).unwrap();
        let image = Image {
            pixels: picture(width, height),
            width,
            pitch: width * 3,
            height,
            format: PixelFormat::RGB,
        };
        compressor.compress_to_vec(image.as_deref()).unwrap()
    }

    fn libjpeg_planes(jpeg: &[u8], eighths: u32) -> Planar {
        let mut decoder = libjpeg::Decoder::open(jpeg).unwrap();
        decoder.scale(eighths).unwrap();
        let (planes, remark) = decoder.planes().unwrap();
        assert_eq!(remark, None);
        planes
    }

    /// Luma within the picture. The samples beyond it mean nothing.
    fn without_edge(planes: &Planar) -> Plane {
        let Planar {
            width,
            height,
            luma,
            ..
        } = planes;
        let rows = luma.data.chunks_exact(luma.width as usize);
        let rows = rows.take(*height as usize);
        Plane {
            width: *width,
            height: *height,
            data: rows
                .flat_map(|row| &row[..*width as usize])
                .copied()
                .collect(),
        }
    }

    /// Asserts that planes are of the same kind and that their samples differ by little.
    fn assert_alike(ours: &Planar, theirs: &Planar, most: u8) {
        let shape = |planes: &Planar| (planes.width, planes.height, planes.step);
        let plane_shape = |plane: &Plane| (plane.width, plane.height, plane.data.len());
        assert_eq!(shape(ours), shape(theirs));
        let pairs = [
            (Some(&without_edge(ours)), Some(&without_edge(theirs))),
            (ours.chroma.as_ref(), theirs.chroma.as_ref()),
        ];
        for (ours, theirs) in pairs {
            assert_eq!(ours.map(plane_shape), theirs.map(plane_shape));
            for (plane, other) in ours.iter().zip(&theirs) {
                let apart = plane.data.iter().zip(&other.data);
                let apart = apart.map(|(sample, other)| sample.abs_diff(*other));
                assert!(apart.max() <= Some(most));
            }
        }
    }

    #[test]
    fn every_sampling_and_size_is_as_libjpeg_has_it() {
        let samplings = [
            Subsamp::None,
            Subsamp::Sub2x1,
            Subsamp::Sub1x2,
            Subsamp::Sub2x2,
            Subsamp::Gray,
        ];
        let sizes = [(1, 1), (7, 9), (16, 16), (131, 70), (255, 33), (300, 129)];
        for (width, height) in sizes {
            for sampling in samplings {
                let jpeg = jpeg(width, height, sampling, width % 2 == 0);
                let decoder = Decoder::open(&jpeg, &unlimited()).unwrap();
                assert_eq!(
                    decoder.size(),
                    libjpeg::Decoder::open(&jpeg).unwrap().size()
                );
                // At full size, and for the means of blocks, there is one right answer, apart from rounding.
                for eighths in [8, 1] {
                    let planes = decoder.planes(eighths, &unlimited()).unwrap();
                    assert_alike(&planes, &libjpeg_planes(&jpeg, eighths), 1);
                }
                for eighths in 2..=7 {
                    let planes = decoder.planes(eighths, &unlimited()).unwrap();
                    let scaled = |side: usize| u32::try_from(side).unwrap() * eighths;
                    let size = (scaled(width).div_ceil(8), scaled(height).div_ceil(8));
                    assert_eq!((planes.width, planes.height), size);
                }
            }
        }
    }

    #[test]
    fn smaller_sizes_show_the_same_picture() {
        let jpeg = jpeg(320, 240, Subsamp::Sub2x2, false);
        let decoder = Decoder::open(&jpeg, &unlimited()).unwrap();
        for eighths in [2, 4] {
            // libjpeg takes means of samples, which weaken fine detail.
            let (ours, theirs) = (
                decoder.planes(eighths, &unlimited()).unwrap(),
                libjpeg_planes(&jpeg, eighths),
            );
            assert_alike(&ours, &theirs, 40);
            let mean = |plane: &Plane| {
                let sum: u32 = plane.data.iter().copied().map(u32::from).sum();
                f64::from(sum) / plane.data.len() as f64
            };
            assert!((mean(&ours.luma) - mean(&theirs.luma)).abs() < 0.2);
        }
    }

    #[test]
    fn restart_markers_are_passed_and_must_be_in_order() {
        let (width, height) = (150, 90);
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 90);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_restart_interval(7);
        encoder
            .encode(&picture(150, 90), width, height, ColorType::Rgb)
            .unwrap();
        let planes = Decoder::open(&jpeg, &unlimited())
            .unwrap()
            .planes(8, &unlimited())
            .unwrap();
        assert_alike(&planes, &libjpeg_planes(&jpeg, 8), 1);

        let second = jpeg
            .windows(2)
            .position(|pair| pair == [0xff, 0xd1])
            .unwrap();
        jpeg[second + 1] = 0xd3;
        assert!(
            Decoder::open(&jpeg, &unlimited())
                .unwrap()
                .planes(8, &unlimited())
                .is_none()
        );
    }

    #[test]
    fn whatever_is_cut_off_is_missed() {
        let jpeg = jpeg(60, 40, Subsamp::Sub2x2, true);
        assert!(
            Decoder::open(&jpeg, &unlimited())
                .unwrap()
                .planes(4, &unlimited())
                .is_some()
        );
        for length in 0..jpeg.len() {
            let planes = Decoder::open(&jpeg[..length], &unlimited())
                .and_then(|decoder| decoder.planes(4, &unlimited()));
            assert!(planes.is_none(), "{length} of {}", jpeg.len());
        }
    }

    #[test]
    fn damage_never_panics() {
        let jpeg = jpeg(60, 40, Subsamp::Sub2x1, true);
        for at in 0..jpeg.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut jpeg = jpeg.clone();
                jpeg[at] ^= flip;
                if let Some(decoder) = Decoder::open(&jpeg, &unlimited())
                    && decoder.size() == (60, 40)
                {
                    decoder.planes(5, &unlimited());
                }
            }
        }
    }

    #[test]
    fn other_kinds_are_left_to_libjpeg() {
        let mut compressor = Compressor::new().unwrap();
        compressor.set_progressive(true).unwrap();
        let image = Image {
            pixels: picture(16, 16),
            width: 16,
            pitch: 48,
            height: 16,
            format: PixelFormat::RGB,
        };
        let progressive = compressor.compress_to_vec(image.as_deref()).unwrap();
        assert!(Decoder::open(&progressive, &unlimited()).is_none());
        let other = jpeg(32, 32, Subsamp::Sub4x1, false);
        assert!(Decoder::open(&other, &unlimited()).is_none());
        assert!(Decoder::open(b"", &unlimited()).is_none());
    }
}
