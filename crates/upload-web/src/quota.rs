//! How much one uploader may have: images, and bytes of originals and renditions together.
//!
//! The records say what there is. They are read seldom, so this instance also counts what it is taking and what it has
//! taken since. If the records cannot be read, uploads are accepted: a quota limits cost, and the database is not needed
//! to take an image. What this instance takes meanwhile still counts.
//!
//! - `account`: the counting for one uploader

mod account;

use std::{
    collections::HashMap,
    num::NonZeroU64,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contract::RecordId;
use tokio::time::{Instant, timeout};

use account::Account;
pub use account::Claim;

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error},
    pages::text,
    records::usage::Usage,
    settings::Settings,
};

/// How long an upload waits until the records are read for the first time.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a reading is good enough to accept an upload. Other instances take images meanwhile.
const GOOD_TO_ACCEPT: Duration = Duration::from_mins(5);
/// How long a reading is good enough to refuse an upload. Images may have been deleted meanwhile.
const GOOD_TO_REFUSE: Duration = Duration::from_secs(10);
/// How many uploaders are remembered.
const MOST_ACCOUNTS: usize = 1_000;

/// The quotas of all uploaders.
pub struct Quotas {
    limits: Limits,
    most_records: u64,
    accounts: Mutex<HashMap<String, Arc<Account>>>,
}

/// How much each uploader may have; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most images.
    pub images: Option<u64>,
    /// The most bytes of originals and renditions together.
    pub bytes: Option<u64>,
}

impl Limits {
    fn any(self) -> bool {
        self.images.is_some() || self.bytes.is_some()
    }

    /// Whether one more image with so many bytes fits beside what is there.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] says which limit is reached, and what to do.
    fn check(self, there: &Usage, bytes: u64) -> Result<(), Error> {
        const HELP: &str =
            "Delete images that you no longer need, or ask the administrator for a higher quota.";
        if let Some(limit) = self.images.filter(|limit| there.images >= *limit) {
            let limit = text::count(limit);
            let message = format!("Your quota of {limit} images is used up. {HELP}");
            return Err(Error::QuotaExceeded(message));
        }
        if let Some(limit) = self.bytes.filter(|limit| there.bytes() + bytes > *limit) {
            let (used, limit) = (text::bytes(there.bytes()), text::bytes(limit));
            let message = format!(
                "The file does not fit into your quota: {used} of {limit} are used. {HELP}"
            );
            return Err(Error::QuotaExceeded(message));
        }
        Ok(())
    }

    /// A usage beside the limits, in words: `1,240 images, 3.10 GB of 10.0 GB`.
    #[must_use]
    pub fn in_words(self, usage: &Usage) -> String {
        let beside = |used: String, limit: Option<String>| match limit {
            Some(limit) => format!("{used} of {limit}"),
            None => used,
        };
        let images = beside(text::count(usage.images), self.images.map(text::count));
        let bytes = beside(text::bytes(usage.bytes()), self.bytes.map(text::bytes));
        let least = if usage.incomplete { "at least " } else { "" };
        let noun = match (usage.images, self.images) {
            (1, None) => "image",
            _ => "images",
        };
        format!("{least}{images} {noun}, {bytes}")
    }
}

impl Quotas {
    /// The quotas that the settings state.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            limits: Limits {
                images: settings.quota_images.map(NonZeroU64::get),
                bytes: settings
                    .quota_mb
                    .map(|megabytes| megabytes.get().saturating_mul(1_000_000)),
            },
            most_records: settings.insights_records.get().into(),
            accounts: Mutex::default(),
        }
    }

    /// How much each uploader may have.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether there is a quota.
    #[must_use]
    pub fn apply(&self) -> bool {
        self.limits.any()
    }

    fn account(&self, uploader: &str) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= MOST_ACCOUNTS && !accounts.contains_key(uploader) {
            // Accounts in use stay. The records say later what the others took.
            accounts.retain(|_, account| Arc::strong_count(account) > 1);
        }
        Arc::clone(accounts.entry(uploader.to_owned()).or_default())
    }
}

impl App {
    /// Claims room for an image of so many bytes, or of none if that is not known yet. An image that has a claim already
    /// keeps it.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] if there is no room.
    pub async fn claim(
        self: &Arc<Self>,
        user: &User,
        id: &RecordId,
        bytes: u64,
    ) -> Result<Claim, Error> {
        if !self.quotas.apply() {
            return Ok(Claim::none());
        }
        let account = self.quotas.account(&user.id);
        if !account.is_known() {
            self.read_usage(user, &account, PATIENCE).await;
        } else if !account.was_read_within(GOOD_TO_ACCEPT) {
            self.read_usage(user, &account, Duration::ZERO).await;
        }
        let limits = self.quotas.limits;
        let claimed = account.claim(limits, id, bytes);
        if claimed.is_err() && !account.was_read_within(GOOD_TO_REFUSE) {
            self.read_usage(user, &account, PATIENCE).await;
            return account.claim(limits, id, bytes);
        }
        claimed
    }

    /// Keeps the claim of an image whose bytes arrive in several requests.
    pub fn renew_claim(&self, user: &User, id: &RecordId) {
        if self.quotas.apply() {
            self.quotas.account(&user.id).renew(id);
        }
    }

    /// Gives the room of a deleted image back to its uploader.
    pub fn forget_claim(&self, uploader: Option<&str>, id: &RecordId) {
        if let Some(uploader) = uploader
            && self.quotas.apply()
        {
            self.quotas.account(uploader).forget(id);
        }
    }

    /// What a user has, with what is being taken.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if that cannot be found out within `patience`.
    pub async fn usage(self: &Arc<Self>, user: &User, patience: Duration) -> Result<Usage, Error> {
        let account = self.quotas.account(&user.id);
        if !account.was_read_within(GOOD_TO_REFUSE) {
            self.read_usage(user, &account, patience).await;
        }
        account
            .was_read_within(GOOD_TO_ACCEPT)
            .then(|| account.usage())
            .ok_or(Error::Unavailable(Dependency::Database))
    }

    /// Reads the records, unless that has just been done or has just failed. Waits for the result for a while; the reading
    /// goes on after that.
    async fn read_usage(self: &Arc<Self>, user: &User, account: &Arc<Account>, patience: Duration) {
        let (app, user, account) = (Arc::clone(self), user.clone(), Arc::clone(account));
        let asked = Instant::now();
        let reading = tokio::spawn(async move {
            let Some(reading) = account.begin_reading(asked).await else {
                return;
            };
            let waiting = account.waiting();
            let mut recorded = Vec::new();
            let usage = app.records.usage(&user, app.quotas.most_records, |id| {
                if waiting.contains(id) {
                    recorded.push(id.clone());
                }
            });
            let usage = usage.await.ok();
            reading.end(usage, &recorded);
        });
        // If it takes longer, what is known must do.
        let _ = timeout(patience, reading).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_is_put_into_words() {
        let usage = |images, incomplete| Usage {
            images,
            original_bytes: 3_000_000_000,
            rendition_bytes: 100_000_000,
            incomplete,
        };
        let none = Limits::default();
        assert_eq!(none.in_words(&usage(1, false)), "1 image, 3.10 GB");
        let bytes = Limits {
            bytes: Some(10_000_000_000),
            ..none
        };
        let words = bytes.in_words(&usage(1_240, false));
        assert_eq!(words, "1,240 images, 3.10 GB of 10.0 GB");
        let images = Limits {
            images: Some(1_000_000),
            ..none
        };
        let words = images.in_words(&usage(50_000, true));
        assert_eq!(words, "at least 50,000 of 1,000,000 images, 3.10 GB");
    }
}
