//! The counting for one uploader: what the records say, and what they do not say yet.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract::RecordId;
use tokio::time::Instant;

use super::Limits;
use crate::{error::Error, records::usage::Usage};

/// How long room is kept for an image whose bytes do not arrive any more, or that gets no record.
const LIFETIME: Duration = Duration::from_mins(30);
/// How long the records are not read after that has failed.
const REST: Duration = Duration::from_secs(30);

/// One uploader.
#[derive(Default)]
pub(super) struct Account {
    state: Mutex<State>,
    /// Held while the records are read. Others who ask meanwhile get the result.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// What the records said, and when.
    read: Option<(Usage, Instant)>,
    /// Whether an image was deleted since.
    outdated: bool,
    /// When reading failed last.
    failed: Option<Instant>,
    claims: HashMap<RecordId, Claimed>,
}

/// Room for an image that is being taken, or was taken and may have no record yet.
struct Claimed {
    bytes: u64,
    until: Instant,
    /// Whether the records count it already. It stays known, so that a repeated request is not counted again.
    recorded: bool,
}

/// Room for one image. It is given back when this is dropped, unless it is kept.
#[derive(Default)]
pub struct Claim(Option<Held>);

struct Held {
    account: Arc<Account>,
    limits: Limits,
    id: RecordId,
    /// Whether the image had no claim before.
    is_new: bool,
}

/// Records that are being read.
pub(super) struct Reading<'a> {
    account: &'a Account,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the records were ever read.
    pub(super) fn is_known(&self) -> bool {
        self.lock().read.is_some()
    }

    /// Whether the records were read within this time, and since the last deletion.
    pub(super) fn was_read_within(&self, time: Duration) -> bool {
        let state = self.lock();
        let read = state.read.is_some_and(|(_, at)| at.elapsed() <= time);
        read && !state.outdated
    }

    /// What the records said, and what has been claimed beside that.
    pub(super) fn usage(&self) -> Usage {
        self.lock().usage(None)
    }

    pub(super) fn claim(
        self: &Arc<Self>,
        limits: Limits,
        id: &RecordId,
        bytes: u64,
    ) -> Result<Claim, Error> {
        let is_new = self.lock().claim(limits, id, bytes)?;
        Ok(Claim(Some(Held {
            account: Arc::clone(self),
            limits,
            id: id.clone(),
            is_new,
        })))
    }

    pub(super) fn renew(&self, id: &RecordId) {
        if let Some(claimed) = self.lock().claims.get_mut(id) {
            claimed.until = Instant::now() + LIFETIME;
        }
    }

    /// Gives the room of a deleted image back.
    pub(super) fn forget(&self, id: &RecordId) {
        let mut state = self.lock();
        state.claims.remove(id);
        state.outdated = true;
    }

    /// The images whose claims the records do not count yet.
    pub(super) fn waiting(&self) -> HashSet<RecordId> {
        let state = self.lock();
        let waiting = state.claims.iter().filter(|(_, claimed)| !claimed.recorded);
        waiting.map(|(id, _)| id.clone()).collect()
    }

    /// A turn to read the records; `None` if they were read since `asked`, or could not be read a moment ago.
    pub(super) async fn begin_reading(&self, asked: Instant) -> Option<Reading<'_>> {
        let turn = self.reading.lock().await;
        let state = self.lock();
        let just_read = state.read.is_some_and(|(_, at)| at >= asked);
        let rests = state.failed.is_some_and(|at| at.elapsed() < REST);
        let reading = Reading {
            account: self,
            _turn: turn,
        };
        (!just_read && !rests).then_some(reading)
    }
}

impl State {
    /// The usage without the claim of one image.
    fn usage(&self, without: Option<&RecordId>) -> Usage {
        let mut usage = self.read.map(|(usage, _)| usage).unwrap_or_default();
        let now = Instant::now();
        for (id, claimed) in &self.claims {
            if !claimed.recorded && claimed.until > now && without != Some(id) {
                usage.images += 1;
                usage.original_bytes += claimed.bytes;
            }
        }
        usage
    }

    /// Returns whether the claim is new.
    fn claim(&mut self, limits: Limits, id: &RecordId, bytes: u64) -> Result<bool, Error> {
        let now = Instant::now();
        self.claims.retain(|_, claimed| claimed.until > now);
        let before = self.claims.get(id);
        if before.is_some_and(|claimed| claimed.recorded) {
            return Ok(false);
        }
        let is_new = before.is_none();
        limits.check(&self.usage(Some(id)), bytes)?;
        let claimed = Claimed {
            bytes,
            until: now + LIFETIME,
            recorded: false,
        };
        self.claims.insert(id.clone(), claimed);
        Ok(is_new)
    }
}

impl Reading<'_> {
    /// Stores what the records say; `None` if they could not be read. Then the last reading stays, however old it is.
    pub(super) fn end(self, usage: Option<Usage>, recorded: &[RecordId]) {
        let mut state = self.account.lock();
        let now = Instant::now();
        match usage {
            Some(usage) => {
                state.read = Some((usage, now));
                state.failed = None;
                state.outdated = false;
            }
            None => state.failed = Some(now),
        }
        for id in recorded {
            if let Some(claimed) = state.claims.get_mut(id) {
                claimed.recorded = true;
            }
        }
    }
}

impl Claim {
    /// The claim of an uploader without a quota.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Claims room for the bytes that have really come.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] if they do not fit.
    pub fn resize(&self, bytes: u64) -> Result<(), Error> {
        let Some(held) = &self.0 else {
            return Ok(());
        };
        let mut state = held.account.lock();
        state.claim(held.limits, &held.id, bytes).map(drop)
    }

    /// Keeps the room: the image was taken, or more of it is to come.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(held) = self.0.take()
            && held.is_new
        {
            held.account.lock().claims.remove(&held.id);
        }
    }
}

#[cfg(test)]
mod tests;
