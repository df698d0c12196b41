//! Huffman codes, looked up together with the values that follow them.

/// How many bits are looked up at once. In a photo, 97 of 100 codes fit into them together with their values.
const SHORT: u32 = 11;

/// A code with its value: the length in the lowest 8 bits, then the advance in 8, then the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol(u32);

/// An advance beyond any coefficient: the block has no more.
pub(super) const END_OF_BLOCK: usize = 128;
/// An advance beyond any coefficient, but shorter than the end of a block: the code does not exist.
const NO_SYMBOL: Symbol = Symbol::new(0, 64, 0);

impl Symbol {
    const fn new(length: u8, advance: u8, value: i16) -> Self {
        let [low, high] = value.to_le_bytes();
        Self(u32::from_le_bytes([length, advance, low, high]))
    }

    /// Bits of the code and of the value after it: at most 16 and 11. A length of 0 means that the code does not exist.
    #[inline]
    pub(super) fn length(self) -> u32 {
        self.0 & 0xff
    }

    /// The distance to the value's coefficient: the zeros before it, and itself.
    #[inline]
    pub(super) fn advance(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }

    #[inline]
    pub(super) fn value(self) -> i16 {
        let [.., low, high] = self.0.to_le_bytes();
        i16::from_le_bytes([low, high])
    }
}

/// The meaning of symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The length of a difference between first coefficients.
    Dc,
    /// A run of zeros and the length of the coefficient after it.
    Ac,
}

/// The codes of a table.
pub(super) struct Codes {
    /// The symbol for each combination of the next bits; its length is 0 if it is longer than they are.
    short: [Symbol; 1 << SHORT],
    /// All codes in order.
    all: Vec<Code>,
    /// For each combination of the next eight bits, a position in `all` at or shortly before their code.
    first: [u8; 256],
}

struct Code {
    /// The next 16 bits are below this number if they do not begin with a later code.
    end: u32,
    /// Bits of the code.
    length: u8,
    /// Bits of the value after it.
    value_length: u8,
    advance: u8,
}

impl Codes {
    /// Builds the codes in the order of `symbols`. `lengths` says how many have one bit, two bits and so on (ITU-T
    /// T.81, C.2). Returns nothing for codes that do not fit, and for symbols that do not occur in files with 8 bits a
    /// sample.
    pub(super) fn new(lengths: &[u8; 16], symbols: &[u8], class: Class) -> Option<Self> {
        let mut all = Vec::new();
        let mut end = 0_u32;
        let mut symbols = symbols.iter();
        for (length, count) in (1_u8..).zip(lengths) {
            for symbol in symbols.by_ref().take((*count).into()) {
                end += 1 << (16 - length);
                let (advance, value_length) = class.meaning(*symbol)?;
                all.push(Code {
                    end,
                    length,
                    value_length,
                    advance,
                });
            }
        }
        if end > 1 << 16 {
            return None;
        }
        let mut first = [0; 256];
        for (bits, first) in (0_u32..).zip(&mut first) {
            let index = all.partition_point(|code: &Code| code.end <= bits << 8);
            *first = u8::try_from(index).unwrap_or(u8::MAX);
        }
        let mut codes = Self {
            short: [NO_SYMBOL; 1 << SHORT],
            all,
            first,
        };
        for bits in 0..1_u32 << SHORT {
            let symbol = codes.search(bits << (32 - SHORT));
            if symbol.length() <= SHORT {
                codes.short[bits as usize] = symbol;
            }
        }
        Some(codes)
    }

    /// The symbol at the beginning of these bits, of which the highest come first.
    #[inline]
    pub(super) fn symbol(&self, bits: u32) -> Symbol {
        let symbol = self.short[(bits >> (32 - SHORT)) as usize];
        if symbol.length() > 0 {
            symbol
        } else {
            self.search(bits)
        }
    }

