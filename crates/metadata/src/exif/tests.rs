use contract::{Exif, FoundIn, Gps, Point};
use proptest::prelude::*;

use super::*;
use block::{Block, Field, ratio, text, utf_16};

mod block;
mod places;

fn full_block(big_endian: bool) -> Block {
    Block {
        big_endian,
        ..Block::default()
    }
    .main(tag::MAKE, text("NIKON CORPORATION"))
    .main(tag::MODEL, text("NIKON Z 6  "))
    .main(tag::SOFTWARE, text("Ver.03.40"))
    .main(tag::DATE_TIME, text("2024:05:01 10:20:00"))
    .main(tag::IMAGE_DESCRIPTION, text("The beach"))
    .main(tag::ARTIST, text("Ana Silva; Bo"))
    .main(tag::COPYRIGHT, Field::Text(b"Ana\0Editor".to_vec()))
    .main(tag::RATING, Field::Short(4))
    .main(tag::XP_TITLE, utf_16("Été"))
    .main(tag::XP_KEYWORDS, utf_16("sea; sky"))
    .photo(tag::EXPOSURE_TIME, ratio(10, 1250))
    .photo(tag::F_NUMBER, ratio(28, 10))
    .photo(tag::EXPOSURE_PROGRAM, Field::Short(3))
    .photo(tag::PHOTOGRAPHIC_SENSITIVITY, Field::Short(400))
    .photo(tag::DATE_TIME_ORIGINAL, text("2024:05:01 10:11:12"))
    .photo(tag::DATE_TIME_DIGITIZED, text("2024:05:01 10:11:12"))
    .photo(tag::OFFSET_TIME_ORIGINAL, text("+02:00"))
    .photo(tag::SUB_SEC_TIME_ORIGINAL, text("25"))
    .photo(tag::EXPOSURE_BIAS_VALUE, Field::Signed(-1, 2))
    .photo(tag::METERING_MODE, Field::Short(5))
    .photo(tag::FLASH, Field::Short(0x19))
    .photo(tag::FOCAL_LENGTH, ratio(350, 10))
    .photo(tag::FOCAL_LENGTH_IN_35MM_FILM, Field::Short(52))
    .photo(tag::PIXEL_X_DIMENSION, Field::Long(6048))
    .photo(tag::PIXEL_Y_DIMENSION, Field::Short(4024))
    .photo(tag::WHITE_BALANCE, Field::Short(0))
    .photo(tag::LENS_MODEL, text("NIKKOR Z 24-70mm f/4 S"))
    .gps(tag::GPS_LATITUDE_REF, text("N"))
    .gps(
        tag::GPS_LATITUDE,
        Field::Rationals(vec![(38, 1), (42, 1), (5004, 100)]),
    )
    .gps(tag::GPS_LONGITUDE_REF, text("W"))
    .gps(
        tag::GPS_LONGITUDE,
        Field::Rationals(vec![(9, 1), (836_400, 100_000), (0, 1)]),
    )
    .gps(tag::GPS_ALTITUDE_REF, Field::Bytes(vec![1]))
    .gps(tag::GPS_ALTITUDE, ratio(1250, 100))
    .gps(
        tag::GPS_TIME_STAMP,
        Field::Rationals(vec![(8, 1), (11, 1), (1050, 100)]),
    )
    .gps(tag::GPS_IMG_DIRECTION, ratio(27_150, 100))
    .gps(tag::GPS_MAP_DATUM, text("WGS-84"))
    .gps(tag::GPS_DATE_STAMP, text("2024:05:01"))
}

