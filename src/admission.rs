//! Limits on concurrent work. Under more load, requests wait and memory does not grow.
//!
//! There are three limits. Each is taken before the memory or time that it limits is used, and
//! always in this order, so that no deadlock is possible:
//!
//! 1. *Originals held*: [`take_turn`] lets only a limited number of requests read their bodies.
//! 2. *Workers*: inspecting, decoding and encoding use one core each.
//! 3. *Memory for pixels*, as estimated by the worker from the header.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use contract::Rejection;
use tokio::{
    runtime::Handle,
    sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore},
    time::timeout,
};

use crate::{metrics::Waiting, original::Arrived, settings::Settings};

const MIB: u64 = 1024 * 1024;
/// An original that needs more than the whole memory budget is processed alone. One that needs more
/// than this many times the budget is refused.
const MOST_OF_ONE: u64 = 2;

/// The limits and what is free of them.
#[derive(Debug)]
pub struct Admission {
    memory: Arc<Semaphore>,
    memory_mib: u32,
    workers: Arc<Semaphore>,
    /// The workers that images of runs may use at once. They are only some of all workers, so that
    /// new uploads never wait for a run.
    in_runs: Arc<Semaphore>,
    /// Held for writing by work that must run alone, and for reading by all other work.
    company: Arc<RwLock<()>>,
}

/// A worker. Dropping it makes it free again.
#[derive(Debug)]
#[must_use = "the worker is given up when this is dropped"]
pub struct Worker {
    _worker: OwnedSemaphorePermit,
    _in_run: Option<OwnedSemaphorePermit>,
    _company: Company,
    memory: Arc<Semaphore>,
    memory_mib: u32,
}

#[derive(Debug)]
enum Company {
    Shared(#[expect(dead_code, reason = "held, not read")] OwnedRwLockReadGuard<()>),
    Alone(#[expect(dead_code, reason = "held, not read")] OwnedRwLockWriteGuard<()>),
}

impl Admission {
    /// Takes the limits from the settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            memory: Arc::new(Semaphore::new(settings.memory_mib as usize)),
            memory_mib: settings.memory_mib,
            workers: Arc::new(Semaphore::new(settings.workers.get())),
            in_runs: Arc::new(Semaphore::new(workers_in_runs(settings))),
            company: Arc::default(),
        }
    }

    /// Waits for a free worker. With `alone`, waits until no other worker is busy, and no other
    /// starts before this one is dropped. Images of runs get at most half of the workers.
    ///
    /// # Panics
    ///
    /// Never: the semaphores live as long as `self` and are never closed.
    pub async fn worker(&self, alone: bool, in_run: bool) -> Worker {
        let in_run = if in_run {
            let place = Arc::clone(&self.in_runs).acquire_owned();
            Some(place.await.expect("never closed"))
        } else {
            None
        };
        let company = Arc::clone(&self.company);
        let company = if alone {
            Company::Alone(company.write_owned().await)
        } else {
            Company::Shared(company.read_owned().await)
        };
        let worker = Arc::clone(&self.workers).acquire_owned();
        Worker {
            _worker: worker.await.expect("never closed"),
            _in_run: in_run,
            _company: company,
            memory: Arc::clone(&self.memory),
            memory_mib: self.memory_mib,
        }
    }

    /// Refuses an original that would need more memory than the process can be expected to have.
    pub fn check_memory(&self, bytes: u64) -> Result<(), Rejection> {
        let (needed, most) = (
            bytes.div_ceil(MIB),
            MOST_OF_ONE * u64::from(self.memory_mib),
        );
        if needed <= most {
            return Ok(());
        }
        Err(Rejection {
            code: "too-much-memory".to_owned(),
            message: format!(
                "Its pixels could need {needed} MiB of memory. One image may use at most {most} \
                 MiB."
            ),
        })
    }

    /// How many workers are free at this moment.
    #[must_use]
    pub fn idle_workers(&self) -> usize {
        self.workers.available_permits()
    }
}

impl Worker {
    /// Waits, on the worker's own thread, until `bytes` of memory are free. Work that needs more
    /// than the whole budget takes the whole budget.
    ///
    /// # Panics
    ///
    /// Never: the semaphore is never closed.
    pub fn wait_for_memory(&self, runtime: &Handle, bytes: u64) -> OwnedSemaphorePermit {
        let mib = u32::try_from(bytes.div_ceil(MIB))
            .unwrap_or(u32::MAX)
            .min(self.memory_mib);
        let memory = Arc::clone(&self.memory).acquire_many_owned(mib);
        runtime.block_on(memory).expect("never closed")
    }
}

