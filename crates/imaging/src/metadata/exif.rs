//! EXIF blocks for renditions: that of the original without stale entries, or a new one.

use crate::inspect::bytes::{be16, be32, le16, le32};
use crate::inspect::tiff::tag;

/// The most bytes of a text of the copyright block.
const MAX_TEXT: usize = 16 << 10;

const ENTRY: usize = 12;

/// The most directories after the first one that are removed. Usually there is one, for the thumbnail.
const MAX_DIRECTORIES: usize = 4;

const EXIF_DIRECTORY: u16 = 0x8769;
const INTEROPERABILITY_DIRECTORY: u16 = 0xA005;
const JPEG_OFFSET: u16 = 0x0201;
const JPEG_LENGTH: u16 = 0x0202;

/// The stale tags: the orientation, because the rendition is upright, and the size in pixels, as stored by TIFF, by
/// EXIF and by the interoperability directory.
const STALE: [u16; 7] = [
    tag::ORIENTATION,
    tag::WIDTH,
    tag::HEIGHT,
    0xA002,
    0xA003,
    0x1001,
    0x1002,
];

/// An EXIF block with only these two fields; nothing without either. The texts are in UTF-8, as the Metadata Working
/// Group's guidance defines for EXIF's ASCII.
pub(super) fn copyright(creator: Option<&str>, copyright: Option<&str>) -> Option<Vec<u8>> {
    const HEADER: usize = 8;
    const ASCII: u16 = 2;
    let fields: Vec<_> = [(tag::ARTIST, creator), (tag::COPYRIGHT, copyright)]
        .into_iter()
        .filter_map(|(tag, text)| Some((tag, text.filter(|text| text.len() < MAX_TEXT)?)))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let values_at = HEADER + 2 + fields.len() * ENTRY + 4;
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend_from_slice(&u16::try_from(fields.len()).ok()?.to_le_bytes());
    let mut values = Vec::new();
    for (tag, text) in fields {
        let text = [text.as_bytes(), b"\0"].concat();
        block.extend_from_slice(&tag.to_le_bytes());
        block.extend_from_slice(&ASCII.to_le_bytes());
        block.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
        if text.len() <= 4 {
            let mut inline = [0; 4];
            inline[..text.len()].copy_from_slice(&text);
            block.extend_from_slice(&inline);
        } else {
            block.extend_from_slice(&u32::try_from(values_at + values.len()).ok()?.to_le_bytes());
            values.extend_from_slice(&text);
            // Values begin at even offsets (TIFF 6.0, section 2).
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(&values);
    Some(block)
}

/// The block of the original without the entries that are wrong for a rendition: the orientation, sizes in pixels, and
/// the thumbnail, which shows the original as it was stored. Everything else keeps its position, because maker notes
/// refer to positions in the block.
pub(super) fn cleaned(exif: &[u8]) -> Option<Vec<u8>> {
    let big_endian = match exif.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let mut block = Block {
        bytes: exif.to_vec(),
        big_endian,
    };
    let main = block.u32(4)?;
    block.remove_thumbnail(main);
    let photo = block.number(main, EXIF_DIRECTORY);
    let interoperability = photo.and_then(|photo| block.number(photo, INTEROPERABILITY_DIRECTORY));
    for directory in [Some(main), photo, interoperability].into_iter().flatten() {
        block.remove_stale(directory);
    }
    Some(block.bytes)
}

/// An EXIF block that is changed in place.
struct Block {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Block {
    fn u16(&self, at: usize) -> Option<u16> {
        let read = if self.big_endian { be16 } else { le16 };
        read(&self.bytes, at)
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let read = if self.big_endian { be32 } else { le32 };
        read(&self.bytes, at).and_then(|number| usize::try_from(number).ok())
    }

    /// The range of a directory's entries. The offset of the next directory follows it.
    fn entries(&self, directory: usize) -> Option<std::ops::Range<usize>> {
        let start = directory.checked_add(2)?;
        let count = usize::from(self.u16(directory)?);
        let room = self.bytes.len().checked_sub(start)? / ENTRY;
        Some(start..start + count.min(room) * ENTRY)
    }

    /// The position of the first entry with a tag.
    fn find(&self, directory: usize, tag: u16) -> Option<usize> {
        let mut entries = self.entries(directory)?.step_by(ENTRY);
        entries.find(|at| self.u16(*at) == Some(tag))
    }

    /// The number in an entry. Offsets and lengths are stored this way.
    fn number(&self, directory: usize, tag: u16) -> Option<usize> {
        const SHORT: u16 = 3;
        let at = self.find(directory, tag)?;
        if self.u16(at + 2)? == SHORT {
            self.u16(at + 8).map(usize::from)
        } else {
            self.u32(at + 8)
        }
    }

    /// Removes the stale entries from a directory. The entries after them move up, and so does the offset of the next
    /// directory.
    fn remove_stale(&mut self, directory: usize) -> Option<()> {
        let entries = self.entries(directory)?;
        let mut kept = entries.start;
        for at in entries.clone().step_by(ENTRY) {
            if !STALE.contains(&self.u16(at)?) {
                self.bytes.copy_within(at..at + ENTRY, kept);
                kept += ENTRY;
            }
        }
        let next = entries.end..(entries.end + 4).min(self.bytes.len());
        let end = next.end;
        let kept_end = kept + next.len();
        self.bytes.copy_within(next, kept);
        self.erase(kept_end..end);
        let count = u16::try_from((kept - entries.start) / ENTRY).ok()?;
        let count = if self.big_endian {
            count.to_be_bytes()
        } else {
            count.to_le_bytes()
        };
        self.bytes[directory..directory + 2].copy_from_slice(&count);
        Some(())
    }

    /// Removes the directories after the first one, and the pixels that they refer to.
    fn remove_thumbnail(&mut self, main: usize) -> Option<()> {
        let mut link = self.entries(main)?.end;
        for _ in 0..MAX_DIRECTORIES {
            let directory = self.u32(link).filter(|directory| *directory != 0)?;
            self.erase(link..link + 4);
            let entries = self.entries(directory)?;
            let pixels = [
                (JPEG_OFFSET, JPEG_LENGTH),
                (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS),
            ]
            .map(|(offset, length)| {
                let start = self.number(directory, offset)?;
                Some(start..start.checked_add(self.number(directory, length)?)?)
            });
            link = entries.end;
            let next = self.u32(link);
            self.erase(directory..entries.end);
            for pixels in pixels.into_iter().flatten() {
                // The pixels are usually at the end of the block. Then the block is cut instead of filled with zeros.
                if pixels.end + 1 >= self.bytes.len() && pixels.start > link + 4 {
                    self.bytes.truncate(pixels.start);
                } else {
                    self.erase(pixels);
                }
            }
            next?;
        }
        Some(())
    }

    fn erase(&mut self, range: std::ops::Range<usize>) {
        let end = range.end.min(self.bytes.len());
        if let Some(bytes) = self.bytes.get_mut(range.start..end) {
            bytes.fill(0);
        }
    }
}
