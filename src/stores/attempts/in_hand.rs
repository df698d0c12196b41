//! The attempts that run in this process.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::is_ours;
use crate::stores::container::Listed;

/// The names of the marks of attempts that run in this process. A mark of this process that is not
/// among them was left behind: it could not be removed, its write arrived late, or the host gave
/// the invocation up.
#[derive(Clone, Debug, Default)]
pub(super) struct InHand(Arc<Mutex<HashSet<String>>>);

/// Keeps a mark's name among the running ones until it is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    path: String,
    in_hand: InHand,
}

impl InHand {
    pub(super) fn hold(&self, path: &str) -> Hold {
        self.paths().insert(path.to_owned());
        Hold {
            path: path.to_owned(),
            in_hand: self.clone(),
        }
    }

    pub(super) fn has(&self, mark: &Listed) -> bool {
        is_ours(mark) && self.paths().contains(&mark.name)
    }

    fn paths(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.in_hand.paths().remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stores::attempts::{THIS_PROCESS, tests::mark};

    #[test]
    fn a_mark_is_in_hand_as_long_as_its_attempt_of_this_process() {
        let in_hand = InHand::default();
        let ours = mark("1", Duration::ZERO, &THIS_PROCESS);
        let hold = in_hand.hold(&ours.name);
        assert!(in_hand.has(&ours));
        assert!(!in_hand.has(&mark("1", Duration::ZERO, "1-1")));
        drop(hold);
        assert!(!in_hand.has(&ours));
    }
}