/// Turns for requests, shared by all routes.
#[derive(Clone, Debug)]
pub struct Turnstile {
    turns: Arc<Semaphore>,
    /// How long an invocation may take, waiting included.
    time: Duration,
}

impl Turnstile {
    /// Gives two turns to each worker, so that the next original arrives while one is being
    /// processed.
    #[must_use]
    pub fn new(settings: &Settings, time: Duration) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(settings.workers.get().saturating_mul(2))),
            time,
        }
    }

    /// Turns for the work of runs, separate from the turns of new uploads.
    #[must_use]
    pub fn behind_others(settings: &Settings, time: Duration) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(workers_in_runs(settings) * 2)),
            time,
        }
    }
}

fn workers_in_runs(settings: &Settings) -> usize {
    settings.workers.get().div_ceil(2)
}

/// Makes a request wait for its turn with its body unread, for at most half of its time. A request
/// that cannot start by then is refused while the host can still try it elsewhere.
pub async fn take_turn(
    State(turnstile): State<Turnstile>,
    mut request: Request,
    next: Next,
) -> Response {
    let arrived = Arrived {
        at: Instant::now(),
        time: turnstile.time,
    };
    let waiting = Waiting::begin();
    let turn = timeout(turnstile.time / 2, turnstile.turns.acquire()).await;
    drop(waiting);
    if turn.is_err() {
        tracing::warn!("refused: there is more work than can be started in time");
        return (StatusCode::SERVICE_UNAVAILABLE, "try again").into_response();
    }
    request.extensions_mut().insert(arrived);
    next.run(request).await
}

/// Notes the arrival time and the time limit of a request that needs no turn.
pub async fn note_arrival(
    State(time): State<Duration>,
    mut request: Request,
    next: Next,
) -> Response {
    let at = Instant::now();
    request.extensions_mut().insert(Arrived { at, time });
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn admission(memory_mib: u32, workers: &str) -> Admission {
        let settings = Settings::from_lookup(|key| match key {
            "DARKROOM_MEMORY_MIB" => Some(memory_mib.to_string()),
            "DARKROOM_WORKERS" => Some(workers.to_owned()),
            _ => None,
        });
        Admission::new(&settings.unwrap())
    }

    async fn is_busy(admission: &Admission, alone: bool) -> bool {
        timeout(Duration::from_millis(20), admission.worker(alone, false))
            .await
            .is_err()
    }

    #[test]
    fn refuses_what_would_end_the_process() {
        let admission = admission(10, "1");
        assert_eq!(admission.check_memory(20 * MIB), Ok(()));
        let rejection = admission.check_memory(20 * MIB + 1).unwrap_err();
        assert_eq!(rejection.code, "too-much-memory");
        assert_eq!(
            rejection.message,
            "Its pixels could need 21 MiB of memory. One image may use at most 20 MiB."
        );
    }

    #[tokio::test]
    async fn waits_for_a_worker() {
        let admission = admission(10, "1");
        let worker = admission.worker(false, false).await;
        assert!(is_busy(&admission, false).await);
        drop(worker);
        assert!(!is_busy(&admission, false).await);
    }

    #[tokio::test]
    async fn runs_leave_workers_to_new_uploads() {
        let admission = admission(10, "2");
        let _in_run = admission.worker(false, true).await;
        let second = timeout(Duration::from_millis(20), admission.worker(false, true));
        assert!(second.await.is_err());
        assert!(!is_busy(&admission, false).await);
    }

    #[tokio::test]
    async fn who_has_to_be_alone_is() {
        let admission = admission(10, "8");
        let worker = admission.worker(false, false).await;
        assert!(is_busy(&admission, true).await);
        drop(worker);
        let _alone = admission.worker(true, false).await;
        assert!(is_busy(&admission, false).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn waits_for_memory_and_never_for_more_than_there_is() {
        let admission = admission(10, "8");
        let (first, second) = (
            admission.worker(false, false).await,
            admission.worker(false, false).await,
        );
        let runtime = Handle::current();
        let wait = |worker: Worker, bytes| {
            let runtime = runtime.clone();
            thread::spawn(move || worker.wait_for_memory(&runtime, bytes))
        };
        let all = wait(first, u64::MAX).join().unwrap();
        let waiting = wait(second, MIB);
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(all);
        drop(waiting.join().unwrap());
    }
}