#[test]
fn reads_every_fact_in_both_byte_orders() {
    for big_endian in [false, true] {
        let reading = read(&full_block(big_endian).bytes());
        assert_eq!(reading.warnings, []);
        assert_eq!(
            reading.exif,
            Some(Exif {
                make: Some("Nikon".to_owned()),
                model: Some("NIKON Z 6".to_owned()),
                lens: Some("NIKKOR Z 24-70mm f/4 S".to_owned()),
                exposure: Some(0.008),
                exposure_text: Some("1/125 s".to_owned()),
                exposure_bias: Some(-0.5),
                exposure_program: Some("aperture-priority".to_owned()),
                metering_mode: Some("pattern".to_owned()),
                white_balance: Some("auto".to_owned()),
                f_number: Some(2.8),
                iso: Some(400),
                focal_length: Some(35.0),
                focal_length35: Some(52.0),
                flash: Some(true),
                software: Some("Ver.03.40".to_owned()),
                taken_at: Some("2024-05-01T10:11:12.250000000+02:00".to_owned()),
                taken_at_from: Some(FoundIn::Exif),
                // It has neither offset nor sub-seconds, so it is not the same as the other.
                digitised_at: Some("2024-05-01T10:11:12".to_owned()),
                modified_at: Some("2024-05-01T10:20:00".to_owned()),
                pixel_width: Some(6048),
                pixel_height: Some(4024),
            })
        );
        assert_eq!(
            reading.gps,
            Some(Gps {
                latitude: Some(38.7139),
                longitude: Some(-9.1394),
                point: Some(Point::new(38.7139, -9.1394)),
                position_from: Some(FoundIn::Exif),
                altitude: Some(-12.5),
                altitude_reference: Some("sea-level".to_owned()),
                direction: Some(271.5),
                datum: Some("WGS-84".to_owned()),
                taken_at: Some("2024-05-01T08:11:10.000000000Z".to_owned()),
            })
        );
        assert_eq!(
            reading.facts,
            Facts {
                description: Some("The beach".to_owned()),
                creators: vec!["Ana Silva".to_owned(), "Bo".to_owned()],
                copyright: Some("Ana".to_owned()),
                rating: Some(4.0),
                ..Facts::default()
            }
        );
        assert_eq!(
            reading.windows,
            Facts {
                title: Some("Été".to_owned()),
                keywords: vec!["sea".to_owned(), "sky".to_owned()],
                ..Facts::default()
            }
        );
    }
}

#[test]
fn a_prefix_before_the_block_does_no_harm() {
    let block = full_block(true).bytes();
    assert_eq!(
        read(&[b"Exif\0\0".as_slice(), &block].concat()),
        read(&block)
    );
}

#[test]
fn what_means_unknown_is_absent_without_a_warning() {
    let block = Block::default()
        .main(tag::MAKE, text("   "))
        .photo(tag::EXPOSURE_TIME, ratio(0, 0))
        .photo(tag::F_NUMBER, ratio(1, 0))
        .photo(tag::FOCAL_LENGTH, ratio(0, 1))
        .photo(tag::FOCAL_LENGTH_IN_35MM_FILM, Field::Short(0))
        .photo(tag::PHOTOGRAPHIC_SENSITIVITY, Field::Short(0))
        .photo(tag::DATE_TIME_ORIGINAL, text("0000:00:00 00:00:00"))
        .gps(tag::GPS_LATITUDE_REF, text("N"))
        .gps(
            tag::GPS_LATITUDE,
            Field::Rationals(vec![(0, 0), (0, 0), (0, 0)]),
        )
        .gps(tag::GPS_MAP_DATUM, text("WGS-84"));
    assert_eq!(read(&block.bytes()), Reading::default());
}

#[test]
fn what_cannot_be_is_absent_with_a_warning() {
    let block = Block::default()
        .photo(tag::DATE_TIME_ORIGINAL, text("2024:02:30 10:00:00"))
        .photo(tag::EXPOSURE_TIME, Field::Signed(-1, 2))
        .gps(tag::GPS_LATITUDE_REF, text("N"))
        .gps(
            tag::GPS_LATITUDE,
            Field::Rationals(vec![(91, 1), (0, 1), (0, 1)]),
        )
        // The hemisphere is missing.
        .gps(
            tag::GPS_LONGITUDE,
            Field::Rationals(vec![(9, 1), (0, 1), (0, 1)]),
        );
    let Reading {
        exif,
        gps,
        warnings,
        ..
    } = read(&block.bytes());
    assert_eq!((exif, gps), (None, None));
    let messages: Vec<_> = warnings
        .iter()
        .map(|warning| warning.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "EXIF's DateTimeOriginal is not a date: `2024:02:30 10:00:00`. It was left out.",
            "EXIF states -0.5 as the exposure time, which is not possible, so it was left out.",
            "EXIF's GPS latitude and longitude are not possible, so the position was left out.",
        ]
    );
}

#[test]
fn older_tags_stand_in_for_missing_ones() {
    let block = Block::default()
        .photo(tag::SHUTTER_SPEED_VALUE, Field::Signed(7, 1))
        .photo(tag::APERTURE_VALUE, ratio(3, 1))
        .photo(tag::PHOTOGRAPHIC_SENSITIVITY, Field::Short(65_535))
        .photo(tag::RECOMMENDED_EXPOSURE_INDEX, Field::Long(102_400));
    let exif = read(&block.bytes()).exif.expect("there are facts");
    assert_eq!(exif.exposure_text.as_deref(), Some("1/128 s"));
    assert_eq!((exif.f_number, exif.iso), (Some(2.8), Some(102_400)));
}

#[test]
fn exposure_is_written_as_photographers_do() {
    for ((numerator, denominator), expected) in [
        ((1, 8000), "1/8000 s"),
        ((1, 4), "1/4 s"),
        ((1, 3), "0.3 s"),
        ((5, 2), "2.5 s"),
        ((30, 1), "30 s"),
    ] {
        let block = Block::default().photo(tag::EXPOSURE_TIME, ratio(numerator, denominator));
        let exif = read(&block.bytes()).exif.expect("there are facts");
        assert_eq!(exif.exposure_text.as_deref(), Some(expected));
    }
}

