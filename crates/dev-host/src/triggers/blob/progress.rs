//! The blobs that the trigger is handling or has finished, in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::found::Found;

/// The state of all blobs that the last scans have seen. Its size is that of the container's list.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    in_flight: HashSet<String>,
    /// The version of each blob that needs no more work.
    settled: HashMap<String, String>,
}

/// The names that one scan has listed.
#[derive(Debug, Default)]
pub(super) struct Listed(HashSet<String>);

impl Listed {
    pub(super) fn add(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic in the middle of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to handle a blob. Returns false if it is finished already, or if an earlier version
    /// is still being handled; then a later scan finds this one.
    pub(super) fn begin(&self, found: &Found) -> bool {
        let mut state = self.state();
        state.settled.get(&found.name) != Some(&found.etag)
            && state.in_flight.insert(found.name.clone())
    }

    /// Stores that this version needs no more work.
    pub(super) fn settle(&self, found: &Found) {
        self.state()
            .settled
            .insert(found.name.clone(), found.etag.clone());
    }

    /// Releases the blob, so that the next scan may take it again.
    pub(super) fn release(&self, found: &Found) {
        self.state().in_flight.remove(&found.name);
    }

    /// Forgets the blobs that no longer exist.
    pub(super) fn finish_scan(&self, listed: &Listed) {
        self.state()
            .settled
            .retain(|name, _| listed.0.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(etag: &str) -> Found {
        Found {
            name: "a.jpg".into(),
            etag: etag.into(),
            ..Found::default()
        }
    }

    #[test]
    fn each_version_is_taken_once_and_one_after_the_other() {
        let progress = Progress::default();
        assert!(progress.begin(&version("1")));
        assert!(!progress.begin(&version("1")));
        assert!(!progress.begin(&version("2")));
        progress.settle(&version("1"));
        progress.release(&version("1"));
        assert!(!progress.begin(&version("1")));
        assert!(progress.begin(&version("2")));
    }

    #[test]
    fn an_unfinished_version_is_taken_again() {
        let progress = Progress::default();
        assert!(progress.begin(&version("1")));
        progress.release(&version("1"));
        assert!(progress.begin(&version("1")));
    }

    #[test]
    fn what_is_not_listed_any_more_is_forgotten() {
        let progress = Progress::default();
        progress.settle(&version("1"));
        progress.finish_scan(&Listed::default());
        assert!(progress.begin(&version("1")));
    }
}
