//! When a timer fires.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::cron::Cron;

/// The hours of a day. From this number on, .NET reads the first number as days.
const HOURS: u64 = 24;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Schedule {
    Cron(Box<Cron>),
    Every(SignedDuration),
}

impl Schedule {
    /// Reads an NCRONTAB expression or a `TimeSpan`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(cron) = Cron::parse(text) {
            return Ok(Self::Cron(Box::new(cron)));
        }
        time_span(text)
            .filter(SignedDuration::is_positive)
            .map(Self::Every)
            .ok_or_else(|| {
                format!(
                    "the schedule {text} is neither of the form \"0 */5 * * * *\" nor \"00:05:00\""
                )
            })
    }

    /// The first occurrence after a time. If there is none, the result is far away.
    pub(super) fn next_after(&self, time: Timestamp) -> Timestamp {
        let next = match self {
            Self::Cron(cron) => cron
                .next_after(TimeZone::UTC.to_datetime(time))
                .and_then(|next| TimeZone::UTC.to_timestamp(next).ok()),
            Self::Every(span) => time.checked_add(*span).ok(),
        };
        next.unwrap_or(Timestamp::MAX)
    }

    /// A property that the handler is told, although nothing depends on it any more.
    pub(super) fn adjusts_for_dst(&self) -> bool {
        matches!(self, Self::Cron(_))
    }

    /// Whether the state is kept in storage. It is not worth it for more than one occurrence in a
    /// minute.
    pub(super) fn is_worth_monitoring(&self) -> bool {
        match self {
            Self::Cron(cron) => !cron.is_within_minutes(),
            Self::Every(span) => *span >= MINUTE,
        }
    }
}

/// Parses `hh:mm:ss`, `hh:mm` or `d.hh:mm:ss`. From 24 on the first number means days, whatever was
/// intended: `24:00:00` is 24 days.
fn time_span(text: &str) -> Option<SignedDuration> {
    let (days, time) = match text.split_once('.') {
        Some((days, time)) if days.parse::<u64>().is_ok() => (days.parse().ok()?, time),
        _ => (0, text),
    };
    let parts: Vec<u64> = time
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let (days, hours, minutes, seconds) = match *parts {
        [first, hours, minutes] if first >= HOURS && days == 0 => (first, hours, minutes, 0),
        [hours, minutes, seconds] => (days, hours, minutes, seconds),
        [hours, minutes] => (days, hours, minutes, 0),
        _ => return None,
    };
    if hours >= HOURS || minutes >= 60 || seconds >= 60 {
        return None;
    }
    let seconds = ((days.checked_mul(HOURS)? + hours) * 60 + minutes) * 60 + seconds;
    Some(SignedDuration::from_secs(seconds.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_is_added() {
        let schedule = Schedule::parse("00:05:00").unwrap();
        let time: Timestamp = "2026-11-27T10:00:00.5Z".parse().unwrap();
        assert_eq!(
            schedule.next_after(time),
            "2026-11-27T10:05:00.5Z".parse().unwrap()
        );
    }

    #[test]
    fn spans_are_read_as_by_dot_net() {
        for (text, seconds) in [
            ("00:00:30", 30),
            ("01:30", 5_400),
            ("1.00:00:00", 86_400),
            ("24:00:00", 24 * 86_400),
        ] {
            assert_eq!(
                time_span(text),
                Some(SignedDuration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in ["5", "00:60:00", "00:00:00:00:00", "1:x:0", "00:00:00"] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn frequent_schedules_are_not_monitored() {
        for (text, expected) in [
            ("*/10 * * * * *", false),
            ("0 * * * * *", true),
            ("*/10 0 * * * *", true),
            ("00:00:30", false),
            ("00:01:00", true),
        ] {
            let schedule = Schedule::parse(text).unwrap();
            assert_eq!(schedule.is_worth_monitoring(), expected, "{text}");
        }
    }

    #[test]
    fn what_never_comes_is_far_away() {
        let schedule = Schedule::parse("0 0 0 30 2 *").unwrap();
        assert_eq!(schedule.next_after(Timestamp::now()), Timestamp::MAX);
    }
}