    #[inline(never)]
    fn search(&self, bits: u32) -> Symbol {
        let first = usize::from(self.first[(bits >> 24) as usize]);
        let codes = self.all.get(first..).unwrap_or_default();
        let code = codes.iter().find(|code| bits >> 16 < code.end);
        code.map_or(NO_SYMBOL, |code| {
            let value = value(bits << code.length, code.value_length);
            Symbol::new(code.length + code.value_length, code.advance, value)
        })
    }
}

/// The value of this many bits, at most 11. If the first bit is zero, the value is negative (T.81, F.2.2.1).
fn value(bits: u32, length: u8) -> i16 {
    // It is shifted twice, because a value may have no bits.
    let value = (bits >> 1 >> (31 - u32::from(length))).cast_signed();
    let is_negative = bits.cast_signed() >= 0;
    let value = value - if is_negative { (1 << length) - 1 } else { 0 };
    i16::try_from(value).unwrap_or_default()
}

impl Class {
    /// The advance of a symbol, and the length of its value (T.81, F.1.2).
    fn meaning(self, symbol: u8) -> Option<(u8, u8)> {
        let (zeros, value_length) = (symbol >> 4, symbol & 15);
        let advance = match self {
            Self::Dc if symbol <= 11 => 0,
            Self::Ac if (1..=10).contains(&value_length) => zeros + 1,
            Self::Ac if symbol == 0xf0 => 16,
            Self::Ac if symbol == 0 => 128,
            _ => return None,
        };
        Some((advance, value_length))
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Codes, END_OF_BLOCK, NO_SYMBOL};

    fn lengths(counts: &[(usize, u8)]) -> [u8; 16] {
        let mut lengths = [0; 16];
        counts
            .iter()
            .for_each(|(length, count)| lengths[length - 1] = *count);
        lengths
    }

    #[test]
    fn short_and_long_codes_are_found() {
        // The codes 0, 10, 110, 1110 0000 0000 and 1110 0000 0001 000, and nothing else.
        let lengths = lengths(&[(1, 1), (2, 1), (3, 1), (12, 1), (15, 1)]);
        let codes = Codes::new(&lengths, &[0x00, 0x01, 0xf0, 0x52, 0x0a], Class::Ac).unwrap();
        let symbol = |bits: u32| {
            let symbol = codes.symbol(bits);
            (symbol.length(), symbol.advance(), symbol.value())
        };
        assert_eq!(symbol(0x0000_0000), (1, END_OF_BLOCK, 0));
        assert_eq!(symbol(0x7fff_ffff), (1, END_OF_BLOCK, 0));
        assert_eq!(symbol(0x8000_0000), (3, 1, -1));
        assert_eq!(symbol(0xa000_0000), (3, 1, 1));
        assert_eq!(symbol(0xc123_4567), (3, 16, 0));
        assert_eq!(symbol(0xe000_0000), (14, 6, -3));
        assert_eq!(symbol(0xe00c_0000), (14, 6, 3));
        assert_eq!(symbol(0xe010_0000), (25, 1, -1023));
        assert_eq!(symbol(0xe011_ffff), (25, 1, 1023));
        assert_eq!(codes.symbol(0xe012_0000), NO_SYMBOL);
        assert_eq!(codes.symbol(0xffff_ffff), NO_SYMBOL);
    }

    #[test]
    fn what_no_file_has_is_no_table() {
        let none = |counts: &[(usize, u8)], symbols: &[u8], class| {
            Codes::new(&lengths(counts), symbols, class).is_none()
        };
        assert!(none(&[(1, 3)], &[0, 1, 2], Class::Dc));
        assert!(none(&[(1, 2), (16, 1)], &[0, 1, 2], Class::Dc));
        assert!(none(&[(2, 1)], &[12], Class::Dc));
        assert!(none(&[(2, 1)], &[0x0b], Class::Ac));
        assert!(none(&[(2, 1)], &[0x10], Class::Ac));
        assert!(!none(&[(1, 2)], &[0, 11], Class::Dc));
    }
}
