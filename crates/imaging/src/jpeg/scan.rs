//! One scan of one component: coefficients → symbols with their bits → entropy-coded bytes (ITU-T T.81, G.1.2).

use super::bits::BitWriter;
use super::blocks::Blocks;
use super::huffman::{Code, Counts};

/// A symbol, and the bits that follow its code: symbol in the lowest 8 bits, then their number in 8, then they.
#[derive(Clone, Copy)]
struct Token(u32);

/// The symbols of a scan, in order.
pub(crate) struct Tokens {
    tokens: Vec<Token>,
    counts: Counts,
}

/// Symbol of 16 zeros.
const ZEROS: u8 = 0xf0;
/// The most blocks that one symbol can say are at their end.
const LONGEST_RUN: u32 = 0x7fff;

impl Tokens {
    /// The first coefficients of blocks, each as its difference from the one before.
    pub(crate) fn dc(blocks: &Blocks) -> Self {
        let mut tokens = Self::with_capacity(blocks.len());
        let mut before = 0;
        for block in blocks.iter() {
            let value = block.coefficient(0);
            tokens.push_value(0, value - before);
            before = value;
        }
        tokens
    }

    /// The coefficients from `first` to `last` of blocks, zeros as the length of their run.
    pub(crate) fn ac(blocks: &Blocks, first: u32, last: u32) -> Self {
        let band = (u64::MAX >> (63 - last)) & (u64::MAX << first);
        let values: usize = blocks
            .iter()
            .map(|block| (block.nonzero() & band).count_ones() as usize)
            .sum();
        let mut tokens = Self::with_capacity(values + blocks.len());
        // Blocks of which nothing more comes.
        let mut ended = 0;
        for block in blocks.iter() {
            let mut left = block.nonzero() & band;
            let mut next = first;
            while left != 0 {
                let index = left.trailing_zeros();
                left &= left - 1;
                if ended > 0 {
                    tokens.push_ended(ended);
                    ended = 0;
                }
                let mut zeros = index - next;
                while zeros > 15 {
                    tokens.push(ZEROS, 0, 0);
                    zeros -= 16;
                }
                tokens.push_value(zeros, block.coefficient(index));
                next = index + 1;
            }
            if next <= last {
                ended += 1;
                if ended == LONGEST_RUN {
                    tokens.push_ended(ended);
                    ended = 0;
                }
            }
        }
        if ended > 0 {
            tokens.push_ended(ended);
        }
        tokens
    }

    /// The best code for these symbols.
    pub(crate) fn code(&self) -> Code {
        Code::of(&self.counts)
    }

    /// Appends the entropy-coded bytes.
    pub(crate) fn write(&self, code: &Code, output: &mut Vec<u8>) {
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

    fn with_capacity(capacity: usize) -> Self {
        Self {
            tokens: Vec::with_capacity(capacity),
            counts: [0; 256],
        }
    }

    fn push(&mut self, symbol: u8, bits: u32, length: u32) {
        self.tokens
            .push(Token(u32::from(symbol) | length << 8 | bits << 16));
        self.counts[usize::from(symbol)] += 1;
    }

    /// A value after so many zeros, at most 15: the number of its bits is part of the symbol, and a negative one is told
    /// by its first bit.
    #[inline]
    fn push_value(&mut self, zeros: u32, value: i32) {
        let length = u32::BITS - value.unsigned_abs().leading_zeros();
        let bits = (value + (value >> 31)).cast_unsigned() & ((1 << length) - 1);
        // Four bits each.
        self.push((zeros << 4 | length).to_le_bytes()[0], bits, length);
    }

    fn push_ended(&mut self, blocks: u32) {
        let length = blocks.ilog2();
        let symbol = (length << 4).to_le_bytes()[0];
        self.push(symbol, blocks - (1 << length), length);
    }
}
