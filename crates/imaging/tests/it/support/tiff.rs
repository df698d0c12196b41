//! TIFF files of one uncompressed strip, or of any strips or tiles.

/// A big-endian TIFF file. `bits` is the number of each sample. Extra entries are tag, type, count and values.
pub(crate) fn file(
    size: (u16, u16),
    photometric: u16,
    bits: &[u16],
    data: &[u8],
    extra: &[(u16, u16, u32, Vec<u8>)],
) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let short = |value: u16| value.to_be_bytes().to_vec();
    let samples = u16::try_from(bits.len()).unwrap();
    let mut entries = vec![
        (256, SHORT, 1, short(size.0)),
        (257, SHORT, 1, short(size.1)),
        (
            258,
            SHORT,
            u32::from(samples),
            bits.iter().flat_map(|bits| bits.to_be_bytes()).collect(),
        ),
        (259, SHORT, 1, short(1)),
        (262, SHORT, 1, short(photometric)),
        (273, LONG, 1, 8_u32.to_be_bytes().to_vec()),
        (277, SHORT, 1, short(samples)),
        (278, SHORT, 1, short(size.1)),
        (
            279,
            LONG,
            1,
            u32::try_from(data.len()).unwrap().to_be_bytes().to_vec(),
        ),
    ];
    entries.extend(extra.iter().cloned());
    with_directory(data, entries)
}

/// An entry of a directory: tag, type, count and values.
pub(crate) type Entry = (u16, u16, u32, Vec<u8>);

/// An entry of one number of 16 bits.
pub(crate) fn short(tag: u16, value: u16) -> Entry {
    (tag, 3, 1, value.to_be_bytes().to_vec())
}

/// An entry of several numbers of 16 bits.
pub(crate) fn shorts(tag: u16, values: &[u16]) -> Entry {
    let bytes = values.iter().flat_map(|value| value.to_be_bytes());
    (
        tag,
        3,
        u32::try_from(values.len()).unwrap(),
        bytes.collect(),
    )
}

/// An entry of numbers of 32 bits.
pub(crate) fn longs(tag: u16, values: &[u32]) -> Entry {
    let bytes = values.iter().flat_map(|value| value.to_be_bytes());
    (
        tag,
        4,
        u32::try_from(values.len()).unwrap(),
        bytes.collect(),
    )
}

/// An entry of bytes.
pub(crate) fn bytes(tag: u16, values: Vec<u8>) -> Entry {
    (tag, 7, u32::try_from(values.len()).unwrap(), values)
}

/// A big-endian TIFF file of strips, or of tiles of this size.
pub(crate) fn chunked(chunks: &[Vec<u8>], tile: Option<(u16, u16)>, entries: &[Entry]) -> Vec<u8> {
    let mut at = 8;
    let mut places = Vec::new();
    let mut lengths = Vec::new();
    for chunk in chunks {
        let length = u32::try_from(chunk.len()).unwrap();
        places.push(at);
        lengths.push(length);
        at += length;
    }
    let mut entries = entries.to_vec();
    if let Some((width, height)) = tile {
        entries.extend([short(322, width), short(323, height)]);
        entries.extend([longs(324, &places), longs(325, &lengths)]);
    } else {
        entries.extend([longs(273, &places), longs(279, &lengths)]);
    }
    with_directory(&chunks.concat(), entries)
}

/// A file whose directory follows its data.
fn with_directory(data: &[u8], mut entries: Vec<Entry>) -> Vec<u8> {
    entries.sort_by_key(|entry| entry.0);

    let directory_at = (8 + data.len()).next_multiple_of(2);
    let mut file = b"MM\0*".to_vec();
    file.extend(u32::try_from(directory_at).unwrap().to_be_bytes());
    file.extend(data);
    file.resize(directory_at, 0);
    let values_at = directory_at + 2 + entries.len() * 12 + 4;
    let mut values: Vec<u8> = Vec::new();
    file.extend(u16::try_from(entries.len()).unwrap().to_be_bytes());
    for (tag, kind, count, mut value) in entries {
        file.extend(u16::to_be_bytes(tag));
        file.extend(u16::to_be_bytes(kind));
        file.extend(u32::to_be_bytes(count));
        if value.len() <= 4 {
            value.resize(4, 0);
            file.extend(value);
        } else {
            file.extend(
                u32::try_from(values_at + values.len())
                    .unwrap()
                    .to_be_bytes(),
            );
            values.extend(value);
        }
    }
    file.extend([0; 4]);
    file.extend(values);
    file
}
