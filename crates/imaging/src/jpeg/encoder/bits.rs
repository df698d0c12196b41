//! Writes bits into the bytes of a scan.

/// Appends bits, the highest of each value first. After a byte of all ones comes a zero byte, so that it is not a
/// marker (ITU-T T.81, F.1.2.3).
pub(crate) struct BitWriter<'a> {
    output: &'a mut Vec<u8>,
    /// The lowest `count` bits are still to be written.
    waiting: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    pub(crate) fn new(output: &'a mut Vec<u8>) -> Self {
        Self {
            output,
            waiting: 0,
            count: 0,
        }
    }

    /// Appends the lowest `length` bits, at most 32, of `bits`, whose other bits are zero.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is higher was written before"
    )]
    pub(crate) fn push(&mut self, bits: u32, length: u32) {
        self.waiting = self.waiting << length | u64::from(bits);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            self.write_word((self.waiting >> self.count) as u32);
        }
    }

    #[inline]
    fn write_word(&mut self, word: u32) {
        let bytes = word.to_be_bytes();
        // A byte of all ones becomes zero, from a negative number, by adding one to each without a carry.
        let has_ones = word & (word & 0x7f7f_7f7f).wrapping_add(0x0101_0101) & 0x8080_8080 != 0;
        if has_ones {
            bytes.into_iter().for_each(|byte| self.write_byte(byte));
        } else {
            self.output.extend_from_slice(&bytes);
        }
    }

    fn write_byte(&mut self, byte: u8) {
        self.output.push(byte);
        if byte == u8::MAX {
            self.output.push(0);
        }
    }

    /// Writes the remaining bits, filled up with ones to a whole byte.
    pub(crate) fn finish(mut self) {
        let fill = self.count.next_multiple_of(8) - self.count;
        self.waiting = self.waiting << fill | ((1 << fill) - 1);
        self.count += fill;
        while self.count > 0 {
            self.count -= 8;
            self.write_byte((self.waiting >> self.count).to_le_bytes()[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BitWriter;

    #[test]
    fn bits_come_out_in_order_and_ones_are_told_from_markers() {
        let mut output = Vec::new();
        let mut writer = BitWriter::new(&mut output);
        writer.push(0b1, 1);
        writer.push(0b010_1010, 7);
        writer.push(0xff, 8);
        writer.push(0x1234_5678, 32);
        writer.push(0xffff_ffff, 32);
        writer.push(0b01, 2);
        writer.finish();
        assert_eq!(
            output,
            [
                0xaa, 0xff, 0, 0x12, 0x34, 0x56, 0x78, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0x7f
            ]
        );
    }

    #[test]
    fn nothing_is_nothing() {
        let mut output = Vec::new();
        BitWriter::new(&mut output).finish();
        assert!(output.is_empty());
    }
}
