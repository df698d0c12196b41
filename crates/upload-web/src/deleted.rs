//! What was deleted a moment ago.
//!
//! A message cannot be asked for, so an image with a new name and no record counts as on its way
//! ([`crate::images`]). One that somebody has just deleted is not.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use contract::RecordId;

/// The most ids that are remembered; older ones are forgotten.
const MOST: usize = 10_000;

/// Ids of images that this process deleted. Another instance does not know them, and shows such an
/// image as on its way for as long as its name is new.
#[derive(Debug, Default)]
pub struct Deleted(Mutex<VecDeque<RecordId>>);

impl Deleted {
    /// Remembers an id.
    pub fn add(&self, id: &RecordId) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() == MOST {
            ids.pop_front();
        }
        ids.push_back(id.clone());
    }

    /// Whether it is remembered.
    #[must_use]
    pub fn contains(&self, id: &RecordId) -> bool {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let deleted = Deleted::default();
        let id = |number: usize| RecordId::from_name(&number.to_string());
        for number in 0..=MOST {
            deleted.add(&id(number));
        }
        assert!(!deleted.contains(&id(0)));
        assert!(deleted.contains(&id(1)));
        assert!(deleted.contains(&id(MOST)));
    }
}
