//! Dates: `YYYY:MM:DD HH:MM:SS`, with sub-seconds and offset in tags of their own.

use contract::Warning;
use jiff::civil::DateTime;

use super::{Directories, IMPLAUSIBLE, tag};
use crate::date_time::{iso_8601, offset, sub_seconds};

/// A date tag and the tags that belong to it.
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

/// Reads a date as ISO 8601, with exactly the sub-seconds and the offset that the file states; see [`iso_8601`] for the
/// number of digits.
///
/// A blank date gives nothing. The error is the warning about an invalid date.
pub(super) fn read(from: &Directories<'_>, tags: DateTags) -> Result<Option<String>, Warning> {
    let text = |tag| from.get(tag).and_then(crate::tiff::Value::text);
    let Some(written) = text(tags.date_time).filter(|text| !is_blank(text)) else {
        return Ok(None);
    };
    let Some(date_time) = date_time(written) else {
        let message = format!(
            "EXIF's {} is not a date: `{}`. It was left out.",
            tags.name,
            written[..written.len().min(32)].escape_ascii()
        );
        return Err(Warning::new(IMPLAUSIBLE, message));
    };
    let nanoseconds = text(tags.sub_seconds).and_then(sub_seconds);
    let offset = text(tags.offset).and_then(offset);
    Ok(Some(iso_8601(date_time, nanoseconds, offset.as_deref())))
}

/// Whether the date is empty: cameras without a clock write blanks or zeros, with or without the colons.
fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| b" :0\0-".contains(byte))
}

/// Reads six numbers, whatever separates them: some programs write `-`, `/` or `T`.
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
}
