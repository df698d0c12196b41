//! NCRONTAB expressions: `{second} {minute} {hour} {day} {month} {day of the week}`.
//!
//! Unlike in cron, an occurrence has to match both the day of the month and the day of the week. Source:
//! <https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions>.

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, time},
};

/// How many days are checked before a schedule counts as one that never comes. The 29th of February on a certain day of
/// the week may be 40 years away.
const MOST_DAYS: usize = 41 * 366;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The values allowed for each field, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    seconds: Vec<i8>,
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    days_of_week: Vec<i8>,
}

impl Cron {
    /// Parses six fields, or five without the seconds; `None` if it is not an expression.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<_> = text.split_whitespace().collect();
        let (seconds, rest) = match fields.len() {
            5 => ("0", &fields[..]),
            6 => (fields[0], &fields[1..]),
            _ => return None,
        };
        let [minutes, hours, days, months, days_of_week] = *rest else {
            return None;
        };
        Some(Self {
            seconds: field(seconds, 0, 59, &[])?,
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            days_of_week: field(days_of_week, 0, 6, &DAYS)?,
        })
    }

    /// The first occurrence after a time; `None` if there is none.
    pub(super) fn next_after(&self, time: DateTime) -> Option<DateTime> {
        let today = time.date();
        let later_today = self
            .fits(today)
            .then(|| self.on(today).find(|occurrence| *occurrence > time));
        later_today.flatten().or_else(|| {
            let mut days = today.series(1.day()).skip(1).take(MOST_DAYS);
            let day = days.find(|day| self.fits(*day))?;
            self.on(day).next()
        })
    }

    /// Whether there are occurrences on a day.
    fn fits(&self, day: Date) -> bool {
        self.months.contains(&day.month())
            && self.days.contains(&day.day())
            && self
                .days_of_week
                .contains(&day.weekday().to_sunday_zero_offset())
    }

    /// The occurrences of a matching day, in order.
    fn on(&self, day: Date) -> impl Iterator<Item = DateTime> {
        let hours = self.hours.iter();
        hours.flat_map(move |hour| {
            self.minutes.iter().flat_map(move |minute| {
                let seconds = self.seconds.iter();
                seconds.map(move |second| day.to_datetime(time(*hour, *minute, *second, 0)))
            })
        })
    }

    /// Whether there are two occurrences within some minute, in every hour of every day.
    pub(super) fn is_within_minutes(&self) -> bool {
        self.seconds.len() > 1
            && self.minutes.len() == 60
            && self.hours.len() == 24
            && self.days.len() == 31
            && self.months.len() == 12
            && self.days_of_week.len() == 7
    }
}

/// The values of one field: `*`, `5`, `1-5`, `*/15`, `2-10/4`, names, and lists of these.
fn field(text: &str, least: i8, most: i8, names: &[&str]) -> Option<Vec<i8>> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u8>().ok()?)),
            None => (part, None),
        };
        let number = |text: &str| value(text, least, names);
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            // With a step, a single value is the beginning of a range.
            None if step.is_some() => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        let step = usize::from(step.unwrap_or(1));
        if first < least || last > most || first > last || step == 0 {
            return None;
        }
        values.extend((first..=last).step_by(step));
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

/// A number, or the beginning of a name.
fn value(text: &str, least: i8, names: &[&str]) -> Option<i8> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse().ok();
    }
    let begins = |name: &&str| {
        name.get(..text.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(text))
    };
    let index = names
        .iter()
        .position(|name| !text.is_empty() && begins(name))?;
    Some(least + i8::try_from(index).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_next(expression: &str, after: &str, expected: &[&str]) {
        let cron = Cron::parse(expression).unwrap_or_else(|| panic!("{expression}"));
        let mut time: DateTime = after.parse().unwrap();
        for expected in expected {
            time = cron.next_after(time).unwrap();
            assert_eq!(time, expected.parse().unwrap(), "{expression}");
        }
    }

    #[test]
    fn the_examples_of_the_documentation() {
        let after = "2026-11-27T10:00:00.5";
        for (expression, expected) in [
            (
                "0 */5 * * * *",
                &["2026-11-27T10:05:00", "2026-11-27T10:10:00"][..],
            ),
            ("0 0 * * * *", &["2026-11-27T11:00:00"]),
            ("0 0 */2 * * *", &["2026-11-27T12:00:00"]),
            ("0 0 9-17 * * *", &["2026-11-27T11:00:00"]),
            ("0 30 9 * * *", &["2026-11-28T09:30:00"]),
            (
                "0 30 9 * * 1-5",
                &["2026-11-30T09:30:00", "2026-12-01T09:30:00"],
            ),
            (
                "0 30 9 * Jan Mon",
                &["2027-01-04T09:30:00", "2027-01-11T09:30:00"],
            ),
            (
                "0 0 0 1 1 *",
                &["2027-01-01T00:00:00", "2028-01-01T00:00:00"],
            ),
            (
                "5,8,10 * * * * *",
                &["2026-11-27T10:00:05", "2026-11-27T10:00:08"],
            ),
        ] {
            assert_next(expression, after, expected);
        }
    }

    #[test]
    fn both_days_must_fit() {
        assert_next(
            "0 0 0 13 * Fri",
            "2026-11-27T00:00:00",
            &["2027-08-13T00:00:00"],
        );
        assert_next(
            "0 0 0 29 2 *",
            "2026-11-27T00:00:00",
            &["2028-02-29T00:00:00"],
        );
        assert_eq!(
            Cron::parse("0 0 0 30 2 *")
                .unwrap()
                .next_after("2026-11-27T00:00:00".parse().unwrap()),
            None
        );
    }

    #[test]
    fn five_fields_leave_the_seconds_out() {
        assert_next(
            "30 9 * * *",
            "2026-11-27T10:00:00",
            &["2026-11-28T09:30:00"],
        );
        assert_next(
            "5/20 * * * *",
            "2026-11-27T10:00:00",
            &["2026-11-27T10:05:00", "2026-11-27T10:25:00"],
        );
    }

    #[test]
    fn other_texts_are_no_expressions() {
        for text in [
            "",
            "* * * *",
            "* * * * * * *",
            "60 * * * * *",
            "* * * 0 * *",
            "* * * * * 7",
            "*/0 * * * * *",
            "5-1 * * * * *",
            "x * * * * *",
            "00:05:00",
            "1, * * * * *",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }
}
