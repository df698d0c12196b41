//! Coefficients as tokens, which are recorded while the picture is processed, and written when their statistics are
//! known (RFC 6386, section 13).

use multiversion::multiversion;

use crate::bool_encoder::{BoolEncoder, Interval};
use crate::scan::ZIGZAG;
use crate::tables::coefficients::{BANDS, BRANCHES, CONTEXTS, PLANES, Probabilities};

/// The kind of block of coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Luma whose first coefficient is part of another block.
    LumaWithoutDc = 0,
    /// The first coefficients of all luma blocks of a macroblock.
    LumaDc = 1,
    Chroma = 2,
    Luma = 3,
}

/// The number of classes of values that tokens distinguish.
pub(crate) const CLASSES: usize = 12;
/// The number of contexts in all planes and bands.
const ALL_CONTEXTS: usize = PLANES * BANDS * CONTEXTS;
/// The class that ends a block.
pub(crate) const END: usize = 11;
/// The class of the largest values.
const LARGEST: usize = 10;
/// The smallest value of each class.
const BASES: [u16; LARGEST + 1] = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
/// Probabilities of the bits that distinguish the values of a class, for classes from the fifth on.
const EXTRA_BITS: [&[u8]; 6] = [
    &[159],
    &[165, 145],
    &[173, 148, 140],
    &[176, 155, 140, 135],
    &[180, 157, 141, 134, 130],
    &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
];

/// The band of each coefficient, times the contexts of a band. There is one more entry for the position after the last.
const BAND_STARTS: [u8; 17] = [
    0, 3, 6, 9, 18, 12, 15, 18, 18, 18, 18, 18, 18, 18, 18, 21, 0,
];

/// The class of each value up to the smallest value of the last class.
const CLASS_OF: [u8; 68] = {
    let mut classes = [0; 68];
    let mut class = 0_u8;
    let mut value = 0;
    while value < classes.len() {
        while (class as usize) < LARGEST && value >= BASES[class as usize + 1] as usize {
            class += 1;
        }
        classes[value] = class;
        value += 1;
    }
    classes
};

/// A context in the lowest 7 bits, a class in the next 4, a sign in 1, a magnitude in the rest.
#[derive(Clone, Copy)]
struct Token(u32);

/// How often each class occurred in each context.
pub(crate) type Counts = [[u32; CLASSES]; ALL_CONTEXTS];

/// The most tokens of a macroblock.
const MOST_OF_MACROBLOCK: usize = 25 * 17;

/// How many tokens are allocated at once: 64 KiB.
const PAGE: usize = 1 << 14;

