//! Reads the blocks of a GIF file (GIF89a). Compressed pixels are skipped, so every frame is counted.

use std::borrow::Cow;

use super::Inspection;
use super::bytes::{le16, slice};
use crate::budget::Meter;
use crate::format::Format;
use crate::refusal::Refusal;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let damaged = || Refusal::corrupt("The GIF header is damaged.");
    let screen = slice(original, 6, 7).ok_or_else(damaged)?;
    let side = |offset| le16(screen, offset).map(u32::from).ok_or_else(damaged);
    let mut inspection = Inspection::new(Format::Gif, side(0)?, side(2)?);
    let mut blocks = Blocks {
        original,
        offset: 13 + colour_table_size(screen[4]),
        frames: 0,
        hundredths: 0,
        transparent: false,
    };
    blocks.walk(&mut inspection, meter);
    if blocks.frames == 0 {
        return Err(Refusal::corrupt("The GIF file has no image in it."));
    }
    inspection.has_alpha = blocks.transparent;
    inspection.channels = 3 + u8::from(blocks.transparent);
    inspection.frames = blocks.frames;
    if blocks.frames > 1 {
        // A file without a loop extension plays once.
        inspection.loop_count = inspection.loop_count.or(Some(1));
        inspection.duration_ms = Some(blocks.hundredths * 10);
    } else {
        inspection.loop_count = None;
    }
    Ok(inspection)
}

struct Blocks<'a> {
    original: &'a [u8],
    offset: usize,
    frames: u32,
    hundredths: u64,
    transparent: bool,
}

impl<'a> Blocks<'a> {
    /// Goes to the trailer, or as far as the file goes.
    fn walk(&mut self, inspection: &mut Inspection<'a>, meter: &Meter<'_>) -> Option<()> {
        while !meter.step() {
            let introducer = *self.original.get(self.offset)?;
            self.offset += 1;
            match introducer {
                0x21 => self.extension(inspection)?,
                0x2C => self.image(inspection)?,
                _ => return None,
            }
        }
        None
    }

    fn extension(&mut self, inspection: &mut Inspection<'a>) -> Option<()> {
        let label = *self.original.get(self.offset)?;
        self.offset += 1;
        let start = self.offset;
        let first = self.sub_block()?;
        match label {
            0xF9 => {
                self.transparent |= first.first()? & 1 != 0;
                self.hundredths += u64::from(le16(first, 1)?);
            }
            0xFF if first == b"NETSCAPE2.0" || first == b"ANIMEXTS1.0" => {
                if let Some([1, low, high]) = self.sub_block().filter(|block| !block.is_empty()) {
                    inspection.loop_count = Some(plays(u16::from_le_bytes([*low, *high])));
                }
            }
            0xFF if first == b"XMP DataXMP" && inspection.xmp.is_none() => {
                inspection.xmp = self.xmp(self.offset).map(Cow::Borrowed);
            }
            0xFF if first == b"C2PA_GIF\x01\0\0" && inspection.c2pa.is_none() => {
                inspection.c2pa = self.joined(self.offset).map(Cow::Owned);
            }
            0xFF if first == b"ICCRGBG1012" && inspection.icc.is_none() => {
                if let Some(icc) = self.joined(self.offset) {
                    inspection.take_icc(Cow::Owned(icc));
                }
            }
            _ => {}
        }
        self.offset = start;
        self.skip_sub_blocks()?;
        if label == 0xFF {
            // The decoder keeps the last profile and the last packet, in vectors that double.
            let coding = &mut inspection.coding;
            coding.copied_bytes = coding.copied_bytes.max(4 * (self.offset - start) as u64);
        }
        Some(())
    }

    fn image(&mut self, inspection: &mut Inspection<'a>) -> Option<()> {
        let descriptor = slice(self.original, self.offset, 9)?;
        self.frames = self.frames.saturating_add(1);
        inspection.progressive = Some(descriptor[8] & 0x40 != 0);
        // The background shows where the first frame does not cover the canvas.
        if self.frames == 1 {
            let number = |at| le16(descriptor, at).map(u32::from);
            let starts = (number(0)?, number(2)?) == (0, 0);
            let covers =
                starts && number(4)? >= inspection.width && number(6)? >= inspection.height;
            self.transparent |= !covers;
        }
        // One byte more for the code size.
        self.offset += 9 + colour_table_size(descriptor[8]) + 1;
        self.skip_sub_blocks()
    }

    /// The next sub-block. The terminator is an empty one, and is not consumed.
    fn sub_block(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(*self.original.get(self.offset)?);
        let block = slice(self.original, self.offset + 1, length)?;
        if length > 0 {
            self.offset += 1 + length;
        }
        Some(block)
    }

    fn skip_sub_blocks(&mut self) -> Option<()> {
        while !self.sub_block()?.is_empty() {}
        self.offset += 1;
        Some(())
    }

    fn joined(&self, offset: usize) -> Option<Vec<u8>> {
        let mut blocks = Blocks { offset, ..*self };
        let mut data = Vec::new();
        loop {
            match blocks.sub_block()? {
                [] => return (!data.is_empty()).then_some(data),
                block => data.extend_from_slice(block),
            }
        }
    }

    /// The XMP packet. It is written directly and not in sub-blocks; after it, a trailer of 257 bytes leads any reader
    /// of sub-blocks to the terminator (XMP Specification Part 3, 1.1.2).
    fn xmp(&self, start: usize) -> Option<&'a [u8]> {
        const TRAILER: usize = 257;
        let mut blocks = Blocks {
            offset: start,
            ..*self
        };
        blocks.skip_sub_blocks()?;
        let end = (blocks.offset - 1).checked_sub(TRAILER)?;
        self.original
            .get(start..end)
            .filter(|packet| !packet.is_empty())
    }
}

/// The number of plays. The extension counts repetitions after the first play; 0 means forever.
fn plays(repetitions: u16) -> u32 {
    if repetitions == 0 {
        0
    } else {
        u32::from(repetitions) + 1
    }
}

fn colour_table_size(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}
