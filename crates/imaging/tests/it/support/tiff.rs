//! TIFF files of one uncompressed strip.

/// A big-endian TIFF file. `bits` is that of each sample; extra entries are tag, type, count and values.
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
