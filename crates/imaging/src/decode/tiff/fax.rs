//! Decodes the codes of facsimile machines: rows of white and black runs (ITU-T T.4 and T.6).

use std::convert::Infallible;

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use crate::budget::Meter;
use crate::inspect::tiff::Fax;

/// Decodes to one bit a pixel; black is 1. Rows that the data does not contain stay white, and the error is returned.
pub(super) fn decode(
    data: &[u8],
    fax: Fax,
    width: u32,
    rows: &mut [u8],
    meter: &Meter<'_>,
) -> Result<(), String> {
    let mut decoder = Decoder {
        bits: Bits { data, position: 0 },
        width,
        reference: Vec::new(),
        row: Vec::new(),
    };
    let mut damage = Ok(());
    for row in rows.chunks_exact_mut((width as usize).div_ceil(8)) {
        if meter.step() {
            break;
        }
        let decoded = decoder.next_row(fax);
        paint(&decoder.row, width, row);
        match decoded {
            Ok(Next::Row) => {}
            Ok(Next::End) => break,
            Err(what) if decoder.bits.is_at_end() || fax == Fax::Group4 => return Err(what),
            Err(what) => {
                damage = Err(what);
                decoder.find_end_of_line();
            }
        }
    }
    damage
}

/// What was found where a row is expected.
enum Next {
    Row,
    End,
}

struct Decoder<'a> {
    bits: Bits<'a>,
    width: u32,
    /// The row before, and this one: the positions where the colour changes. Each row starts white.
    reference: Vec<u32>,
    row: Vec<u32>,
}

impl Decoder<'_> {
    fn next_row(&mut self, fax: Fax) -> Result<Next, String> {
        std::mem::swap(&mut self.reference, &mut self.row);
        self.row.clear();
        match fax {
            Fax::Rle { is_word_aligned } => {
                let decoded = self.one_dimensional();
                self.bits.align(if is_word_aligned { 16 } else { 8 });
                decoded?;
            }
            Fax::Group3 { is_two_dimensional } => {
                let is_marked = self.bits.skip_end_of_line();
                let is_one_dimensional = !is_two_dimensional || !is_marked || self.bits.take_bit();
                // Several ends of lines mean the end of the page.
                if is_marked && self.bits.is_end_of_line() {
                    return Ok(Next::End);
                }
                if is_one_dimensional {
                    self.one_dimensional()?;
                } else {
                    self.two_dimensional()?;
                }
            }
            Fax::Group4 => return self.two_dimensional(),
        }
        Ok(Next::Row)
    }

    /// Reads a row of runs, each with its length. A row that ends early is white after its end.
    fn one_dimensional(&mut self) -> Result<(), String> {
        let (mut at, mut is_black) = (0, false);
        while at < self.width && !self.bits.is_end_of_line() {
            at += self.bits.run(is_black)?;
            self.change(at);
            is_black = !is_black;
        }
        Ok(())
    }

    /// Reads a row that is coded by its differences from the row before (ITU-T T.4, 4.2.1.3).
    fn two_dimensional(&mut self) -> Result<Next, String> {
        let (mut at, mut is_black, mut is_start, mut hint) = (0, false, true, 0);
        while at < self.width {
            let mode = self.bits.code(mode::decode);
            let (b1, b2) = self.changes_above(at, is_black, is_start, &mut hint);
            match mode {
                Some(Mode::Pass) => at = b2,
                Some(Mode::Horizontal) => {
                    for is_black in [is_black, !is_black] {
                        at += self.bits.run(is_black)?;
                        self.change(at);
                    }
                }
                Some(Mode::Vertical(shift)) => {
                    let to = b1.saturating_add_signed(shift.into());
                    if to < at {
                        return Err("a run of a fax row has no length".to_owned());
                    }
                    at = to;
                    self.change(at);
                    is_black = !is_black;
                }
                Some(Mode::EOF) if is_start => return Ok(Next::End),
                _ => return Err("there is no such fax code".to_owned()),
            }
            is_start = false;
        }
        Ok(Next::Row)
    }

    /// Notes that the colour changes. Two changes at one position cancel out.
    fn change(&mut self, at: u32) {
        if self.row.last() == Some(&at) {
            self.row.pop();
        } else {
            self.row.push(at.min(self.width));
        }
    }

    /// The next change in the row before to the other colour, and the change after it.
    fn changes_above(
        &self,
        at: u32,
        is_black: bool,
        is_start: bool,
        hint: &mut usize,
    ) -> (u32, u32) {
        let above = &self.reference;
        // Vertical codes may go back a little.
        while *hint > 0 && above.get(*hint - 1).is_none_or(|change| *change > at) {
            *hint -= 1;
        }
        while !is_start && above.get(*hint).is_some_and(|change| *change <= at) {
            *hint += 1;
        }
        // Changes to black have even numbers.
        let next = *hint + usize::from((*hint % 2 == 1) != is_black);
        let change = |index: usize| above.get(index).copied().unwrap_or(self.width);
        (change(next), change(next + 1))
    }

    fn find_end_of_line(&mut self) {
        while !self.bits.is_end_of_line() && !self.bits.is_at_end() {
            self.bits.position += 1;
        }
    }
}

