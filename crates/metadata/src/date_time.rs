//! Converts dates and times from the formats of metadata to the record's format.

use jiff::civil::{Date, DateTime, Time};

/// A date and time in the record's format: with nine fractional digits if there are sub-seconds or an offset.
///
/// The Functions host takes a string in a record for a date if it looks like one with up to seven fractional digits. It
/// then rewrites it without the zeros at its end and in another time zone. It leaves a string with nine digits alone,
/// and it writes a local date and time without sub-seconds unchanged.
pub(crate) fn iso_8601(
    date_time: DateTime,
    nanoseconds: Option<u32>,
    offset: Option<&str>,
) -> String {
    match (nanoseconds, offset) {
        (None, None) => date_time.to_string(),
        (nanoseconds, offset) => format!(
            "{date_time}.{:09}{}",
            nanoseconds.unwrap_or_default(),
            offset.unwrap_or_default()
        ),
    }
}

/// Nanoseconds from the digits after the decimal point, of which at most nine count.
pub(crate) fn sub_seconds(text: &[u8]) -> Option<u32> {
    const DIGITS: usize = 9;
    let text = text.trim_ascii();
    let digits = text
        .iter()
        .take(DIGITS)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let written: u32 = str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((digits..DIGITS).fold(written, |value, _| value * 10))
}

/// Normalises `+0200`, `+2:00` and `Z` to the form `+02:00`. Offsets in use go from -12:00 to +14:00.
pub(crate) fn offset(text: &[u8]) -> Option<String> {
    let text = str::from_utf8(text).ok()?.trim();
    if text == "Z" {
        return Some("+00:00".to_owned());
    }
    let (sign, rest) = text
        .split_at_checked(1)
        .filter(|(sign, _)| ["+", "-"].contains(sign))?;
    let (hours, minutes) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// Converts a date of XMP (ISO 8601, XMP Specification Part 1, 8.2.1.1) with the precision that it states. Some
/// programs write colons in it, as EXIF does. A year or a month alone is no date, because it does not name a day.
pub(crate) fn from_xmp(text: &str) -> Result<Option<String>, NoDate> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let numbers = date
        .split(['-', ':'])
        .map(digits)
        .collect::<Option<Vec<_>>>()
        .ok_or(NoDate)?;
    match (numbers.as_slice(), time) {
        ([_] | [_, _], None) => Ok(None),
        (&[year, month, day], time) => from_parts([year, month, day], time).map(Some),
        _ => Err(NoDate),
    }
}

/// Converts a date and time of IPTC (IIM 4.2, 2:55 and 2:60): `CCYYMMDD`, and `HHMMSS` with an offset. Some programs
/// write dashes and colons between the parts.
pub(crate) fn from_iptc(date: &str, time: Option<&str>) -> Result<Option<String>, NoDate> {
    let date = date.trim().replace(['-', ':'], "");
    if date.len() != 8 || !date.is_ascii() {
        return Err(NoDate);
    }
    let parts = [&date[..4], &date[4..6], &date[6..]].map(digits);
    let [Some(year), Some(month), Some(day)] = parts else {
        return Err(NoDate);
    };
    // IIM uses zeros for unknown parts.
    if month == 0 || day == 0 {
        return Ok(None);
    }
    from_parts([year, month, day], time).map(Some)
}

/// A text that is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoDate;

fn from_parts([year, month, day]: [i16; 3], time: Option<&str>) -> Result<String, NoDate> {
    let part = |number| i8::try_from(number).map_err(|_| NoDate);
    let date = Date::new(year, part(month)?, part(day)?).map_err(|_| NoDate)?;
    let Some(time) = time.map(str::trim).filter(|time| !time.is_empty()) else {
        return Ok(date.to_string());
    };
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, sub_seconds(fraction.as_bytes())),
        None => (clock, None),
    };
    let time = time_of_day(clock).ok_or(NoDate)?;
    let offset = offset(zone.as_bytes());
    Ok(iso_8601(
        date.to_datetime(time),
        fraction,
        offset.as_deref(),
    ))
}

