//! ICC profiles.

use moxcms::ColorProfile;

pub(crate) fn encode(profile: &ColorProfile) -> Vec<u8> {
    profile.encode().unwrap()
}

/// APP2 segments of a JPEG file, with the profile cut in two, as happens to printers' profiles.
pub(crate) fn segments(profile: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (first, second) = profile.split_at(profile.len() / 2);
    [(1, first), (2, second)]
        .map(|(number, part)| {
            (
                0xE2,
                [b"ICC_PROFILE\0".as_slice(), &[number, 2], part].concat(),
            )
        })
        .to_vec()
}

/// A printer's profile (ICC.1, `mft1`): a table of two points for each ink, in which no ink is white, and every other
/// combination is this L\*a\*b\* colour.
pub(crate) fn printer(printed: [u8; 3]) -> Vec<u8> {
    const WHITE: [u8; 3] = [255, 128, 128];
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for element in [1_u32, 0, 0, 0, 1, 0, 0, 0, 1] {
        table.extend((element << 16).to_be_bytes());
    }
    (0..4).for_each(|_| table.extend(0..=255_u8));
    (0..16).for_each(|inks| table.extend(if inks == 0 { WHITE } else { printed }));
    (0..3).for_each(|_| table.extend(0..=255_u8));

    let mut profile = vec![0; 128 + 4 + 12];
    profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    profile[12..16].copy_from_slice(b"prtr");
    profile[16..20].copy_from_slice(b"CMYK");
    profile[20..24].copy_from_slice(b"Lab ");
    profile[36..40].copy_from_slice(b"acsp");
    for (at, value) in [(68, 0xF6D6_u32), (72, 0x1_0000), (76, 0xD32D)] {
        profile[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
    profile[131] = 1;
    profile[132..136].copy_from_slice(b"A2B0");
    profile[136..140].copy_from_slice(&144_u32.to_be_bytes());
    profile[140..144].copy_from_slice(&u32::try_from(table.len()).unwrap().to_be_bytes());
    profile.extend(table);
    let size = u32::try_from(profile.len()).unwrap();
    profile[..4].copy_from_slice(&size.to_be_bytes());
    profile
}
