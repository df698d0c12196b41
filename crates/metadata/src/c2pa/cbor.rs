//! Looks up values in CBOR (RFC 8949) without decoding all of it.
//!
//! Nothing is collected, because the data is hostile: a value is a view of the bytes, and values that are not needed
//! are skipped. The length of the bytes and [`MAX_DEPTH`] bound every step.

/// The deepest nesting of arrays, maps and tags. C2PA writes fewer than ten levels.
const MAX_DEPTH: usize = 32;

/// The most items of one array or map that are read.
const MAX_ITEMS: usize = 1_000;

/// An item and all bytes after it.
#[derive(Clone, Copy)]
pub(super) struct Value<'a>(&'a [u8]);

/// The first byte of an item, and the number in it or after it.
struct Head<'a> {
    major: u8,
    /// Absent for items of indefinite length, which C2PA does not use.
    argument: Option<u64>,
    rest: &'a [u8],
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

impl<'a> Value<'a> {
    /// The first item of these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The text, if it is one.
    pub(super) fn text(self) -> Option<&'a str> {
        let head = head(self.0).filter(|head| head.major == TEXT)?;
        str::from_utf8(head.content()?).ok()
    }

    /// The value under a key, if it is a map with one.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let mut items = self.inside(MAP);
        loop {
            let (name, value) = (items.next()?, items.next()?);
            if name.text() == Some(key) {
                return Some(value);
            }
        }
    }

    /// The items, if it is an array.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        self.inside(ARRAY)
    }

    /// The items of an array, or the alternating keys and values of a map.
    fn inside(self, major: u8) -> impl Iterator<Item = Self> {
        let head = head(self.0).filter(|head| head.major == major);
        let (mut rest, count) = head.map_or((&[][..], 0), |head| {
            (head.rest, head.items().unwrap_or_default())
        });
        (0..count.min(MAX_ITEMS as u64)).map_while(move |_| {
            let item = rest;
            rest = skip(item, MAX_DEPTH)?;
            Some(Self(item))
        })
    }
}

impl<'a> Head<'a> {
    /// The bytes of a text or of a string of bytes.
    fn content(&self) -> Option<&'a [u8]> {
        self.rest.get(..usize::try_from(self.argument?).ok()?)
    }

    /// How many items are in an array or a map.
    fn items(&self) -> Option<u64> {
        match self.major {
            MAP => self.argument?.checked_mul(2),
            _ => self.argument,
        }
    }
}

fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let (&first, rest) = bytes.split_first()?;
    let (major, additional) = (first >> 5, first & 0x1F);
    let length = match additional {
        0..=23 => 0,
        24..=27 => 1 << (additional - 24),
        31 => {
            let argument = None;
            return Some(Head {
                major,
                argument,
                rest,
            });
        }
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(length)?;
    let number = number
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte));
    let argument = if length == 0 {
        additional.into()
    } else {
        number
    };
    Some(Head {
        major,
        argument: Some(argument),
        rest,
    })
}

/// The bytes after an item.
fn skip(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    let head = head(bytes)?;
    match head.major {
        BYTES | TEXT => head.rest.get(head.content()?.len()..),
        ARRAY | MAP | TAG => {
            let depth = depth.checked_sub(1)?;
            let items = if head.major == TAG { 1 } else { head.items()? };
            let mut rest = head.rest;
            for _ in 0..items {
                rest = skip(rest, depth)?;
            }
            Some(rest)
        }
        _ => head.argument.map(|_| head.rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_stands_behind_other_things() {
        // {1: -2, "a": [true, 1.5, h'0102', 2("x")], "b": {"c": "d"}}, encoded as in RFC 8949.
        let bytes =
            b"\xa3\x01\x21\x61a\x84\xf5\xf9\x3e\x00\x42\x01\x02\xc2\x61x\x61b\xa1\x61c\x61d";
        let value = Value::new(bytes);
        let inner = value.get("b").and_then(|b| b.get("c"));
        assert_eq!(inner.and_then(Value::text), Some("d"));
        assert_eq!(value.get("a").map(|a| a.items().count()), Some(4));
        assert!(value.get("c").is_none() && value.text().is_none());
    }

    #[test]
    fn lengths_of_every_size_are_read() {
        for head in [
            &b"\x61"[..],
            b"\x78\x01",
            b"\x79\0\x01",
            b"\x7a\0\0\0\x01",
            b"\x7b\0\0\0\0\0\0\0\x01",
        ] {
            let bytes = [head, b"x"].concat();
            assert_eq!(Value::new(&bytes).text(), Some("x"), "{head:?}");
        }
    }

    #[test]
    fn what_is_hostile_ends_at_once() {
        let nested = [vec![0x81; 100_000], b"\x61x".to_vec()].concat();
        assert_eq!(Value::new(&nested).items().count(), 0);
        // It claims more items, and more bytes, than there are.
        assert_eq!(
            Value::new(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01")
                .items()
                .count(),
            1
        );
        assert!(
            Value::new(b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff")
                .get("a")
                .is_none()
        );
        assert_eq!(
            Value::new(b"\x7b\xff\xff\xff\xff\xff\xff\xff\xffx").text(),
            None
        );
        // It states no length.
        assert!(Value::new(b"\xbf\x61a\x61b\xff").get("a").is_none());
        let long = [b"\x9a\0\x01\0\0".to_vec(), vec![0; 1 << 16]].concat();
        assert_eq!(Value::new(&long).items().count(), MAX_ITEMS);
    }
}
