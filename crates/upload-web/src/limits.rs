//! Limits for each user and for all users together.

use std::{
    collections::HashMap,
    num::{NonZeroU32, NonZeroUsize},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::HashMapStateStore,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{auth::User, error::Error, settings::Settings};

type PerUser = RateLimiter<String, HashMapStateStore<String>, DefaultClock>;

/// How many users are remembered before inactive ones are forgotten.
const REMEMBERED: usize = 10_000;

/// How long a client should wait after it was refused a stream.
const NEXT_STREAM: Duration = Duration::from_secs(5);

/// The limits of all users.
pub struct Limits {
    requests: PerUser,
    uploads: PerUser,
    slots: Places,
    streams: Places,
}

/// Limits how much is done at once, by all users together and by each user.
struct Places {
    all: Arc<Semaphore>,
    per_user: usize,
    users: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place among what is done at once, held until it is dropped.
#[derive(Debug)]
pub struct Slot {
    _of_user: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Limits {
    /// Limits as the settings state them.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            requests: per_minute(settings.requests_per_minute),
            uploads: per_minute(settings.uploads_per_minute),
            slots: Places::new(settings.uploads_at_once, settings.uploads_per_user),
            streams: Places::new(settings.streams_at_once, settings.streams_per_user),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] if it exceeds the limit.
    pub fn check_request(&self, user: &User) -> Result<(), Error> {
        check(&self.requests, user)
    }

    /// Counts an upload.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] if it exceeds the limit.
    pub fn check_upload(&self, user: &User) -> Result<(), Error> {
        check(&self.uploads, user)
    }

    /// Waits for a place for an upload. It waits first among the user's own uploads, so that one
    /// user's many files do not keep everybody else waiting.
    pub async fn slot(&self, user: &User) -> Result<Slot, Error> {
        let own = self.slots.of_user(user);
        let closed = |error| Error::internal(&error);
        Ok(Slot {
            _of_user: own.acquire_owned().await.map_err(closed)?,
            _of_all: Arc::clone(&self.slots.all)
                .acquire_owned()
                .await
                .map_err(closed)?,
        })
    }

    /// A place for a stream of events, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] if the user has the maximum number of streams; [`Error::Busy`] if all
    /// users together have.
    pub fn stream(&self, user: &User) -> Result<Slot, Error> {
        let own = self.streams.of_user(user).try_acquire_owned();
        let all = Arc::clone(&self.streams.all).try_acquire_owned();
        Ok(Slot {
            _of_user: own.map_err(|_| Error::RateLimited(NEXT_STREAM))?,
            _of_all: all.map_err(|_| Error::Busy)?,
        })
    }
}

impl Places {
    fn new(all: NonZeroUsize, per_user: NonZeroUsize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.get())),
            per_user: per_user.get(),
            users: Mutex::default(),
        }
    }

    fn of_user(&self, user: &User) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = users.get(&user.id).and_then(Weak::upgrade) {
            return semaphore;
        }
        // A user without anything in progress needs no entry.
        users.retain(|_, semaphore| semaphore.strong_count() > 0);
        let semaphore = Arc::new(Semaphore::new(self.per_user));
        users.insert(user.id.clone(), Arc::downgrade(&semaphore));
        semaphore
    }
}

/// A minute's worth may come at once; after that, requests are spread evenly.
fn per_minute(count: NonZeroU32) -> PerUser {
    RateLimiter::new(
        Quota::per_minute(count),
        HashMapStateStore::default(),
        DefaultClock::default(),
    )
}

fn check(limiter: &PerUser, user: &User) -> Result<(), Error> {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    limiter
        .check_key(&user.id)
        .map_err(|until| Error::RateLimited(until.wait_time_from(DefaultClock::default().now())))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn limits(pairs: &[(&str, &str)]) -> Limits {
        let settings = Settings::from_lookup(|key| {
            let pair = pairs.iter().find(|(name, _)| *name == key);
            pair.map(|(_, value)| (*value).to_owned())
                .or_else(|| (key == "DARKROOM_AUTH").then(|| "none".to_owned()))
        });
        Limits::new(&settings.unwrap())
    }

    fn user(id: &str) -> User {
        User {
            id: id.to_owned(),
            ..User::local()
        }
    }

    #[test]
    fn one_users_haste_is_not_anothers() {
        let limits = limits(&[("DARKROOM_UPLOADS_PER_MINUTE", "2")]);
        assert!(limits.check_upload(&user("a")).is_ok());
        assert!(limits.check_upload(&user("a")).is_ok());
        let Err(Error::RateLimited(wait)) = limits.check_upload(&user("a")) else {
            panic!("the third of two a minute")
        };
        assert!((1..=30).contains(&wait.as_secs().max(1)), "{wait:?}");
        assert!(limits.check_upload(&user("b")).is_ok());
        assert!(limits.check_request(&user("a")).is_ok());
    }

    #[tokio::test]
    async fn one_user_leaves_room_for_others() {
        let limits = limits(&[
            ("DARKROOM_UPLOADS_AT_ONCE", "3"),
            ("DARKROOM_UPLOADS_PER_USER", "2"),
        ]);
        let first = limits.slot(&user("a")).await.unwrap();
        let _second = limits.slot(&user("a")).await.unwrap();
        assert!(limits.slot(&user("a")).now_or_never().is_none());
        let _other = limits.slot(&user("b")).await.unwrap();
        assert!(limits.slot(&user("b")).now_or_never().is_none());
        drop(first);
        assert!(limits.slot(&user("b")).now_or_never().is_some());
    }

    #[test]
    fn streams_are_bounded_for_each_and_for_all() {
        let limits = limits(&[
            ("DARKROOM_STREAMS_AT_ONCE", "2"),
            ("DARKROOM_STREAMS_PER_USER", "1"),
        ]);
        let first = limits.stream(&user("a")).unwrap();
        assert!(matches!(
            limits.stream(&user("a")),
            Err(Error::RateLimited(_))
        ));
        let _other = limits.stream(&user("b")).unwrap();
        assert!(matches!(limits.stream(&user("c")), Err(Error::Busy)));
        drop(first);
        assert!(limits.stream(&user("c")).is_ok());
    }
}