#[test]
fn tags_are_found_in_the_wrong_directory() {
    let block = Block::default()
        .main(tag::F_NUMBER, ratio(4, 1))
        .photo(tag::MODEL, text("X"));
    let exif = read(&block.bytes()).exif.expect("there are facts");
    assert_eq!(
        (exif.f_number, exif.model.as_deref()),
        (Some(4.0), Some("X"))
    );
}

#[test]
fn text_in_any_characters_is_read() {
    let block = Block::default()
        .main(tag::MODEL, Field::Text(b"\xc9cran \x01".to_vec()))
        .main(tag::SOFTWARE, text("写真"));
    let exif = read(&block.bytes()).exif.expect("there are facts");
    assert_eq!(
        (exif.model.as_deref(), exif.software.as_deref()),
        (Some("Écran"), Some("写真"))
    );
}

#[test]
fn what_is_no_block_is_one_warning() {
    let version = [b"II".as_slice(), &43_u16.to_le_bytes(), &[0; 12]].concat();
    let outside = [b"II*\0".as_slice(), &u32::MAX.to_le_bytes()].concat();
    for block in [
        &b""[..],
        b"I",
        b"II*\0",
        b"XX*\0\x08\0\0\0",
        &version,
        &outside,
    ] {
        let reading = read(block);
        assert_eq!(reading.warnings.len(), 1, "{block:?}");
        assert_eq!(reading.warnings[0].code, "exif-broken");
        assert_eq!(
            Reading {
                warnings: Vec::new(),
                ..reading
            },
            Reading::default()
        );
    }
}

#[test]
fn a_cut_block_keeps_what_it_has() {
    let block = full_block(false).bytes();
    for length in 0..block.len() {
        let reading = read(&block[..length]);
        assert!(
            !reading.warnings.is_empty(),
            "{length} of {} bytes",
            block.len()
        );
    }
    let reading = read(&block[..block.len() - 11]);
    assert_eq!(reading.exif, read(&block).exif);
    assert_eq!(
        reading.warnings[0].message,
        "The EXIF block is broken: values of its GPS directory lie outside it, 1 in all."
    );
}

#[test]
fn huge_counts_and_pointers_in_circles_end_at_once() {
    // The first directory is also the EXIF and the GPS directory, and claims 65,535 entries.
    let mut block = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    for tag in [tag::EXIF_DIRECTORY, tag::GPS_DIRECTORY] {
        block.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        block.extend([1_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat());
    }
    block.extend([tag::MAKE.to_le_bytes(), 2_u16.to_le_bytes()].concat());
    block.extend([u32::MAX.to_le_bytes(), 8_u32.to_le_bytes()].concat());
    let reading = read(&block);
    assert_eq!((reading.exif, reading.gps), (None, None));
    assert!(
        reading
            .warnings
            .iter()
            .any(|warning| warning.message.contains("more entries than it has"))
    );
}

#[test]
fn overlapping_directories_cost_no_memory() {
    // Every EXIF pointer of the first directory is another offset into a run of plausible entries.
    let mut block = vec![0x0A; 1 << 20];
    block[..10].copy_from_slice(b"II*\0\x08\0\0\0\xff\xff");
    for (offset, entry) in (600_000_u32..).zip(block[10..500_000].chunks_exact_mut(12)) {
        entry[..2].copy_from_slice(&tag::EXIF_DIRECTORY.to_le_bytes());
        entry[2..8].copy_from_slice(&[4, 0, 1, 0, 0, 0]);
        entry[8..].copy_from_slice(&offset.to_le_bytes());
    }
    let reading = read(&block);
    assert_eq!(reading.exif, None);
    assert!(reading.warnings.len() <= 6);
}

proptest! {
    #[test]
    fn no_block_is_too_broken_to_read(
        mut block in Just(full_block(false).bytes()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        for (at, byte) in changes {
            let at = at.index(block.len());
            block[at] = byte;
        }
        let reading = read(&block);
        if let Some(Gps { latitude: Some(latitude), .. }) = reading.gps {
            prop_assert!((-90.0..=90.0).contains(&latitude));
        }
        if let Some(exif) = reading.exif {
            for number in [exif.exposure, exif.f_number, exif.focal_length, exif.exposure_bias].into_iter().flatten() {
                prop_assert!(number.is_finite());
            }
        }
    }

    #[test]
    fn noise_is_read_without_harm(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&[b"MM\0*\0\0\0\x08".as_slice(), &noise].concat());
    }
}
