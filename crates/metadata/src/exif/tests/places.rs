//! Positions, and the directory that holds them.

use contract::{Point, Warning};

use super::{
    block::{Block, Field, ratio, text},
    full_block,
};
use crate::exif::{IMPLAUSIBLE, read, tag};

/// A block with this position, with each part in whole degrees.
fn at(latitude: Option<(&str, u32)>, longitude: Option<(&str, u32)>) -> Block {
    let mut block = Block::default().gps(tag::GPS_ALTITUDE, ratio(12, 1));
    for (part, reference, value) in [
        (latitude, tag::GPS_LATITUDE_REF, tag::GPS_LATITUDE),
        (longitude, tag::GPS_LONGITUDE_REF, tag::GPS_LONGITUDE),
    ] {
        if let Some((half, degrees)) = part {
            block = block
                .gps(reference, text(half))
                .gps(value, Field::Rationals(vec![(degrees, 1), (0, 1), (0, 1)]));
        }
    }
    block
}

#[test]
fn half_a_position_and_nought_by_nought_are_none() {
    for (latitude, longitude, why) in [
        (
            Some(("N", 51)),
            Some(("E", 213)),
            "longitude is not possible",
        ),
        (Some(("N", 91)), Some(("E", 21)), "latitude is not possible"),
        (Some(("N", 51)), None, "position has no longitude"),
        (None, Some(("E", 21)), "position has no latitude"),
        (
            Some(("S", 0)),
            Some(("W", 0)),
            "position is exactly 0° by 0°",
        ),
    ] {
        let reading = read(&at(latitude, longitude).bytes());
        // The other facts of the receiver may be right.
        let gps = reading.gps.expect("there is an altitude");
        assert_eq!((gps.latitude, gps.longitude, gps.point), (None, None, None));
        assert_eq!(gps.altitude, Some(12.0));
        let message = format!("EXIF's GPS {why}, so the position was left out.");
        assert_eq!(reading.warnings, [Warning::new(IMPLAUSIBLE, message)]);
    }
    // A place on the equator is a valid position.
    let equator = read(&at(Some(("N", 0)), Some(("E", 21))).bytes());
    assert_eq!(
        equator.gps.and_then(|gps| gps.point),
        Some(Point::new(0.0, 21.0))
    );
    assert_eq!(equator.warnings, []);
}

/// Writes an offset as a certain kind of number.
type Write<'a> = &'a dyn Fn(u32) -> Vec<u8>;

#[test]
fn a_directory_is_found_whatever_kind_of_number_points_to_it() {
    let longs = full_block(true).bytes();
    let expected = read(&longs);
    let pointer = |kind: u8, number: Write<'_>| {
        let mut block = longs.clone();
        let count = usize::from(u16::from_be_bytes([block[8], block[9]]));
        for entry in 0..count {
            let at = 10 + entry * 12;
            let tag = u16::from_be_bytes([block[at], block[at + 1]]);
            if [tag::EXIF_DIRECTORY, tag::GPS_DIRECTORY].contains(&tag) {
                let offset = u32::from_be_bytes([
                    block[at + 8],
                    block[at + 9],
                    block[at + 10],
                    block[at + 11],
                ]);
                block[at + 3] = kind;
                let value = number(offset);
                if value.len() <= 4 {
                    block[at + 8..at + 8 + value.len()].copy_from_slice(&value);
                } else {
                    let behind = u32::try_from(block.len()).expect("a short block");
                    block[at + 8..at + 12].copy_from_slice(&behind.to_be_bytes());
                    block.extend(value);
                }
            }
        }
        block
    };
    let short = |offset: u32| {
        let offset = u16::try_from(offset).expect("a short block");
        offset.to_be_bytes().to_vec()
    };
    let long = |offset: u32| offset.to_be_bytes().to_vec();
    let long8 = |offset: u32| u64::from(offset).to_be_bytes().to_vec();
    let kinds: [(u8, Write<'_>); 7] = [
        (3, &short),
        (8, &short),
        (9, &long),
        (13, &long),
        (16, &long8),
        (17, &long8),
        (18, &long8),
    ];
    for (kind, number) in kinds {
        assert_eq!(read(&pointer(kind, number)), expected, "type {kind}");
    }
    // A negative offset is not valid.
    let negative = read(&pointer(9, &|_| vec![0xFF; 4]));
    assert_eq!(negative.gps, None);
}
