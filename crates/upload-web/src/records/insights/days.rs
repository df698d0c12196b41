//! A cache of the sums of days.
//!
//! A view reads only the records of days that are not known, the newest first, and no more than a setting allows. Days
//! that it does not reach are marked as incomplete; the next view continues there.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    sync::{Arc, PoisonError},
    time::Duration,
};

use azure_data_cosmos::{
    feed::FeedScope,
    options::{MaxItemCountHint, QueryOptions},
};
use futures::TryStreamExt as _;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio::{sync::Mutex, time::Instant};

use super::{Figures, Insights, Sum, series};
use crate::{
    auth::User,
    error::Error,
    records::{Records, failed, filter::Filter, patiently},
};

/// How long the sum of a past day is kept. Its records may still be deleted or arrive late.
const FINISHED: Duration = Duration::from_mins(10);
/// How long the sum of today is kept.
const TODAY: Duration = Duration::from_secs(30);
/// How long a view may read. After that it shows what it has.
const LONGEST: Duration = Duration::from_secs(10);
/// The most users whose sums are kept. The user who has been away longest is forgotten.
const MOST_USERS: usize = 100;
/// The most records of one request to the database.
pub(in crate::records) const PAGE: NonZeroU32 = match NonZeroU32::new(1000) {
    Some(page) => page,
    None => NonZeroU32::MIN,
};

/// The sums of days, for each recent user.
pub struct Days {
    most_records: u32,
    users: std::sync::Mutex<HashMap<Option<String>, UserDays>>,
}

/// The sums for one user.
struct UserDays {
    /// Locked while records are read. Others who ask meanwhile get the result.
    days: Arc<Mutex<BTreeMap<Date, DaySum>>>,
    used: Instant,
}

/// One day's sum.
struct DaySum {
    sum: Sum,
    until: Instant,
    /// Whether every record of the day is included. A day with more records than one view may read is never complete.
    complete: bool,
}

impl Days {
    /// Reads at most `most_records` for one view.
    #[must_use]
    pub fn new(most_records: NonZeroU32) -> Self {
        Self {
            most_records: most_records.get(),
            users: std::sync::Mutex::default(),
        }
    }

    /// The most records that one view reads.
    #[must_use]
    pub fn most_records(&self) -> u32 {
        self.most_records
    }

    /// The totals of what the user may see of the days from `first` to `last`.
    pub async fn insights(
        &self,
        records: &Records,
        user: &User,
        (first, last): (Date, Date),
    ) -> Result<Insights, Error> {
        let filter = Filter::visible_to(user);
        let kept = self.of(filter.uploader());
        let mut days = kept.lock().await;
        let now = Instant::now();
        days.retain(|_, known| known.until > now);
        let missing = |day: &Date| !days.contains_key(day);
        let unread = series(first, last).find(missing);
        let newest = series(first, last).filter(missing).last();
        if let (Some(from), Some(to)) = (unread, newest) {
            self.read(records, filter, (from, to), &mut days).await?;
        }
        Ok(Insights::of(series(first, last).map(|day| {
            let known = days.get(&day);
            let complete = known.is_some_and(|known| known.complete);
            (day, known.map(|known| &known.sum), complete)
        })))
    }

