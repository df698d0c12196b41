//! Dates in JSON, as Newtonsoft.Json finds them with its usual settings.
//!
//! Every string that looks like a date becomes one when the host parses JSON, and is another text
//! when it is written again: `2026-11-27T10:00:00.000Z` becomes `2026-11-27T10:00:00Z`.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

/// The longest fraction of a second that .NET knows, in digits.
const MOST_DIGITS: usize = 7;

/// A string that is a date to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JsonDate {
    time: DateTime,
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    None,
    Utc,
    /// The machine's own, which on Azure is UTC.
    Local,
}

impl JsonDate {
    /// Reads `2026-11-27T10:00:00`, with a fraction of up to seven digits and `Z` or an offset if
    /// there are any, or `/Date(1795773600000)/`. Everything else is no date.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(number) = text
            .strip_prefix("/Date(")
            .and_then(|rest| rest.strip_suffix(")/"))
        {
            let time = Timestamp::from_millisecond(number.parse().ok()?).ok()?;
            let time = time.to_zoned(TimeZone::UTC).datetime();
            let zone = Zone::Utc;
            return Some(Self { time, zone });
        }
        let (time, mut rest) = text.split_at_checked("2026-11-27T10:00:00".len())?;
        if !has_the_form(time, "0000-00-00T00:00:00") || time.ends_with("60") {
            return None;
        }
        let mut time: DateTime = time.parse().ok()?;
        if let Some(behind) = rest.strip_prefix('.') {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=MOST_DIGITS).contains(&digits) {
                return None;
            }
            let (fraction, behind) = behind.split_at(digits);
            let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
            time = time.with().subsec_nanosecond(nanoseconds).build().ok()?;
            rest = behind;
        }
        let (zone, offset) = match rest {
            "" => (Zone::None, SignedDuration::ZERO),
            "Z" => (Zone::Utc, SignedDuration::ZERO),
            offset => (Zone::Local, self::offset(offset)?),
        };
        let time = time.checked_sub(offset).ok()?;
        Some(Self { time, zone })
    }

    /// The date in JSON.
    pub(crate) fn iso(&self) -> String {
        let zone = match self.zone {
            Zone::None => "",
            Zone::Utc => "Z",
            Zone::Local => "+00:00",
        };
        format!("{}{zone}", self.time.strftime("%Y-%m-%dT%H:%M:%S%.f"))
    }

    /// The date as .NET writes it for no culture in particular.
    pub(crate) fn invariant(&self) -> String {
        self.time.strftime("%m/%d/%Y %H:%M:%S").to_string()
    }
}

/// `+02:00`, `+0200` or `+02`.
fn offset(text: &str) -> Option<SignedDuration> {
    if !["+00:00", "+0000", "+00"]
        .iter()
        .any(|form| has_the_form(&text.replacen('-', "+", 1), form))
    {
        return None;
    }
    let digits = |from: usize| {
        text.get(from..from + 2)
            .and_then(|digits| digits.parse().ok())
    };
    let hours: i64 = digits(1)?;
    let minutes: i64 = match text.len() {
        3 => 0,
        length => digits(length - 2)?,
    };
    let seconds = (hours * 60 + minutes) * 60;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some(SignedDuration::from_secs(sign * seconds))
}

/// Whether a text has digits where the form has zeros, and else the form's own letters.
fn has_the_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(letter, expected)| match expected {
                b'0' => letter.is_ascii_digit(),
                _ => letter == expected,
            })
}

/// Writes all dates of a value as the host writes them.
pub(crate) fn rewrite_dates(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(date) = JsonDate::parse(text) {
                *text = date.iso();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(rewrite_dates),
        Value::Object(fields) => fields.values_mut().for_each(rewrite_dates),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_host_writes_them() {
        for (text, expected) in [
            ("2026-11-27T10:00:00.000Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27T10:00:00.120Z", "2026-11-27T10:00:00.12Z"),
            (
                "2026-11-27T10:00:00.1234567Z",
                "2026-11-27T10:00:00.1234567Z",
            ),
            ("2026-11-27T10:00:00+02:00", "2026-11-27T08:00:00+00:00"),
            ("2026-11-27T10:00:00-0130", "2026-11-27T11:30:00+00:00"),
            ("2026-11-27T10:00:00.5", "2026-11-27T10:00:00.5"),
            ("/Date(1700000000000)/", "2023-11-14T22:13:20Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            let date = JsonDate::parse(text).unwrap_or_else(|| panic!("{text} is a date"));
            assert_eq!(date.iso(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "2026-11-27",
            "2026-11-27T10:00Z",
            "2026-11-27 10:00:00",
            "2026-11-27T10:00:00.123456789Z",
            "2026-11-27T10:00:00.Z",
            "2026-11-27T10:00:00z",
            "2026-11-27T10:00:00+2",
            "2016-12-31T23:59:60Z",
            "2026-13-27T10:00:00Z",
            "at 2026-11-27T10:00:00.000Z",
            "ääääääääääääääääääää",
        ] {
            assert_eq!(JsonDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_found_at_any_depth() {
        let mut value = serde_json::json!({"a": [{"b": "2026-11-27T10:00:00.000Z"}], "n": 1});
        rewrite_dates(&mut value);
        let expected = serde_json::json!({"a": [{"b": "2026-11-27T10:00:00Z"}], "n": 1});
        assert_eq!(value, expected);
    }
}
