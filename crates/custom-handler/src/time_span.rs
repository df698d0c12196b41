//! Durations as .NET writes them.

use std::time::Duration;

/// A duration with its sign.
pub(crate) enum TimeSpan {
    Positive(Duration),
    Negative(Duration),
}

/// Reads `[-]d` and `[-][d.]hh:mm[:ss[.fffffff]]`.
pub(crate) fn parse(text: &str) -> Option<TimeSpan> {
    let text = text.trim();
    Some(match text.strip_prefix('-') {
        Some(text) => TimeSpan::Negative(length(text)?),
        None => TimeSpan::Positive(length(text)?),
    })
}

fn length(text: &str) -> Option<Duration> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [days] => return Some(days_of(number(days, u32::MAX)?)),
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let minutes = number(hours, 23)? * 60 + number(minutes, 59)?;
    let clock = Duration::from_secs(u64::from(minutes * 60 + number(seconds, 59)?));
    Some(days_of(number(days, u32::MAX)?) + clock + hundreds_of_nanoseconds(fraction)?)
}

fn days_of(count: u32) -> Duration {
    Duration::from_hours(24) * count
}

fn number(digits: &str, most: u32) -> Option<u32> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| is_number)?;
    (number <= most).then_some(number)
}

/// Reads up to seven digits after the point.
fn hundreds_of_nanoseconds(fraction: &str) -> Option<Duration> {
    let padded = format!("{fraction:0<7}");
    (padded.len() == 7)
        .then(|| number(&padded, u32::MAX))?
        .map(|count| Duration::from_nanos(u64::from(count) * 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let milliseconds = |text: &str| match parse(text) {
            Some(TimeSpan::Positive(length)) => length.as_millis().to_string(),
            Some(TimeSpan::Negative(length)) => format!("-{}", length.as_millis()),
            None => "none".to_owned(),
        };
        assert_eq!(milliseconds("00:00:02"), "2000");
        assert_eq!(milliseconds("1.02:03:04.5"), "93784500");
        assert_eq!(milliseconds("-00:00:00.0010000"), "-1");
        assert_eq!(milliseconds("1"), "86400000");
        for text in [
            "",
            "x:y:z",
            "1:2:3:4",
            "00:00:00.12345678",
            "24:00:00",
            "+1",
            "1:-2",
        ] {
            assert_eq!(milliseconds(text), "none", "{text}");
        }
    }
}