    /// Reads the records of some days, the newest first, until there are no more or the limit is reached.
    async fn read(
        &self,
        records: &Records,
        mut filter: Filter,
        (from, to): (Date, Date),
        days: &mut BTreeMap<Date, DaySum>,
    ) -> Result<(), Error> {
        (filter.from, filter.to) = (Some(from), Some(to));
        let options = QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(PAGE));
        let container = records.open().await?;
        let query = filter.figures()?;
        let items =
            container.query_items::<Figures>(query, FeedScope::full_container(), Some(options));
        let mut items = patiently(items).await?.map_err(failed)?;
        let mut reading = Reading::new(from, to);
        let end = Instant::now() + LONGEST;
        while let Some(figures) = patiently(items.try_next()).await?.map_err(failed)? {
            if reading.count == self.most_records || Instant::now() > end {
                reading.stop(figures.day());
                break;
            }
            reading.add(figures);
        }
        reading.keep(days);
        Ok(())
    }

    /// The sums of one user, or of users who may see everything.
    fn of(&self, uploader: Option<&str>) -> Arc<Mutex<BTreeMap<Date, DaySum>>> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let key = uploader.map(str::to_owned);
        if users.len() == MOST_USERS && !users.contains_key(&key) {
            let oldest = users.iter().min_by_key(|(_, kept)| kept.used);
            if let Some(oldest) = oldest.map(|(user, _)| user.clone()) {
                users.remove(&oldest);
            }
        }
        let kept = users.entry(key).or_insert_with(|| UserDays {
            days: Arc::default(),
            used: Instant::now(),
        });
        kept.used = Instant::now();
        Arc::clone(&kept.days)
    }
}

/// Records that are being added up, the newest first.
struct Reading {
    from: Date,
    to: Date,
    count: u32,
    sums: BTreeMap<Date, Sum>,
    /// The day in which the limit was reached, if any. This day and those before it are not known.
    stopped: Option<Date>,
}

impl Reading {
    fn new(from: Date, to: Date) -> Self {
        Self {
            from,
            to,
            count: 0,
            sums: BTreeMap::new(),
            stopped: None,
        }
    }

    fn add(&mut self, figures: Figures) {
        self.count += 1;
        if let Some(day) = figures.day() {
            self.sums.entry(day).or_default().add(figures);
        }
    }

    fn stop(&mut self, within: Option<Date>) {
        self.stopped = Some(within.unwrap_or(self.to));
    }

    /// Stores what is known now. The day in which the limit was reached is left out, unless it was the only day to
    /// read: then the next view would not get further either.
    fn keep(mut self, days: &mut BTreeMap<Date, DaySum>) {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        for day in series(self.from, self.to) {
            let complete = self.stopped.is_none_or(|stopped| day > stopped);
            let alone = self.stopped == Some(day) && day == self.to;
            if complete || alone {
                let good = if day < today { FINISHED } else { TODAY };
                let known = DaySum {
                    sum: self.sums.remove(&day).unwrap_or_default(),
                    until: Instant::now() + good,
                    complete,
                };
                days.insert(day, known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn figures(day: i8) -> Figures {
        let at = format!("2024-05-{day:02}T08:00:00.000000000Z");
        serde_json::from_value(json!({"at": at, "status": "processed"})).unwrap()
    }

    fn kept(read: &[i8], stopped: Option<i8>) -> Vec<(i8, u64, bool)> {
        let mut reading = Reading::new(date(2024, 5, 1), date(2024, 5, 4));
        read.iter().for_each(|&day| reading.add(figures(day)));
        if let Some(day) = stopped {
            reading.stop(Some(date(2024, 5, day)));
        }
        let mut days = BTreeMap::new();
        reading.keep(&mut days);
        let days = days.iter();
        days.map(|(day, known)| (day.day(), known.sum.day.processed, known.complete))
            .collect()
    }

    #[test]
    fn what_was_read_to_its_end_is_kept_and_days_without_records_too() {
        assert_eq!(
            kept(&[4, 4, 2], None),
            [(1, 0, true), (2, 1, true), (3, 0, true), (4, 2, true)]
        );
        assert_eq!(kept(&[4, 4, 2], Some(2)), [(3, 0, true), (4, 2, true)]);
    }

    #[test]
    fn a_day_that_alone_is_too_much_is_kept_as_far_as_it_was_read() {
        assert_eq!(kept(&[4, 4], Some(4)), [(4, 2, false)]);
    }

    #[test]
    fn who_has_not_looked_for_long_is_forgotten() {
        let days = Days::new(NonZeroU32::MIN);
        for user in 0..=MOST_USERS {
            days.of(Some(&user.to_string()));
        }
        let users = days.users.lock().unwrap();
        assert_eq!(users.len(), MOST_USERS);
        assert!(!users.contains_key(&Some("0".to_owned())));
    }
}
