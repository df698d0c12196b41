//! Where the camera was.

use contract::{FoundIn, Gps, Warning};
use jiff::civil::{Date, Time};

use super::{IMPLAUSIBLE, tag};
use crate::{
    date_time::iso_8601,
    position::{self, Coordinate, Position, rounded},
    text::{clean, decode_undeclared},
    tiff::Directory,
};

pub(super) fn read(from: Directory<'_>, warnings: &mut Vec<Warning>) -> Option<Gps> {
    let position = Position {
        latitude: coordinate(
            from,
            tag::GPS_LATITUDE,
            tag::GPS_LATITUDE_REF,
            ['N', 'S'],
            90.0,
        ),
        longitude: coordinate(
            from,
            tag::GPS_LONGITUDE,
            tag::GPS_LONGITUDE_REF,
            ['E', 'W'],
            180.0,
        ),
    };
    let (altitude, altitude_reference) = altitude(from).unzip();
    let mut gps = Gps {
        altitude,
        altitude_reference: altitude_reference.map(str::to_owned),
        direction: direction(from),
        taken_at: taken_at(from),
        ..Gps::default()
    };
    match position.both("EXIF", IMPLAUSIBLE) {
        Ok(Some(position)) => position::place(&mut gps, position, FoundIn::Exif),
        Ok(None) => {}
        Err(warning) => warnings.push(warning),
    }
    // A datum alone is not a position. Some cameras without a receiver write it.
    if gps == Gps::default() {
        return None;
    }
    gps.datum = text(from, tag::GPS_MAP_DATUM);
    Some(gps)
}

/// Decimal degrees, from degrees, minutes and seconds and the hemisphere. Without the hemisphere
/// the result would be a guess, so it is refused.
fn coordinate(
    from: Directory<'_>,
    value: u16,
    reference: u16,
    halves: [char; 2],
    limit: f64,
) -> Coordinate {
    let Some(value) = from.get(value) else {
        return Ok(None);
    };
    let mut parts = value.rationals();
    let Some(degrees) = parts.next().flatten() else {
        // No degrees, or a denominator of zero: the receiver had no fix.
        return Ok(None);
    };
    let mut smaller = || parts.next().flatten().unwrap_or(0.0);
    let (minutes, seconds) = (smaller(), smaller());
    let magnitude = degrees + minutes / 60.0 + seconds / 3600.0;
    let half = text(from, reference).and_then(|text| text.chars().next());
    position::signed(magnitude, half, halves, limit)
}

/// Metres, and what they are measured from. EXIF 3.0 uses 0 and 1 for above and below sea level, 2
/// and 3 for the ellipsoid. Some writers use the digits' characters instead.
fn altitude(from: Directory<'_>) -> Option<(f64, &'static str)> {
    let metres = from.get(tag::GPS_ALTITUDE)?.rationals().next().flatten()?;
    let reference = from
        .get(tag::GPS_ALTITUDE_REF)
        .and_then(|value| value.bytes()?.first().copied());
    let (sign, level) = match reference.unwrap_or(0) {
        1 | b'1' => (-1.0, "sea-level"),
        2 | b'2' => (1.0, "ellipsoid"),
        3 | b'3' => (-1.0, "ellipsoid"),
        _ => (1.0, "sea-level"),
    };
    Some((rounded(sign * metres, 3), level))
}

fn direction(from: Directory<'_>) -> Option<f64> {
    let degrees = from
        .get(tag::GPS_IMG_DIRECTION)?
        .rationals()
        .next()
        .flatten()?;
    (0.0..=360.0)
        .contains(&degrees)
        .then(|| rounded(degrees % 360.0, 3))
}

/// The time in UTC, if both date and time are present and valid.
fn taken_at(from: Directory<'_>) -> Option<String> {
    let date = text(from, tag::GPS_DATE_STAMP)?;
    let mut numbers = date
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let year = numbers.next()?.parse().ok()?;
    let mut part = || numbers.next()?.parse::<i8>().ok();
    let day = Date::new(year, part()?, part()?).ok()?;

    let mut parts = from.get(tag::GPS_TIME_STAMP)?.rationals();
    let mut part = |limit: f64| {
        parts
            .next()
            .flatten()
            .filter(|part| (0.0..limit).contains(part))
    };
    let (hour, minute, second) = (part(24.0)?, part(60.0)?, part(60.0)?);
    let time = Time::new(whole(hour), whole(minute), whole(second), 0).ok()?;
    Some(iso_8601(day.to_datetime(time), None, Some("Z")))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller has checked that it is below 60"
)]
fn whole(value: f64) -> i8 {
    value as i8
}

fn text(from: Directory<'_>, tag: u16) -> Option<String> {
    clean(&decode_undeclared(from.get(tag)?.text()?), 64)
}
