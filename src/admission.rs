//! How much is worked on at once. More load waits; it does not grow memory.
//!
//! Three bounds, each taken before what it bounds exists, and always in this order, so that
//! nobody waits for somebody who waits for him:
//!
//! 1. *Originals held*: the router lets only so many invocations read their bodies.
//! 2. *Memory for pixels*, as estimated from the header.
//! 3. *Workers*: decoding and encoding take a core each.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::Settings;

const MIB: u64 = 1024 * 1024;

/// The places there are.
#[derive(Debug)]
pub struct Admission {
    memory: Arc<Semaphore>,
    memory_mib: u32,
    workers: Arc<Semaphore>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
#[must_use = "the place is given up when this is dropped"]
pub struct Place {
    _memory: OwnedSemaphorePermit,
    _worker: OwnedSemaphorePermit,
}

impl Admission {
    /// As many places as the settings say.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            memory: Arc::new(Semaphore::new(settings.memory_mib as usize)),
            memory_mib: settings.memory_mib,
            workers: Arc::new(Semaphore::new(settings.workers.get())),
        }
    }

    /// Waits until `bytes` of memory and a worker are free. Work that needs more memory than
    /// there is takes all of it and so runs alone.
    ///
    /// # Panics
    ///
    /// Never: the semaphores live as long as `self` and are never closed.
    pub async fn enter(&self, bytes: u64) -> Place {
        let mib = u32::try_from(bytes.div_ceil(MIB))
            .unwrap_or(u32::MAX)
            .min(self.memory_mib);
        let memory = Arc::clone(&self.memory).acquire_many_owned(mib);
        let worker = Arc::clone(&self.workers).acquire_owned();
        Place {
            _memory: memory.await.expect("never closed"),
            _worker: worker.await.expect("never closed"),
        }
    }

    /// How many workers have nothing to do at this moment.
    #[must_use]
    pub fn idle_workers(&self) -> usize {
        self.workers.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn admission(memory_mib: u32, workers: &str) -> Admission {
        let settings = Settings::from_lookup(|key| match key {
            "DARKROOM_MEMORY_MIB" => Some(memory_mib.to_string()),
            "DARKROOM_WORKERS" => Some(workers.to_owned()),
            _ => None,
        });
        Admission::new(&settings.unwrap())
    }

    async fn is_full(admission: &Admission, bytes: u64) -> bool {
        timeout(Duration::from_millis(20), admission.enter(bytes))
            .await
            .is_err()
    }

    #[tokio::test]
    async fn waits_for_memory() {
        let admission = admission(10, "8");
        let place = admission.enter(8 * MIB).await;
        assert!(!is_full(&admission, 2 * MIB).await);
        assert!(is_full(&admission, 3 * MIB).await);
        drop(place);
        assert!(!is_full(&admission, 3 * MIB).await);
    }

    #[tokio::test]
    async fn waits_for_a_worker() {
        let admission = admission(10, "1");
        let _place = admission.enter(1).await;
        assert!(is_full(&admission, 1).await);
    }

    #[tokio::test]
    async fn what_is_larger_than_all_memory_runs_alone() {
        let admission = admission(10, "8");
        let _place = admission.enter(u64::MAX).await;
        assert!(is_full(&admission, 1).await);
    }
}
