//! Dates: `YYYY:MM:DD HH:MM:SS`, with sub-seconds and offset in tags of their own.

use contract::Warning;
use jiff::civil::DateTime;

use super::{Directories, IMPLAUSIBLE, tag};

/// A date, and the tags that belong to it.
#[derive(Clone, Copy)]
pub(super) struct DateTags {
    name: &'static str,
    date_time: u16,
    sub_seconds: u16,
    offset: u16,
}

pub(super) const TAKEN: DateTags = DateTags {
    name: "DateTimeOriginal",
    date_time: tag::DATE_TIME_ORIGINAL,
    sub_seconds: tag::SUB_SEC_TIME_ORIGINAL,
    offset: tag::OFFSET_TIME_ORIGINAL,
};

pub(super) const DIGITISED: DateTags = DateTags {
    name: "DateTimeDigitized",
    date_time: tag::DATE_TIME_DIGITIZED,
    sub_seconds: tag::SUB_SEC_TIME_DIGITIZED,
    offset: tag::OFFSET_TIME_DIGITIZED,
};

pub(super) const MODIFIED: DateTags = DateTags {
    name: "DateTime",
    date_time: tag::DATE_TIME,
    sub_seconds: tag::SUB_SEC_TIME,
    offset: tag::OFFSET_TIME,
};

/// Reads a date as ISO 8601, with the sub-seconds and the offset that the file states and no others; see
/// [`iso_8601`] for how many digits it has.
///
/// A blank date is none. The error is the warning about a date that is no date.
pub(super) fn read(from: &Directories<'_>, tags: DateTags) -> Result<Option<String>, Warning> {
    let text = |tag| from.get(tag).and_then(crate::tiff::Value::text);
    let Some(written) = text(tags.date_time).filter(|text| !is_blank(text)) else {
        return Ok(None);
    };
    let Some(date_time) = date_time(written) else {
        let message = format!(
            "EXIF's {} is no date: `{}`; it was left out.",
            tags.name,
            written[..written.len().min(32)].escape_ascii()
        );
        return Err(Warning::new(IMPLAUSIBLE, message));
    };
    let nanoseconds = text(tags.sub_seconds).and_then(sub_seconds);
    let offset = text(tags.offset).and_then(offset);
    Ok(Some(iso_8601(date_time, nanoseconds, offset.as_deref())))
}

/// A date and time as the record has it: with nine fractional digits where there are sub-seconds or an offset.
///
/// The Functions host takes a string of a record for a date where it looks like one with up to seven
/// fractional digits. It then writes it anew: without the zeros at its end, and in another time zone. It
/// leaves alone a string with nine, and a local date and time to the second it writes as it was.
pub(super) fn iso_8601(
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

/// Cameras without a clock write blanks or zeros, with or without the colons.
fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| b" :0\0-".contains(byte))
}

/// Six numbers, whatever stands between them: some programs write `-`, `/` or `T`.
fn date_time(text: &[u8]) -> Option<DateTime> {
    let mut numbers = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let year = number(numbers.next().filter(|digits| digits.len() == 4)?)?;
    let mut two_digits = || number(numbers.next()?).and_then(|number| i8::try_from(number).ok());
    let (month, day) = (two_digits()?, two_digits()?);
    let (hour, minute, second) = (two_digits()?, two_digits()?, two_digits()?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

fn number(digits: &[u8]) -> Option<i16> {
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Nanoseconds, from the digits after the decimal point, at most nine of them.
fn sub_seconds(text: &[u8]) -> Option<u32> {
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

/// `+02:00`, from that, `+0200`, `+2:00` or `Z`; offsets in use go from -12:00 to +14:00.
fn offset(text: &[u8]) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_programs_write_them() {
        for text in [
            "2024:05:01 10:11:12",
            "2024-05-01T10:11:12Z",
            "2024/05/01 10:11:12",
            "2024: 5: 1 10:11:12",
        ] {
            let date = date_time(text.as_bytes()).map(|date| date.to_string());
            assert_eq!(date.as_deref(), Some("2024-05-01T10:11:12"), "{text}");
        }
        for text in [
            "2024:13:01 10:11:12",
            "2023:02:29 00:00:00",
            "2024:05:01",
            "24:05:01 10:11:12",
            "\u{ff}",
        ] {
            assert_eq!(date_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn blanks_are_no_dates() {
        for text in [
            "",
            "    :  :     :  :  ",
            "0000:00:00 00:00:00",
            "                   ",
        ] {
            assert!(is_blank(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn sub_seconds_are_the_digits_after_the_point() {
        assert_eq!(sub_seconds(b"30 "), Some(300_000_000));
        assert_eq!(sub_seconds(b"007"), Some(7_000_000));
        assert_eq!(sub_seconds(b"1234567890"), Some(123_456_789));
        assert_eq!(sub_seconds(b"x"), None);
    }

    #[test]
    fn what_hosts_would_rewrite_has_nine_digits() {
        let at = date_time(b"2024:05:01 10:11:12").unwrap_or_default();
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
}
