//! Coefficients as tokens: recorded while the picture is gone over, and written when their statistics are known
//! (RFC 6386, section 13).

use crate::bool_encoder::BoolEncoder;
use crate::tables::coefficients::{BANDS, CONTEXTS, PLANES, Probabilities};

/// What kind of block coefficients are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Luma whose first coefficient is part of another block.
    LumaWithoutDc = 0,
    /// The first coefficients of all luma blocks of a macroblock.
    LumaDc = 1,
    Chroma = 2,
    Luma = 3,
}

/// How many classes of values a token tells apart.
pub(crate) const CLASSES: usize = 12;
/// How many contexts there are in all planes and bands.
const ALL_CONTEXTS: usize = PLANES * BANDS * CONTEXTS;
/// The class that ends a block.
pub(crate) const END: usize = 11;
/// The class of the largest values.
const LARGEST: usize = 10;
/// The smallest value of each class.
const BASES: [u16; LARGEST + 1] = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
/// Probabilities of the bits that tell values of a class apart, for those from the fifth on.
const EXTRA_BITS: [&[u8]; 6] = [
    &[159],
    &[165, 145],
    &[173, 148, 140],
    &[176, 155, 140, 135],
    &[180, 157, 141, 134, 130],
    &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
];

/// The band of each coefficient, times the contexts of a band. There is one more for what follows the last.
const BAND_STARTS: [u8; 17] = [0, 3, 6, 9, 18, 12, 15, 18, 18, 18, 18, 18, 18, 18, 18, 21, 0];

/// The class of each value below the smallest of the last class, and that.
const CLASS_OF: [u8; 68] = {
    let mut classes = [0; 68];
    let mut class = 0;
    let mut value = 0;
    while value < classes.len() {
        while class + 1 < BASES.len() && value >= BASES[class + 1] as usize {
            class += 1;
        }
        classes[value] = class as u8;
        value += 1;
    }
    classes
};

/// A context in the lowest 7 bits, a class in the next 4, a sign in 1, a magnitude in the rest.
#[derive(Clone, Copy)]
struct Token(u32);

/// How often each class was met in each context.
pub(crate) type Counts = [[u32; CLASSES]; ALL_CONTEXTS];

/// The tokens of a picture, in order.
pub(crate) struct Tokens {
    tokens: Vec<Token>,
    pub(crate) counts: Box<Counts>,
}

impl Tokens {
    pub(crate) fn with_capacity(tokens: usize) -> Self {
        Self {
            tokens: Vec::with_capacity(tokens),
            counts: Box::new([[0; CLASSES]; ALL_CONTEXTS]),
        }
    }

    /// Records a block. `level` gives its coefficients in the order in which they are stored, and bit `n` of `nonzero`
    /// says that the coefficient `n` is not zero. `neighbours` says how many of the blocks above and to the left have
    /// any.
    #[inline]
    pub(crate) fn record(
        &mut self,
        plane: Plane,
        neighbours: usize,
        nonzero: u32,
        level: impl Fn(usize) -> i16,
    ) {
        let plane_start = plane as usize * BANDS * CONTEXTS;
        let first = usize::from(plane == Plane::LumaWithoutDc);
        let end = (u32::BITS - nonzero.leading_zeros()) as usize;
        let mut context = plane_start + usize::from(BAND_STARTS[first]) + neighbours;
        let mut tokens = [Token(0); 17];
        let mut count = 0;
        for index in first..end.min(16) {
            let value = level(index);
            let magnitude = value.unsigned_abs();
            let class = usize::from(CLASS_OF[usize::from(magnitude).min(CLASS_OF.len() - 1)]);
            self.counts[context % ALL_CONTEXTS][class] += 1;
            let sign = u32::from(value.cast_unsigned() >> 15);
            tokens[count] = Token::new(context, class, sign, magnitude);
            count += 1;
            context = plane_start
                + usize::from(BAND_STARTS[index + 1])
                + usize::from(magnitude.min(2));
        }
        if end < 16 {
            self.counts[context % ALL_CONTEXTS][END] += 1;
            tokens[count] = Token::new(context, END, 0, 0);
            count += 1;
        }
        self.tokens.extend_from_slice(&tokens[..count]);
    }

    /// Writes all tokens.
    #[inline(never)]
    pub(crate) fn write(&self, probabilities: &Probabilities) -> Vec<u8> {
        let mut encoder = BoolEncoder::with_capacity(self.tokens.len());
        let probabilities = probabilities.as_flattened().as_flattened();
        for token in &self.tokens {
            token.write(probabilities, &mut encoder);
        }
        encoder.finish()
    }
}

/// Whether a block may end in a context: not after a zero, and only after a zero is a context the first of a band that
/// is not a block's first.
pub(crate) fn may_end(context: usize) -> bool {
    let (plane, band) = (context / (BANDS * CONTEXTS), context / CONTEXTS % BANDS);
    context % CONTEXTS != 0 || band == usize::from(plane == Plane::LumaWithoutDc as usize)
}

/// [`may_end`] as a table.
const MAY_END: [bool; 128] = {
    let mut table = [false; 128];
    let mut context = 0;
    while context < ALL_CONTEXTS {
        let first_band = if context / (BANDS * CONTEXTS) == 0 { 1 } else { 0 };
        table[context] = context % CONTEXTS != 0 || context / CONTEXTS % BANDS == first_band;
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
    fn write(self, probabilities: &[[u8; 11]], encoder: &mut BoolEncoder) {
        let context = (self.0 & 0x7f) as usize;
        let class = (self.0 >> 7 & 0xf) as usize;
        let Some(p) = probabilities.get(context) else {
            return;
        };
        if MAY_END[context] {
            encoder.put(class != END, p[0]);
            if class == END {
                return;
            }
        }
        if class == 0 {
            encoder.put(false, p[1]);
            return;
        }
        encoder.put(true, p[1]);
        if class == 1 {
            encoder.put(false, p[2]);
        } else {
            encoder.put(true, p[2]);
            self.write_larger(class, p, encoder);
        }
        encoder.put(self.0 >> 11 & 1 == 1, 128);
    }

    /// Writes a value of two or more.
    #[inline]
    fn write_larger(self, class: usize, p: &[u8; 11], encoder: &mut BoolEncoder) {
        encoder.put(class > 4, p[3]);
        if class <= 4 {
            encoder.put(class > 2, p[4]);
            if class > 2 {
                encoder.put(class > 3, p[5]);
            }
            return;
        }
        encoder.put(class > 6, p[6]);
        if class <= 6 {
            encoder.put(class > 5, p[7]);
        } else {
            encoder.put(class > 8, p[8]);
            let last = if class > 8 { p[10] } else { p[9] };
            encoder.put(class % 2 == 0, last);
        }
        let extra = (self.0 >> 12) - u32::from(BASES[class]);
        let bits = EXTRA_BITS[class - 5];
        for (bit, probability) in (0..bits.len()).rev().zip(bits) {
            encoder.put(extra >> bit & 1 == 1, *probability);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL_CONTEXTS, BASES, CLASS_OF, MAY_END, may_end};

    #[test]
    fn classes_begin_where_their_bases_are() {
        for (class, base) in BASES.into_iter().enumerate() {
            assert_eq!(usize::from(CLASS_OF[usize::from(base)]), class);
            if base > 0 {
                assert_eq!(usize::from(CLASS_OF[usize::from(base) - 1]), class - 1);
            }
        }
    }

    #[test]
    fn the_table_says_what_the_rule_says() {
        for context in 0..ALL_CONTEXTS {
            assert_eq!(MAY_END[context], may_end(context));
        }
    }
}
