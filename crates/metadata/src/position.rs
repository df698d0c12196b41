//! Checks whether two coordinates are a position.

use contract::{FoundIn, Gps, Point, Warning};

/// A coordinate that contradicts itself or is not on the globe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Implausible;

/// Degrees, or nothing if the receiver had no fix.
pub(crate) type Coordinate = Result<Option<f64>, Implausible>;

/// Latitude and longitude as a block states them.
pub(crate) struct Position {
    pub(crate) latitude: Coordinate,
    pub(crate) longitude: Coordinate,
}

impl Position {
    /// Latitude and longitude, if both are present and possible. One of them alone would describe a whole circle of the
    /// globe. A receiver without a fix writes 0 by 0, which is an empty place in the Gulf of Guinea.
    pub(crate) fn both(
        &self,
        block: &str,
        code: &'static str,
    ) -> Result<Option<(f64, f64)>, Warning> {
        let refuse = |why: &str| {
            let message = format!("{block}'s GPS {why}, so the position was left out.");
            Err(Warning::new(code, message))
        };
        match (self.latitude, self.longitude) {
            (Err(Implausible), Err(Implausible)) => {
                refuse("latitude and longitude are not possible")
            }
            (Err(Implausible), Ok(_)) => refuse("latitude is not possible"),
            (Ok(_), Err(Implausible)) => refuse("longitude is not possible"),
            (Ok(None), Ok(None)) => Ok(None),
            (Ok(Some(_)), Ok(None)) => refuse("position has no longitude"),
            (Ok(None), Ok(Some(_))) => refuse("position has no latitude"),
            (Ok(Some(0.0)), Ok(Some(0.0))) => refuse("position is exactly 0° by 0°"),
            (Ok(Some(latitude)), Ok(Some(longitude))) => Ok(Some((latitude, longitude))),
        }
    }
}

/// Decimal degrees from a magnitude and the hemisphere, whose name begins with one of two letters.
pub(crate) fn signed(
    magnitude: f64,
    half: Option<char>,
    [positive, negative]: [char; 2],
    limit: f64,
) -> Coordinate {
    let sign = match half {
        Some(half) if half.eq_ignore_ascii_case(&positive) => 1.0,
        Some(half) if half.eq_ignore_ascii_case(&negative) => -1.0,
        _ => return Err(Implausible),
    };
    if (0.0..=limit).contains(&magnitude) {
        Ok(Some(rounded(sign * magnitude, 7)))
    } else {
        Err(Implausible)
    }
}

/// Puts a position into the record's group, in both forms.
pub(crate) fn place(gps: &mut Gps, (latitude, longitude): (f64, f64), from: FoundIn) {
    gps.latitude = Some(latitude);
    gps.longitude = Some(longitude);
    gps.point = Some(Point::new(latitude, longitude));
    gps.position_from = Some(from);
}

/// A measurement without meaningless digits.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    // Adding zero turns minus zero into zero.
    (value * scale).round() / scale + 0.0
}