/// Sets the bits of black runs.
fn paint(changes: &[u32], width: u32, row: &mut [u8]) {
    for run in changes.chunks(2) {
        let end = run.get(1).copied().unwrap_or(width).min(width);
        let (mut at, end) = (run[0] as usize, end as usize);
        // First the bits up to a whole byte, then whole bytes, then the remaining bits.
        while at < end {
            if at % 8 == 0 && at + 8 <= end {
                row[at / 8..end / 8].fill(0xFF);
                at = end / 8 * 8;
            } else {
                row[at / 8] |= 0x80 >> (at % 8);
                at += 1;
            }
        }
    }
}

/// Bits, the highest of each byte first, with zeros after the last.
struct Bits<'a> {
    data: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn is_at_end(&self) -> bool {
        self.position >= self.data.len() * 8
    }

    fn next(&self, count: u8) -> u16 {
        let byte = |index: usize| u32::from(self.data.get(index).copied().unwrap_or(0));
        let at = self.position / 8;
        let bits = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
        let bits = bits << (8 + self.position % 8) >> (32 - u32::from(count));
        u16::try_from(bits).unwrap_or(u16::MAX)
    }

    fn take_bit(&mut self) -> bool {
        self.position += 1;
        self.data
            .get((self.position - 1) / 8)
            .is_some_and(|byte| byte & (0x80 >> ((self.position - 1) % 8)) != 0)
    }

    fn align(&mut self, to: usize) {
        self.position = self.position.next_multiple_of(to);
    }

    /// Reads a code; if there is none, returns nothing and does not move.
    fn code<T>(&mut self, decode: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.position;
        let code = decode(self);
        if code.is_none() {
            self.position = start;
        }
        code
    }

    /// The length of a run: codes for multiples of 64, and one for the rest.
    fn run(&mut self, is_black: bool) -> Result<u32, String> {
        let mut length = 0_u32;
        loop {
            let code = self.code(|bits| {
                if is_black {
                    black::decode(bits)
                } else {
                    white::decode(bits)
                }
            });
            if self.is_at_end() && code.is_none() {
                return Err("the fax data ends early".to_owned());
            }
            let part = code.ok_or("there is no such fax code")?;
            length = length.saturating_add(part.into()).min(1 << 20);
            if part < 64 {
                return Ok(length);
            }
        }
    }

    /// Whether an end of line comes next: eleven zeros or more, which no other code contains.
    fn is_end_of_line(&self) -> bool {
        self.next(11) == 0 && !self.is_at_end()
    }

    fn skip_end_of_line(&mut self) -> bool {
        let is_there = self.is_end_of_line();
        if is_there {
            while !self.is_at_end() && !self.take_bit() {}
        }
        is_there
    }
}

impl BitReader for Bits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        (!self.is_at_end()).then(|| self.next(bits))
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.position += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        u8::try_from(self.position.next_multiple_of(8) - self.position).unwrap_or(0)
    }
}
