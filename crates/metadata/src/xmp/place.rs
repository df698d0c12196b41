//! Where the camera was, as XMP writes it (XMP Specification Part 2, 3.3: the EXIF schemas).

use contract::{FoundIn, Gps, Warning};

use super::{
    IMPLAUSIBLE,
    property::{Collected, Property},
};
use crate::position::{self, Coordinate, Implausible, Position, rounded};

/// The position, with the receiver's other facts. Without a position the result is empty, because the other facts are
/// read from EXIF.
pub(super) fn read(from: &Collected, warnings: &mut Vec<Warning>) -> Option<Gps> {
    let position = Position {
        latitude: coordinate(from.get(Property::GpsLatitude), ['N', 'S'], 90.0),
        longitude: coordinate(from.get(Property::GpsLongitude), ['E', 'W'], 180.0),
    };
    let position = position
        .both("XMP", IMPLAUSIBLE)
        .unwrap_or_else(|warning| {
            warnings.push(warning);
            None
        })?;
    let (altitude, altitude_reference) = altitude(from).unzip();
    let mut gps = Gps {
        altitude,
        altitude_reference: altitude_reference.map(str::to_owned),
        direction: direction(from),
        ..Gps::default()
    };
    position::place(&mut gps, position, FoundIn::Xmp);
    Some(gps)
}

/// Parses `38,42,50.04N`, `38,42.834N`, or decimal degrees with a sign.
fn coordinate(text: Option<&str>, halves: [char; 2], limit: f64) -> Coordinate {
    let Some(text) = text.map(str::trim) else {
        return Ok(None);
    };
    if let Some(degrees) = number(text) {
        let half = if degrees < 0.0 { halves[1] } else { halves[0] };
        return position::signed(degrees.abs(), Some(half), halves, limit);
    }
    let half = text.chars().next_back().ok_or(Implausible)?;
    let parts = text[..text.len() - half.len_utf8()]
        .split(',')
        .map(|part| number(part.trim()).filter(|part| *part >= 0.0))
        .collect::<Option<Vec<_>>>()
        .ok_or(Implausible)?;
    let magnitude = match *parts.as_slice() {
        [degrees] => degrees,
        [degrees, minutes] => degrees + minutes / 60.0,
        [degrees, minutes, seconds] => degrees + minutes / 60.0 + seconds / 3600.0,
        _ => return Err(Implausible),
    };
    position::signed(magnitude, Some(half), halves, limit)
}

/// Metres above or below sea level.
fn altitude(from: &Collected) -> Option<(f64, &'static str)> {
    let metres = fraction(from.get(Property::GpsAltitude)?)?;
    let below = from.get(Property::GpsAltitudeRef) == Some("1");
    Some((
        rounded(if below { -metres } else { metres }, 3),
        "sea-level",
    ))
}

fn direction(from: &Collected) -> Option<f64> {
    let degrees = fraction(from.get(Property::GpsImgDirection)?)?;
    (0.0..=360.0)
        .contains(&degrees)
        .then(|| rounded(degrees % 360.0, 3))
}

/// Parses `1250/100`, or a number.
fn fraction(text: &str) -> Option<f64> {
    let Some((numerator, denominator)) = text.trim().split_once('/') else {
        return number(text.trim());
    };
    let (numerator, denominator) = (number(numerator)?, number(denominator)?);
    (denominator != 0.0).then(|| numerator / denominator)
}

/// Parses a plain decimal number. `f64` alone would accept `inf` and `1e9`, too.
fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    text.parse().ok().filter(|_| plain)
}