/// The tokens of a picture, in order.
pub(crate) struct Tokens {
    /// Pages are never moved to make room for more.
    pages: Vec<Vec<Token>>,
    /// The tokens of the macroblock that is being recorded, and their number.
    recorded: Box<[Token; MOST_OF_MACROBLOCK]>,
    count: usize,
    pub(crate) counts: Box<Counts>,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self {
            pages: Vec::new(),
            recorded: Box::new([Token(0); MOST_OF_MACROBLOCK]),
            count: 0,
            counts: Box::new([[0; CLASSES]; ALL_CONTEXTS]),
        }
    }

    /// Ends a macroblock.
    #[inline(always)]
    pub(crate) fn end_macroblock(&mut self) {
        let room = |page: &mut Vec<Token>| PAGE - page.len();
        if self
            .pages
            .last_mut()
            .is_none_or(|page| room(page) < self.count)
        {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        if let (Some(page), Some(tokens)) = (self.pages.last_mut(), self.recorded.get(..self.count))
        {
            page.extend_from_slice(tokens);
        }
        self.count = 0;
    }

    /// Records a block. `levels` has its coefficients row by row, and bit `n` of `nonzero` says that the coefficient
    /// stored as number `n` is not zero. `neighbours` says how many of the blocks above and to the left have any.
    #[inline(always)]
    pub(crate) fn record(
        &mut self,
        plane: Plane,
        neighbours: usize,
        nonzero: u16,
        levels: &[i16; 16],
    ) {
        let plane_start = plane as usize * BANDS * CONTEXTS;
        let first = usize::from(plane == Plane::LumaWithoutDc);
        let end = (u16::BITS - nonzero.leading_zeros()) as usize;
        let mut context = plane_start + usize::from(BAND_STARTS[first]) + neighbours;
        let room = self
            .recorded
            .get_mut(self.count..)
            .and_then(<[Token]>::first_chunk_mut::<17>);
        let Some(room) = room else {
            return;
        };
        let mut count = 0;
        for (place, next_band) in ZIGZAG.iter().zip(&BAND_STARTS[1..]).take(end).skip(first) {
            let value = levels[usize::from(*place)];
            let magnitude = value.unsigned_abs();
            let class = usize::from(CLASS_OF[usize::from(magnitude).min(CLASS_OF.len() - 1)]);
            if let Some(count) = self
                .counts
                .get_mut(context)
                .and_then(|classes| classes.get_mut(class))
            {
                *count += 1;
            }
            room[count] = Token::new(
                context,
                class,
                u32::from(value.cast_unsigned() >> 15),
                magnitude,
            );
            count += 1;
            context = plane_start + usize::from(*next_band) + usize::from(magnitude.min(2));
        }
        if end < 16 {
            if let Some(classes) = self.counts.get_mut(context) {
                classes[END] += 1;
            }
            room[count] = Token::new(context, END, 0, 0);
            count += 1;
        }
        self.count += count;
    }

    /// Writes all tokens.
    #[inline(always)]
    pub(crate) fn write(&self, probabilities: &Probabilities) -> Vec<u8> {
        let mut encoder = BoolEncoder::with_capacity(PAGE);
        let mut padded = [[1; BRANCHES]; 128];
        padded[..ALL_CONTEXTS].copy_from_slice(probabilities.as_flattened().as_flattened());
        for page in &self.pages {
            write_page(page, &padded, &mut encoder);
        }
        encoder.finish()
    }
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn write_page(tokens: &[Token], probabilities: &[[u8; BRANCHES]; 128], encoder: &mut BoolEncoder) {
    let mut interval = encoder.interval;
    for token in tokens {
        token.write(probabilities, &mut interval, &mut encoder.output);
    }
    encoder.interval = interval;
}

/// Whether a block may end in a context. It may not end after a zero, and a context is the first of a band that is not
/// a block's first only after a zero.
pub(crate) const fn may_end(context: usize) -> bool {
    let (plane, band) = (context / (BANDS * CONTEXTS), context / CONTEXTS % BANDS);
    let first_band = if plane == Plane::LumaWithoutDc as usize {
        1
    } else {
        0
    };
    !context.is_multiple_of(CONTEXTS) || band == first_band
}

/// The same as a table.
const MAY_END: [bool; 128] = {
    let mut table = [false; 128];
    let mut context = 0;
    while context < ALL_CONTEXTS {
        table[context] = may_end(context);
        context += 1;
    }
    table
};

impl Token {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "both are small")]
    fn new(context: usize, class: usize, sign: u32, magnitude: u16) -> Self {
        Self(context as u32 | (class as u32) << 7 | sign << 11 | u32::from(magnitude) << 12)
    }

    /// Walks the tree of RFC 6386, section 13.2.
    #[inline(always)]
    fn write(
        self,
        probabilities: &[[u8; BRANCHES]; 128],
        interval: &mut Interval,
        output: &mut Vec<u8>,
    ) {
        let context = (self.0 & 0x7f) as usize;
        let class = (self.0 >> 7 & 0xf) as usize;
        let p = &probabilities[context];
        if MAY_END[context] {
            if class == END {
                interval.put(false, p[0], output);
                return;
            }
            interval.put(true, p[0], output);
        }
        if class == 0 {
            interval.put(false, p[1], output);
            return;
        }
        interval.put(true, p[1], output);
        if class == 1 {
            interval.put(false, p[2], output);
        } else {
            interval.put(true, p[2], output);
            if class <= 4 {
                interval.put(false, p[3], output);
                if class == 2 {
                    interval.put(false, p[4], output);
                } else {
                    interval.put(true, p[4], output);
                    interval.put(class == 4, p[5], output);
                }
            } else {
                *interval = self.write_large(class, p, *interval, output);
            }
        }
        interval.put(self.0 >> 11 & 1 == 1, 128, output);
    }

    /// Writes a value of five or more.
    #[inline(never)]
    fn write_large(
        self,
        class: usize,
        p: &[u8; BRANCHES],
        mut interval: Interval,
        output: &mut Vec<u8>,
    ) -> Interval {
        interval.put(true, p[3], output);
        interval.put(class > 6, p[6], output);
        if class <= 6 {
            interval.put(class > 5, p[7], output);
        } else {
            interval.put(class > 8, p[8], output);
            let last = if class > 8 { p[10] } else { p[9] };
            interval.put(class.is_multiple_of(2), last, output);
        }
        let extra = (self.0 >> 12) - u32::from(BASES[class]);
        let bits = EXTRA_BITS[class - 5];
        for (bit, probability) in (0..bits.len()).rev().zip(bits) {
            interval.put(extra >> bit & 1 == 1, *probability, output);
        }
        interval
    }
}

#[cfg(test)]
mod tests {
    use super::{BASES, CLASS_OF};

    #[test]
    fn classes_begin_where_their_bases_are() {
        for (class, base) in BASES.into_iter().enumerate() {
            assert_eq!(usize::from(CLASS_OF[usize::from(base)]), class);
            if base > 0 {
                assert_eq!(usize::from(CLASS_OF[usize::from(base) - 1]), class - 1);
            }
        }
    }
}
