//! The boolean entropy encoder (RFC 6386, section 7).

/// The state of the encoder between two decisions. It is separate from the output so that it can be kept in registers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interval {
    /// Bits that are final except for a carry, above the eight bits that the next decision changes.
    low: u64,
    /// The number of final bits.
    settled: u32,
    /// The width of the interval, from 128 to 255.
    range: u32,
}

impl Interval {
    /// Narrows the interval. A decision is false with the probability `probability` / 256, which is not 0.
    #[inline(always)]
    pub(crate) fn put(&mut self, decision: bool, probability: u8, output: &mut Vec<u8>) {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        if decision {
            self.low += u64::from(split);
            self.range -= split;
        } else {
            self.range = split;
        }
        // The range is not zero, and less than 256.
        let shift = (self.range | 1).leading_zeros() - 24;
        self.range <<= shift;
        self.low <<= shift;
        self.settled += shift;
        if self.settled >= 32 {
            let above = self.settled - 32 + 8;
            write_word(output, self.low >> above);
            self.low &= (1 << above) - 1;
            self.settled -= 32;
        }
    }
}

/// Appends 32 bits. A bit above them is a carry.
#[inline(never)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is above is the carry"
)]
fn write_word(output: &mut Vec<u8>, word: u64) {
    if word >> 32 != 0 {
        // A carry never goes beyond the first byte.
        for byte in output.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
    output.extend_from_slice(&(word as u32).to_be_bytes());
}

/// Writes decisions. The likelier a decision was, the less it costs.
pub(crate) struct BoolEncoder {
    pub(crate) output: Vec<u8>,
    pub(crate) interval: Interval,
}

impl BoolEncoder {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            output: Vec::with_capacity(bytes),
            interval: Interval {
                low: 0,
                settled: 0,
                range: 255,
            },
        }
    }

    /// Writes a decision, like [`Interval::put`].
    #[inline(always)]
    pub(crate) fn put(&mut self, decision: bool, probability: u8) {
        self.interval.put(decision, probability, &mut self.output);
    }

    /// Writes the lowest `count` bits, the highest of them first, as decisions with even probabilities.
    pub(crate) fn put_bits(&mut self, bits: u32, count: u32) {
        for bit in (0..count).rev() {
            self.put(bits >> bit & 1 == 1, 128);
        }
    }

    /// Writes whether a number is not zero and, if so, its magnitude in `count` bits and its sign.
    pub(crate) fn put_optional(&mut self, value: i32, count: u32) {
        self.put(value != 0, 128);
        if value != 0 {
            self.put_bits(value.unsigned_abs(), count);
            self.put(value < 0, 128);
        }
    }

    /// Ends the partition, with as many bytes as a decoder reads.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let length = self.output.len() + (self.interval.settled as usize + 8).div_ceil(8);
        // The eight bits of the interval, and enough after them to fill two words.
        for _ in 0..2 {
            self.put_bits(0, 32);
        }
        self.output.truncate(length);
        self.output
    }
}

#[cfg(test)]
mod tests {
    use super::BoolEncoder;
    use proptest::prelude::{any, proptest};

    /// The decoder of RFC 6386, section 7.3.
    struct BoolDecoder<'a> {
        input: &'a [u8],
        value: u32,
        range: u32,
        shifted: u32,
    }

    impl<'a> BoolDecoder<'a> {
        fn new(input: &'a [u8]) -> Self {
            let mut decoder = Self {
                input,
                value: 0,
                range: 255,
                shifted: 0,
            };
            decoder.value = decoder.byte() << 8;
            decoder.value |= decoder.byte();
            decoder
        }

        fn byte(&mut self) -> u32 {
            let byte = self.input.first().copied().unwrap_or(0);
            self.input = self.input.get(1..).unwrap_or(&[]);
            byte.into()
        }

        fn get(&mut self, probability: u8) -> bool {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            let decision = self.value >= split << 8;
            if decision {
                self.range -= split;
                self.value -= split << 8;
            } else {
                self.range = split;
            }
            while self.range < 128 {
                self.value <<= 1;
                self.range <<= 1;
                self.shifted += 1;
                if self.shifted == 8 {
                    self.shifted = 0;
                    self.value |= self.byte();
                }
            }
            decision
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(decisions: Vec<(bool, u8)>, repeated in 0..300_usize, last: bool) {
            // Long runs of the likeliest decisions give long runs of ones, through which a carry passes.
            let decisions = decisions.into_iter().map(|(decision, probability)| (decision, probability.max(1)));
            let run = std::iter::repeat_n((true, 1), repeated).chain([(last, 128)]);
            let decisions: Vec<_> = decisions.chain(run).collect();
            let mut encoder = BoolEncoder::with_capacity(0);
            for (decision, probability) in &decisions {
                encoder.put(*decision, *probability);
            }
            let bytes = encoder.finish();
            let mut decoder = BoolDecoder::new(&bytes);
            for (decision, probability) in &decisions {
                assert_eq!(decoder.get(*probability), *decision);
            }
        }

        #[test]
        fn numbers_are_read_bit_by_bit(value in -100_i32..=100, bits in any::<u8>()) {
            let mut encoder = BoolEncoder::with_capacity(0);
            encoder.put_optional(value, 7);
            encoder.put_bits(bits.into(), 8);
            let bytes = encoder.finish();
            let mut decoder = BoolDecoder::new(&bytes);
            let mut number = |count| (0..count).fold(0, |number, _| number << 1 | i32::from(decoder.get(128)));
            if number(1) == 1 {
                let magnitude = number(7);
                let sign = number(1);
                assert_eq!(value, if sign == 1 { -magnitude } else { magnitude });
            } else {
                assert_eq!(value, 0);
            }
            assert_eq!(number(8), i32::from(bits));
        }
    }
}
