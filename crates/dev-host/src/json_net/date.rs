//! Times in strings: which strings Json.NET takes for times, and how .NET writes them.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

/// A time that a string held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    time: DateTime,
    kind: Kind,
}

/// What .NET's `DateTimeKind` says about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It ended in Z.
    Utc,
    /// It had an offset and was moved to the machine's zone, which on Azure is UTC.
    Local,
    /// It named no zone.
    Unspecified,
}

impl Date {
    /// Parses `2026-11-27T10:00:00`, with up to seven decimals and a zone, or
    /// `/Date(1700000000000)/`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix("/Date(") {
            return Self::from_milliseconds(inside.strip_suffix(")/")?);
        }
        // Json.NET makes the same quick check.
        if !(19..=40).contains(&text.len()) || text.as_bytes().get(10) != Some(&b'T') {
            return None;
        }
        let (time, rest) = text.split_at_checked(19)?;
        let time = whole_seconds(time)?;
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("0", rest),
        };
        let time = time + fraction_of_second(fraction)?;
        Some(match zone {
            "" => Self {
                time,
                kind: Kind::Unspecified,
            },
            "Z" => Self {
                time,
                kind: Kind::Utc,
            },
            offset => Self {
                time: time.checked_sub(seconds_east(offset)?).ok()?,
                kind: Kind::Local,
            },
        })
    }

    /// Parses milliseconds since 1970. An offset may follow, which only says that the time is a
    /// local one.
    fn from_milliseconds(text: &str) -> Option<Self> {
        let (number, kind) = match text.get(1..)?.find(['+', '-']) {
            Some(sign) => (text.get(..=sign)?, Kind::Local),
            None => (text, Kind::Utc),
        };
        let time = Timestamp::from_millisecond(number.parse().ok()?).ok()?;
        Some(Self {
            time: TimeZone::UTC.to_datetime(time),
            kind,
        })
    }

    /// The text that Json.NET writes, without zeros at the end of the seconds.
    pub(crate) fn iso(self) -> String {
        let zone = match self.kind {
            Kind::Utc => "Z",
            Kind::Local => "+00:00",
            Kind::Unspecified => "",
        };
        format!("{}{zone}", self.time.strftime("%Y-%m-%dT%H:%M:%S%.f"))
    }

    /// The text that .NET writes without a culture.
    pub(crate) fn invariant(self) -> String {
        self.time.strftime("%m/%d/%Y %H:%M:%S").to_string()
    }
}

/// Rewrites all times in a value as Json.NET does.
pub(crate) fn rewrite_dates(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(date) = Date::parse(text) {
                *text = date.iso();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(rewrite_dates),
        Value::Object(fields) => fields.values_mut().for_each(rewrite_dates),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Parses `yyyy-MM-ddTHH:mm:ss`.
fn whole_seconds(text: &str) -> Option<DateTime> {
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let is_sign = |index| signs.iter().find(|(at, _)| *at == index);
    let fits = text.bytes().enumerate().all(|(index, byte)| {
        is_sign(index).map_or(byte.is_ascii_digit(), |(_, sign)| byte == *sign)
    });
    if !fits || text.starts_with("0000") {
        return None;
    }
    // The parser would also accept a leap second.
    let time: DateTime = text.parse().ok()?;
    (!text.ends_with(":60")).then_some(time)
}

/// Parses up to seven digits.
fn fraction_of_second(digits: &str) -> Option<SignedDuration> {
    let fits = (1..=7).contains(&digits.len());
    let number: i64 = fits
        .then(|| format!("{digits:0<9}").parse().ok())
        .flatten()?;
    Some(SignedDuration::from_nanos(number))
}

/// Parses `+02:00`, `+0200` or `+02`.
fn seconds_east(offset: &str) -> Option<SignedDuration> {
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = offset.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at(2),
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let hours: i64 = hours.parse().ok().filter(|hours| (0..24).contains(hours))?;
    let minutes: i64 = minutes
        .parse()
        .ok()
        .filter(|minutes| (0..60).contains(minutes))?;
    Some(SignedDuration::from_mins(sign * (hours * 60 + minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_another_way() {
        for (text, expected) in [
            ("2026-11-27T10:00:00.000Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27T10:00:00.120Z", "2026-11-27T10:00:00.12Z"),
            (
                "2026-11-27T10:00:00.1234567Z",
                "2026-11-27T10:00:00.1234567Z",
            ),
            ("2026-11-27T10:00:00+02:00", "2026-11-27T08:00:00+00:00"),
            ("2026-11-27T10:00:00-0230", "2026-11-27T12:30:00+00:00"),
            ("2026-11-27T10:00:00", "2026-11-27T10:00:00"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("/Date(1700000000000)/", "2023-11-14T22:13:20Z"),
            ("/Date(1700000000000+0200)/", "2023-11-14T22:13:20+00:00"),
        ] {
            let date = Date::parse(text).map(Date::iso);
            assert_eq!(date.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_strings_are_no_times() {
        for text in [
            "2026-11-27",
            "2026-11-27T10:00Z",
            "2026-11-27 10:00:00",
            "2026:11:27 10:00:00",
            "2026/11/27T10:00:00",
            "2016-12-31T23:59:60Z",
            "2026-02-30T10:00:00Z",
            "2026-11-27T10:00:00.123456789Z",
            "2026-11-27T10:00:00.Z",
            "at 2026-11-27T10:00:00.000Z",
            "2026-11-27T10:00:00 UTC",
            "/Date(soon)/",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_invariant_form_knows_no_zone() {
        let date = Date::parse("2026-11-27T10:00:00.000Z").unwrap();
        assert_eq!(date.invariant(), "11/27/2026 10:00:00");
    }

    #[test]
    fn times_are_found_at_any_depth() {
        let mut value = serde_json::json!({"a": [{"b": "2026-11-27T10:00:00.000Z"}], "n": 1});
        rewrite_dates(&mut value);
        let expected = serde_json::json!({"a": [{"b": "2026-11-27T10:00:00Z"}], "n": 1});
        assert_eq!(value, expected);
    }
}
