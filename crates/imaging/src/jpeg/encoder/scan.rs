//! One scan of one component: coefficients → symbols with their bits → entropy-coded bytes (ITU-T T.81, G.1.2).

use super::bits::BitWriter;
use super::dct::Group;
use super::huffman::{Code, Counts};

/// A symbol and the bits that follow its code: the symbol in the lowest 8 bits, then their number in 8, then the bits.
#[derive(Clone, Copy)]
struct Token(u32);

/// The coefficients of a scan, from the first to the last in each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) first: u8,
    pub(super) last: u8,
}

/// The symbols of a scan, in order.
pub(super) struct Tokens {
    pub(super) band: Band,
    tokens: Vec<Token>,
    counts: Counts,
    /// The first coefficient of the previous block.
    dc: i32,
    /// How many blocks before this one have ended without a symbol.
    ended: u32,
}

/// The symbol for 16 zeros.
const ZEROS: u8 = 0xf0;
/// The most blocks that one symbol can end.
const LONGEST_RUN: u32 = 0x7fff;

impl Tokens {
    pub(super) fn new(band: Band) -> Self {
        Self {
            band,
            tokens: Vec::new(),
            counts: [0; 256],
            dc: 0,
            ended: 0,
        }
    }

    /// Adds the first `blocks` blocks of a group.
    pub(super) fn add(&mut self, group: &Group, blocks: usize) {
        for block in 0..blocks {
            if self.band.first == 0 {
                self.add_dc(group.coefficients[0][block].into());
            } else {
                self.add_ac(group, block);
            }
        }
    }

    /// Adds the first coefficient of a block, as its difference from the one before.
    fn add_dc(&mut self, dc: i32) {
        self.push_value(0, dc - self.dc);
        self.dc = dc;
    }

    /// Adds the coefficients of a block, with zeros as the lengths of their runs.
    #[inline]
    fn add_ac(&mut self, group: &Group, block: usize) {
        let Band { first, last } = self.band;
        let band = (u64::MAX >> (63 - last)) & (u64::MAX << first);
        let mut left = group.nonzero[block] & band;
        let mut next = u32::from(first);
        if left != 0 {
            self.push_ended();
        }
        while left != 0 {
            let index = left.trailing_zeros();
            left &= left - 1;
            let mut zeros = index - next;
            while zeros > 15 {
                self.push(ZEROS, 0, 0);
                zeros -= 16;
            }
            self.push_value(zeros, group.coefficients[index as usize][block].into());
            next = index + 1;
        }
        if next <= last.into() {
            self.ended += 1;
            if self.ended == LONGEST_RUN {
                self.push_ended();
            }
        }
    }

    /// Ends the scan.
    pub(super) fn finish(&mut self) {
        self.push_ended();
    }

    /// The optimal code for these symbols.
    pub(super) fn code(&self) -> Code {
        Code::of(&self.counts)
    }

    /// Appends the entropy-coded bytes.
    pub(super) fn write(&self, code: &Code, output: &mut Vec<u8>) {
        let mut writer = BitWriter::new(output);
        for Token(token) in &self.tokens {
            let [symbol, length, ..] = token.to_le_bytes();
            let (word, word_length) = code.word(symbol);
            writer.push(
                u32::from(word) << length | token >> 16,
                u32::from(word_length + length),
            );
        }
        writer.finish();
    }

    fn push(&mut self, symbol: u8, bits: u32, length: u32) {
        self.tokens
            .push(Token(u32::from(symbol) | length << 8 | bits << 16));
        self.counts[usize::from(symbol)] += 1;
    }

    /// Adds a value after this many zeros, at most 15. The number of its bits is part of the symbol, and its first bit
    /// tells whether it is negative.
    #[inline]
    fn push_value(&mut self, zeros: u32, value: i32) {
        let length = u32::BITS - value.unsigned_abs().leading_zeros();
        let bits = (value + (value >> 31)).cast_unsigned() & ((1 << length) - 1);
        // Four bits each.
        self.push((zeros << 4 | length).to_le_bytes()[0], bits, length);
    }

    /// Writes how many blocks have ended, if any have.
    fn push_ended(&mut self) {
        if let Some(length) = self.ended.checked_ilog2() {
            let symbol = (length << 4).to_le_bytes()[0];
            self.push(symbol, self.ended - (1 << length), length);
            self.ended = 0;
        }
    }
}
