//! Writes EXIF blocks.

use crate::exif::tag;

/// A value to be written into a block.
#[derive(Clone)]
pub(super) enum Field {
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Short(u16),
    Long(u32),
    Rationals(Vec<(u32, u32)>),
    Signed(i32, i32),
}

/// Writes EXIF blocks.
#[derive(Clone, Default)]
pub(super) struct Block {
    pub(super) big_endian: bool,
    pub(super) main: Vec<(u16, Field)>,
    pub(super) photo: Vec<(u16, Field)>,
    pub(super) gps: Vec<(u16, Field)>,
}

impl Block {
    pub(super) fn main(mut self, tag: u16, field: Field) -> Self {
        self.main.push((tag, field));
        self
    }

    pub(super) fn photo(mut self, tag: u16, field: Field) -> Self {
        self.photo.push((tag, field));
        self
    }

    pub(super) fn gps(mut self, tag: u16, field: Field) -> Self {
        self.gps.push((tag, field));
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        // The main directory comes first, and its two pointers are known once its length is known.
        let mut main = self.main.clone();
        let pointers = usize::from(!self.photo.is_empty()) + usize::from(!self.gps.is_empty());
        let mut at = 8 + self.length(&main) + pointers * 12;
        let mut children = Vec::new();
        for (pointer, fields) in [
            (tag::EXIF_DIRECTORY, &self.photo),
            (tag::GPS_DIRECTORY, &self.gps),
        ] {
            if !fields.is_empty() {
                main.push((
                    pointer,
                    Field::Long(u32::try_from(at).expect("a short block")),
                ));
                let directory = self.directory(fields, at);
                at += directory.len();
                children.extend(directory);
            }
        }
        let order = if self.big_endian { b"MM" } else { b"II" };
        [
            order.as_slice(),
            &self.u16(42),
            &self.u32(8),
            &self.directory(&main, 8),
            &children,
        ]
        .concat()
    }

    fn length(&self, fields: &[(u16, Field)]) -> usize {
        self.directory(fields, 0).len()
    }

    fn directory(&self, fields: &[(u16, Field)], at: usize) -> Vec<u8> {
        let values_at = at + 2 + fields.len() * 12 + 4;
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        for (tag, field) in fields {
            let (kind, count, mut value) = self.value(field);
            entries.extend([self.u16(*tag), self.u16(kind)].concat());
            entries.extend(self.u32(u32::try_from(count).expect("a short value")));
            if value.len() > 4 {
                entries.extend(
                    self.u32(u32::try_from(values_at + values.len()).expect("a short block")),
                );
                values.extend(value);
            } else {
                value.resize(4, 0);
                entries.extend(value);
            }
        }
        let count = self.u16(u16::try_from(fields.len()).expect("few fields"));
        [count.as_slice(), &entries, &[0; 4], &values].concat()
    }

    /// Type, count and bytes of a value.
    fn value(&self, field: &Field) -> (u16, usize, Vec<u8>) {
        match field {
            Field::Text(text) => (2, text.len() + 1, [text.as_slice(), b"\0"].concat()),
            Field::Bytes(bytes) => (1, bytes.len(), bytes.clone()),
            Field::Short(value) => (3, 1, self.u16(*value).to_vec()),
            Field::Long(value) => (4, 1, self.u32(*value).to_vec()),
            Field::Rationals(items) => {
                let bytes = items
                    .iter()
                    .flat_map(|(n, d)| [self.u32(*n), self.u32(*d)])
                    .flatten();
                (5, items.len(), bytes.collect())
            }
            Field::Signed(n, d) => (
                10,
                1,
                [self.u32(n.cast_unsigned()), self.u32(d.cast_unsigned())].concat(),
            ),
        }
    }

    fn u16(&self, value: u16) -> [u8; 2] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }
}

pub(super) fn text(text: &str) -> Field {
    Field::Text(text.as_bytes().to_vec())
}

pub(super) fn ratio(numerator: u32, denominator: u32) -> Field {
    Field::Rationals(vec![(numerator, denominator)])
}

pub(super) fn utf_16(text: &str) -> Field {
    Field::Bytes(
        text.encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect(),
    )
}