/// `HH:MM`, `HH:MM:SS` or `HHMMSS`.
fn time_of_day(clock: &str) -> Option<Time> {
    let clock = clock.trim().replace(':', "");
    if !matches!(clock.len(), 4 | 6) || !clock.is_ascii() {
        return None;
    }
    let part = |at: usize| digits(clock.get(at..at + 2)?).and_then(|part| i8::try_from(part).ok());
    let seconds = if clock.len() == 6 { part(4)? } else { 0 };
    Time::new(part(0)?, part(2)?, seconds, 0).ok()
}

fn digits(text: &str) -> Option<i16> {
    let only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_seconds_are_the_digits_after_the_point() {
        assert_eq!(sub_seconds(b"30 "), Some(300_000_000));
        assert_eq!(sub_seconds(b"007"), Some(7_000_000));
        assert_eq!(sub_seconds(b"1234567890"), Some(123_456_789));
        assert_eq!(sub_seconds(b"x"), None);
    }

    #[test]
    fn what_hosts_would_rewrite_has_nine_digits() {
        let at = DateTime::constant(2024, 5, 1, 10, 11, 12, 0);
        let iso = |nanoseconds, offset| iso_8601(at, nanoseconds, offset);
        assert_eq!(iso(None, None), "2024-05-01T10:11:12");
        assert_eq!(
            iso(Some(250_000_000), Some("+02:00")),
            "2024-05-01T10:11:12.250000000+02:00"
        );
        assert_eq!(iso(Some(5), None), "2024-05-01T10:11:12.000000005");
        assert_eq!(
            iso(None, Some("+00:00")),
            "2024-05-01T10:11:12.000000000+00:00"
        );
    }

    #[test]
    fn offsets_are_two_digits_each() {
        for (text, expected) in [
            ("+02:00", "+02:00"),
            ("-0330", "-03:30"),
            ("+2:00", "+02:00"),
            ("Z", "+00:00"),
        ] {
            assert_eq!(offset(text.as_bytes()).as_deref(), Some(expected));
        }
        for text in ["", "   :  ", "02:00", "+15:00", "+02:60", "+é", "+02"] {
            assert_eq!(offset(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn xmp_states_dates_as_exactly_as_they_are_known() {
        for (text, expected) in [
            ("2024-05-01T10:11:12", Some("2024-05-01T10:11:12")),
            (
                "2024-05-01T10:11:12.25+02:00",
                Some("2024-05-01T10:11:12.250000000+02:00"),
            ),
            (
                "2024-05-01T10:11Z",
                Some("2024-05-01T10:11:00.000000000+00:00"),
            ),
            (" 2024-05-01 ", Some("2024-05-01")),
            ("2024:05:01 10:11:12", Some("2024-05-01T10:11:12")),
            ("2024-05", None),
            ("2024", None),
        ] {
            assert_eq!(from_xmp(text), Ok(expected.map(str::to_owned)), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2024-02-30",
            "2024-05-01T25:00",
            "2024-05-01T10:1é",
            "2024-05-01-01",
            "2024-05-01Tnoon",
        ] {
            assert_eq!(from_xmp(text), Err(NoDate), "{text}");
        }
    }

    #[test]
    fn iptc_has_a_date_and_maybe_a_time() {
        let read = |date, time| from_iptc(date, time);
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(read("20240501", None), some("2024-05-01"));
        assert_eq!(
            read("2024:05:01", Some("101112+0200")),
            some("2024-05-01T10:11:12.000000000+02:00")
        );
        assert_eq!(
            read("20240501", Some("10:11:12")),
            some("2024-05-01T10:11:12")
        );
        assert_eq!(read("20240000", None), Ok(None));
        for date in ["", "2024051", "2024é50", "20241301"] {
            assert_eq!(read(date, None), Err(NoDate), "{date}");
        }
    }
}
