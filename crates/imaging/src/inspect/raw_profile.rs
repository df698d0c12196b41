//! Reads metadata in PNG's texts, as ImageMagick wrote it before there were chunks for it: a keyword that names the
//! kind, and the block in hexadecimal digits.

use std::borrow::Cow;

use super::png::Unpacker;
use super::{Inspection, photoshop};

/// The most digits of a block that are read: twice the number of bytes of the largest kind of block.
const MAX_DIGITS: usize = 8 << 20;

/// A text chunk: whether it is compressed, and its data.
#[derive(Debug, Clone, Copy)]
struct Text<'a> {
    is_compressed: bool,
    data: &'a [u8],
}

/// The first text of each kind that contains metadata.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    xmp: Option<Text<'a>>,
    raw_exif: Option<Text<'a>>,
    raw_app1: Option<Text<'a>>,
    raw_iptc: Option<Text<'a>>,
    raw_xmp: Option<Text<'a>>,
}

impl<'a> Texts<'a> {
    /// Stores a `tEXt` or `zTXt` chunk, if its keyword is one of those.
    pub(super) fn note(&mut self, kind: [u8; 4], chunk: &'a [u8]) -> Option<()> {
        let end = chunk.iter().take(80).position(|byte| *byte == 0)?;
        let (keyword, rest) = (&chunk[..end], &chunk[end + 1..]);
        let place = match keyword {
            b"XML:com.adobe.xmp" => &mut self.xmp,
            b"Raw profile type exif" => &mut self.raw_exif,
            b"Raw profile type APP1" => &mut self.raw_app1,
            b"Raw profile type iptc" | b"Raw profile type 8bim" => &mut self.raw_iptc,
            b"Raw profile type xmp" => &mut self.raw_xmp,
            _ => return None,
        };
        let is_compressed = kind == *b"zTXt";
        // The compression method, of which there is only one.
        let data = if is_compressed { rest.get(1..)? } else { rest };
        place.get_or_insert(Text {
            is_compressed,
            data,
        });
        Some(())
    }

    /// Adds to the inspection what no dedicated chunk has stated.
    pub(super) fn describe(self, inspection: &mut Inspection<'a>, unpacker: &mut Unpacker) {
        if inspection.xmp.is_none() {
            inspection.xmp = self.xmp.and_then(|text| text.unpack(unpacker));
        }
        if inspection.exif.is_none()
            && let Some(exif) = self.raw_exif.and_then(|text| text.decode(unpacker))
        {
            inspection.take_exif(Cow::Owned(exif));
        }
        // One keyword is used for two things, as in a JPEG.
        if let Some(block) = self.raw_app1.and_then(|text| text.decode(unpacker)) {
            match block.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
                Some(xmp) if inspection.xmp.is_none() => {
                    inspection.xmp = Some(Cow::Owned(xmp.to_vec()));
                }
                None if inspection.exif.is_none() => inspection.take_exif(Cow::Owned(block)),
                _ => {}
            }
        }
        if inspection.xmp.is_none() {
            let xmp = self.raw_xmp.and_then(|text| text.decode(unpacker));
            inspection.xmp = xmp.map(Cow::Owned);
        }
        if let Some(block) = self.raw_iptc.and_then(|text| text.decode(unpacker)) {
            photoshop::describe(inspection, Cow::Owned(block));
        }
    }
}

impl<'a> Text<'a> {
    fn unpack(self, unpacker: &mut Unpacker) -> Option<Cow<'a, [u8]>> {
        if self.is_compressed {
            unpacker.inflate(self.data).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.data))
        }
    }

    fn decode(self, unpacker: &mut Unpacker) -> Option<Vec<u8>> {
        decode(&self.unpack(unpacker)?)
    }
}

/// Decodes a line break, a name, a line break, the number of bytes, and their digits in lines.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.strip_prefix(b"\n")?.splitn(3, |byte| *byte == b'\n');
    let (_, length, digits) = (lines.next()?, lines.next()?, lines.next()?);
    let length: usize = str::from_utf8(length).ok()?.trim().parse().ok()?;
    let digits: Vec<u8> = digits
        .iter()
        .take(MAX_DIGITS)
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| {
            char::from(*byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| (high << 4) | low);
    Some(bytes.take(length).collect())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn digits_become_bytes() {
        assert_eq!(
            decode(b"\nexif\n       3\n0aFF\n7f\n").as_deref(),
            Some(&b"\x0a\xff\x7f"[..])
        );
        // Fewer digits than stated, and more.
        assert_eq!(decode(b"\nexif\n 9\n0a0").as_deref(), Some(&b"\x0a"[..]));
        assert_eq!(decode(b"\nexif\n 1\n0a0b").as_deref(), Some(&b"\x0a"[..]));
        for broken in [
            &b""[..],
            b"\nexif",
            b"\nexif\nmany\n0a",
            b"exif\n1\n0a",
            b"\nexif\n1\n0x",
        ] {
            assert_eq!(decode(broken), None);
        }
    }
}
