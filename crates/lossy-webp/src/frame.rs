//! A key frame: all macroblocks, and its two partitions (RFC 6386, section 9).

use multiversion::multiversion;

use crate::analysis::{Analysis, analyse};
use crate::bool_encoder::BoolEncoder;
use crate::macroblock::{Choice, Coder, Luma, Macroblock, Viewer};
use crate::modes::{BLOCK_WEIGHT, BlockMode};
use crate::picture::Planes;
use crate::probabilities::{best, probability_of, write};
use crate::segment::{ChromaSteps, SEGMENTS, Segment};
use crate::tables::coefficients::Probabilities;
use crate::{Encoder, Error};

/// A coded frame.
pub(crate) struct Frame {
    pub(crate) first_partition: Vec<u8>,
    pub(crate) tokens: Vec<u8>,
}

/// The most bytes of a first partition, because its length has 19 bits.
const MOST_FIRST: usize = (1 << 19) - 1;

pub(crate) fn encode(
    planes: &Planes<'_>,
    settings: Encoder,
    go_on: &mut dyn FnMut() -> bool,
    viewer: Option<Viewer<'_>>,
) -> Result<Frame, Error> {
    let (width, height) = planes.macroblocks();
    let mut analysis = analyse(planes);
    let chroma_steps = ChromaSteps::of(analysis.chroma);
    let quality = in_range(settings.quality);
    let filter = settings.filter_strength.min(100);
    let segments = segments(quality, filter, chroma_steps, &mut analysis);
    let choice = Choice {
        mode_limit: mode_limit(width * height),
        spread_chroma: quality <= 98.0,
    };
    let mut coder = Coder::new(width, choice, viewer);
    let mut macroblocks = Vec::with_capacity(width * height);
    for y in 0..height {
        if !go_on() {
            return Err(Error::Stopped);
        }
        let numbers = &analysis.segments[y * width..][..width];
        code_row(
            &mut coder,
            planes,
            y,
            (&segments, numbers),
            &mut macroblocks,
        );
    }
    let probabilities = best(&coder.tokens.counts);
    let header = Header {
        segments: &segments,
        chroma_steps,
        probabilities: &probabilities,
    };
    let first_partition = header.write(&macroblocks, width);
    if first_partition.len() > MOST_FIRST {
        return Err(Error::TooDetailed);
    }
    if !go_on() {
        return Err(Error::Stopped);
    }
    Ok(Frame {
        first_partition,
        tokens: coder.tokens.write(&probabilities),
    })
}

/// The quality within its range. NaN counts as the lowest quality.
fn in_range(quality: f32) -> f64 {
    if quality.is_nan() {
        0.0
    } else {
        quality.clamp(0.0, 100.0).into()
    }
}

/// The most that the block modes of one macroblock may cost, so that those of all fit into the first partition.
fn mode_limit(macroblocks: usize) -> i64 {
    // Everything else needs less than two kilobytes, so 510 are left.
    const ROOM: i64 = 510 * 1024 * 8 * 256;
    ROOM * i64::from(BLOCK_WEIGHT) / i64::try_from(macroblocks).unwrap_or(i64::MAX)
}

/// Codes a row of macroblocks.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn code_row(
    coder: &mut Coder<'_>,
    planes: &Planes<'_>,
    y: usize,
    (segments, numbers): (&[Segment], &[u8]),
    macroblocks: &mut Vec<Macroblock>,
) {
    coder.surroundings.start_row(y);
    for (x, number) in numbers.iter().enumerate() {
        let source = planes.macroblock(x, y);
        macroblocks.push(coder.code(&source, *number, &segments[usize::from(*number)]));
    }
}

/// The segments of a picture. Equal ones are merged.
fn segments(
    quality: f64,
    filter: u8,
    chroma_steps: ChromaSteps,
    analysis: &mut Analysis,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::with_capacity(SEGMENTS);
    let mut numbers = [0; SEGMENTS];
    for (ease, number) in analysis.eases.iter().zip(&mut numbers) {
        let segment = Segment::new(quality, *ease, chroma_steps, filter);
        let same = |other: &Segment| other.index == segment.index && other.filter == segment.filter;
        let found = segments.iter().position(same);
        *number = found.unwrap_or(segments.len()).to_le_bytes()[0];
        if found.is_none() {
            segments.push(segment);
        }
    }
    for segment in &mut analysis.segments {
        *segment = numbers[usize::from(*segment)];
    }
    segments
}

/// The parts of the first partition that concern the whole picture.
struct Header<'a> {
    segments: &'a [Segment],
    chroma_steps: ChromaSteps,
    probabilities: &'a Probabilities,
}

