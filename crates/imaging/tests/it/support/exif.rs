//! EXIF blocks.

/// A value of an EXIF field.
pub(crate) enum Value<'a> {
    Short(u16),
    Ascii(&'a str),
    /// A directory of its own.
    Directory(Vec<(u16, Value<'a>)>),
}

/// A little-endian TIFF structure with these fields in its first directory, in ascending order of tags.
pub(crate) fn block(fields: &[(u16, Value<'_>)]) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    append(&mut block, fields);
    block
}

/// An APP1 segment of a JPEG file with this orientation.
pub(crate) fn orientation_segment(orientation: u16) -> (u8, Vec<u8>) {
    segment(&block(&[(0x0112, Value::Short(orientation))]))
}

/// An APP1 segment of a JPEG file with this block.
pub(crate) fn segment(block: &[u8]) -> (u8, Vec<u8>) {
    (0xE1, [b"Exif\0\0", block].concat())
}

/// Appends a directory, followed by what its fields refer to.
fn append(block: &mut Vec<u8>, fields: &[(u16, Value<'_>)]) {
    block.extend(u16::try_from(fields.len()).unwrap().to_le_bytes());
    let entries = block.len();
    block.resize(entries + fields.len() * 12 + 4, 0);
    for (index, (tag, value)) in fields.iter().enumerate() {
        let (kind, count, inline) = match value {
            Value::Short(number) => (
                3_u16,
                1,
                [number.to_le_bytes()[0], number.to_le_bytes()[1], 0, 0],
            ),
            Value::Ascii(text) => {
                let at = u32::try_from(block.len()).unwrap();
                block.extend(text.as_bytes());
                block.push(0);
                (2, u32::try_from(text.len() + 1).unwrap(), at.to_le_bytes())
            }
            Value::Directory(fields) => {
                let at = u32::try_from(block.len()).unwrap();
                append(block, fields);
                (4, 1, at.to_le_bytes())
            }
        };
        let entry = &mut block[entries + index * 12..][..12];
        entry[..2].copy_from_slice(&tag.to_le_bytes());
        entry[2..4].copy_from_slice(&kind.to_le_bytes());
        entry[4..8].copy_from_slice(&u32::to_le_bytes(count));
        entry[8..].copy_from_slice(&inline);
    }
}
