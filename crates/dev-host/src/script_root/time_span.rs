//! Parses .NET's `TimeSpan` in JSON files.

use std::time::Duration;

/// Parses `hh:mm:ss`, with an optional fraction of a second: `00:00:00.25`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut parts = text.splitn(3, ':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let seconds = parts.next()?;
    if minutes >= 60 || !seconds.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let seconds: f64 = seconds.parse().ok().filter(|seconds| *seconds < 60.0)?;
    let whole = Duration::from_secs(hours.checked_mul(3600)?.checked_add(minutes * 60)?);
    whole.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_minutes_and_seconds() {
        assert_eq!(parse("00:00:00"), Some(Duration::ZERO));
        assert_eq!(parse("01:02:03"), Some(Duration::from_secs(3723)));
        assert_eq!(parse("00:00:00.25"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn other_texts_are_no_time_spans() {
        for text in [
            "",
            "5",
            "00:05",
            "00:60:00",
            "00:00:60",
            "00:00:-1",
            "00:00:inf",
            "a:b:c",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