impl Header<'_> {
    #[inline(always)]
    fn write(&self, macroblocks: &[Macroblock], width: usize) -> Vec<u8> {
        let mut encoder = BoolEncoder::with_capacity(macroblocks.len() * 4);
        let tree = self.write_frame(macroblocks, &mut encoder);
        let empty = count(macroblocks, |macroblock| macroblock.empty);
        let others = count(macroblocks, |macroblock| !macroblock.empty);
        let skip = (empty > 0).then(|| probability_of([others, empty]));
        encoder.put(skip.is_some(), 128);
        if let Some(probability) = skip {
            encoder.put_bits(probability.into(), 8);
        }
        let mut above = vec![[BlockMode::DC; 4]; width];
        for row in macroblocks.chunks(width) {
            let mut left = [BlockMode::DC; 4];
            for (macroblock, above) in row.iter().zip(&mut above) {
                if let Some(tree) = tree {
                    let [root, first, second] = tree;
                    encoder.put(macroblock.segment >= 2, root);
                    let leaf = if macroblock.segment >= 2 {
                        second
                    } else {
                        first
                    };
                    encoder.put(macroblock.segment % 2 == 1, leaf);
                }
                if let Some(probability) = skip {
                    encoder.put(macroblock.empty, probability);
                }
                write_modes(macroblock, above, &mut left, &mut encoder);
            }
        }
        encoder.finish()
    }

    /// Writes everything except the probabilities of macroblocks, and returns those of segments if there are several.
    fn write_frame(
        &self,
        macroblocks: &[Macroblock],
        encoder: &mut BoolEncoder,
    ) -> Option<[u8; 3]> {
        // The colour space is the usual one, and values beyond the range of samples have to be clamped.
        encoder.put_bits(0b00, 2);
        let tree = self.write_segments(macroblocks, encoder);
        // The normal loop filter, its strength, and no sharpness.
        encoder.put(false, 128);
        encoder.put_bits(self.segments[0].filter.cast_unsigned(), 6);
        encoder.put_bits(0, 3);
        // Strengths are the same for all modes, and there is one partition of tokens.
        encoder.put(false, 128);
        encoder.put_bits(0, 2);
        encoder.put_bits(self.segments[0].index.cast_unsigned(), 7);
        for difference in [0, 0, 0, self.chroma_steps.dc, self.chroma_steps.ac] {
            encoder.put_optional(difference, 4);
        }
        // Probabilities are for this frame only.
        encoder.put(false, 128);
        write(self.probabilities, encoder);
        tree
    }

    fn write_segments(
        &self,
        macroblocks: &[Macroblock],
        encoder: &mut BoolEncoder,
    ) -> Option<[u8; 3]> {
        encoder.put(self.segments.len() > 1, 128);
        if self.segments.len() == 1 {
            return None;
        }
        // Each macroblock states its segment, and each segment its absolute steps and filter.
        encoder.put_bits(0b111, 3);
        let each =
            || (0..SEGMENTS).map(|number| self.segments.get(number).unwrap_or(&self.segments[0]));
        for segment in each() {
            encoder.put_optional(segment.index, 7);
        }
        for segment in each() {
            encoder.put_optional(segment.filter, 6);
        }
        let counts: [u32; SEGMENTS] = std::array::from_fn(|number| {
            count(macroblocks, |macroblock| {
                usize::from(macroblock.segment) == number
            })
        });
        let [a, b, c, d] = counts;
        let tree = [[a + b, c + d], [a, b], [c, d]].map(probability_of);
        for probability in tree {
            encoder.put(probability != 255, 128);
            if probability != 255 {
                encoder.put_bits(probability.into(), 8);
            }
        }
        Some(tree)
    }
}

fn count(macroblocks: &[Macroblock], is_so: impl Fn(&Macroblock) -> bool) -> u32 {
    let count = macroblocks
        .iter()
        .filter(|macroblock| is_so(macroblock))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn write_modes(
    macroblock: &Macroblock,
    above: &mut [BlockMode; 4],
    left: &mut [BlockMode; 4],
    encoder: &mut BoolEncoder,
) {
    match macroblock.luma {
        Luma::Whole(mode) => {
            encoder.put(true, 145);
            mode.write_luma(encoder);
            (*above, *left) = ([BlockMode::of(mode); 4], [BlockMode::of(mode); 4]);
        }
        Luma::Blocks(modes) => {
            encoder.put(false, 145);
            for (index, mode) in modes.into_iter().enumerate() {
                let (above, left) = (&mut above[index % 4], &mut left[index / 4]);
                mode.write(*above, *left, encoder);
                (*above, *left) = (mode, mode);
            }
        }
    }
    macroblock.chroma.write_chroma(encoder);
}
