//! The bits of a scan.

use super::huffman::{Codes, Symbol};

/// Reads the bits of entropy-coded data, the highest of each byte first, and stops at a marker. A byte of all ones is
/// followed by a zero byte, which is removed (ITU-T T.81, F.1.2.3).
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// The next byte that is not in the buffer.
    position: usize,
    /// The next bits, the very next one highest. Below the lowest of the `count` valid bits there may be some of the
    /// following ones.
    buffer: u64,
    count: u32,
    /// How many zero bits were put into the buffer because the data had ended.
    padding: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            position: 0,
            buffer: 0,
            count: 0,
            padding: 0,
        }
    }

    /// Fills the buffer with at least 56 bits, which is enough for two values.
    #[inline]
    pub(super) fn refill(&mut self) {
        let next = self.data.get(self.position..).unwrap_or_default();
        match next.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)) {
            // Bytes beyond the counted ones do not change when they are added again.
            Some(word) if !has_ones(word) => {
                self.buffer |= word >> self.count;
                let bytes = (63 - self.count) >> 3;
                self.position += bytes as usize;
                self.count += bytes << 3;
            }
            _ => *self = self.refilled_by_bytes(),
        }
    }

    /// It takes the reader by value, so that a reader in registers needs no address.
    #[cold]
    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        while self.count < 56 {
            let byte = match self.data.get(self.position..).unwrap_or_default() {
                [u8::MAX, 0, ..] => {
                    self.position += 2;
                    u8::MAX
                }
                [] | [u8::MAX, ..] => {
                    self.padding += 8;
                    0
                }
                [byte, ..] => {
                    self.position += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// Takes the next symbol. The buffer has to be filled.
    #[inline]
    pub(super) fn take(&mut self, codes: &Codes) -> Symbol {
        let symbol = codes.symbol((self.buffer >> 32) as u32);
        self.buffer <<= symbol.length();
        self.count -= symbol.length();
        symbol
    }

    /// Whether more bits were taken than there are.
    pub(super) fn is_overrun(&self) -> bool {
        self.padding > self.count
    }

    /// Continues after a marker, if it comes next, after less than a byte of filling.
    pub(super) fn pass(&mut self, marker: u8) -> Option<()> {
        let left = self.count.checked_sub(self.padding)?;
        let next = self.data.get(self.position..)?;
        if left >= 8 || !next.starts_with(&[0xff, marker]) {
            return None;
        }
        *self = Self {
            position: self.position + 2,
            ..Self::new(self.data)
        };
        Some(())
    }
}

/// Whether the word has a byte of all ones, which is a zero byte in its inverse.
#[inline]
fn has_ones(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let inverse = !word;
    inverse.wrapping_sub(LOW) & !inverse & (LOW << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::{BitReader, has_ones};
    use crate::jpeg::decoder::huffman::{Class, Codes};

    /// Two codes: 0 for a value of one bit, 10 for one of four.
    fn codes() -> Codes {
        let mut lengths = [0; 16];
        lengths[..2].copy_from_slice(&[1, 1]);
        Codes::new(&lengths, &[1, 4], Class::Dc).unwrap()
    }

    fn take(reader: &mut BitReader<'_>) -> i16 {
        reader.refill();
        reader.take(&codes()).value()
    }

    #[test]
    fn values_are_read_across_stuffed_bytes_to_the_marker() {
        // The codes 0 1, 0 0, 10 1111, 10 1000, 10 0111 and 0 1, and ones to fill the byte.
        let data = [
            0b0100_1011,
            0b1110_1000,
            0b1001_1101,
            0xff,
            0xd0,
            0b0111_1111,
        ];
        let mut reader = BitReader::new(&data);
        let values: Vec<_> = (0..6).map(|_| take(&mut reader)).collect();
        assert_eq!(values, [1, -1, 15, 8, -8, 1]);
        assert!(!reader.is_overrun());
        assert_eq!(reader.pass(0xd9), None);
        assert_eq!(reader.pass(0xd0), Some(()));
        assert_eq!(take(&mut reader), 1);

        let mut reader = BitReader::new(&[0b1011_1111, 0xff, 0, 0xff, 0xd9]);
        assert_eq!(take(&mut reader), 15);
        assert_eq!(reader.pass(0xd9), None, "a byte and two bits are left");
    }

    #[test]
    fn what_is_not_there_is_zero_and_told() {
        let mut reader = BitReader::new(&[0b0100_1010]);
        let values: Vec<_> = (0..4).map(|_| take(&mut reader)).collect();
        assert_eq!(values, [1, -1, 8, -1]);
        assert!(reader.is_overrun());
        assert_eq!(reader.pass(0xd9), None);
    }

    #[test]
    fn long_data_is_read_a_word_at_a_time() {
        let data = [0b0101_0101; 100];
        let mut reader = BitReader::new(&data);
        assert!((0..400).all(|_| take(&mut reader) == 1));
        assert!(!reader.is_overrun());
        take(&mut reader);
        assert!(reader.is_overrun());
    }

    #[test]
    fn bytes_of_ones_are_found() {
        for shift in (0..64).step_by(8) {
            assert!(has_ones(0xff << shift));
            assert!(!has_ones(!(0xff << shift) & 0x7f7f_7f7f_7f7f_7f7f));
            assert!(!has_ones(0xfe << shift));
        }
        assert!(has_ones(u64::MAX) && !has_ones(0) && !has_ones(0xfe01_fe01_fe01_fe01));
    }
}
