//! Waits out passing trouble.
//!
//! The host tries a blob five times without a pause and then puts it into the poison queue, so an
//! outage of seconds would send every upload there. So the handler itself tries again, with growing
//! pauses, for as long as the function's time-out allows.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use azure_core::error::ErrorKind;
use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep, timeout_at};

use telemetry::chain;

use crate::error::Retry;

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A request without an answer for this long has failed.
const LONGEST_REQUEST: Duration = Duration::from_mins(1);

/// How long the handling of one event may wait for the services around it.
#[derive(Debug)]
pub struct Patience {
    until: Instant,
    unanswered: AtomicBool,
}

/// An error of storage or of the database.
pub trait ServiceError: std::error::Error + Send + Sync + Sized + 'static {
    /// Whether the same request may succeed later. Otherwise the error is a final answer: the thing
    /// does not exist, has changed, or is refused.
    fn may_pass(&self) -> bool;

    /// Whether something is missing that a setting names: a container or a database.
    fn names_what_is_missing(&self) -> bool;
}

impl ServiceError for azure_core::Error {
    fn may_pass(&self) -> bool {
        let ErrorKind::HttpResponse {
            status, error_code, ..
        } = self.kind()
        else {
            return true;
        };
        match (u16::from(*status), error_code.as_deref()) {
            (404, code) => code == Some("ContainerNotFound"),
            (409, code) => matches!(code, Some("ContainerBeingDeleted" | "ContainerDisabled")),
            (status, _) => status_may_pass(status),
        }
    }

    fn names_what_is_missing(&self) -> bool {
        matches!(self.kind(), ErrorKind::HttpResponse { error_code: Some(code), .. } if code == "ContainerNotFound")
    }
}

impl ServiceError for azure_data_cosmos::CosmosError {
    fn may_pass(&self) -> bool {
        let status = u16::from(self.status().status_code());
        match status {
            404 => self.names_what_is_missing() || self.status().is_read_session_not_available(),
            409 => false,
            status => status_may_pass(status),
        }
    }

    fn names_what_is_missing(&self) -> bool {
        // 1003: the container or the database above the item does not exist.
        let sub_status = self.status().sub_status();
        self.status().is_not_found() && sub_status.is_some_and(|code| code.value() == 1003)
    }
}

impl ServiceError for connections::ConnectionError {
    fn may_pass(&self) -> bool {
        true
    }

    fn names_what_is_missing(&self) -> bool {
        false
    }
}

/// 401 and 403 can pass: a role takes minutes to be assigned, and a token to be renewed.
fn status_may_pass(status: u16) -> bool {
    !matches!(status, 304 | 400 | 405 | 411..=417 | 422 | 431)
}

/// Why waiting ended without success.
#[derive(Debug)]
pub enum Failure<E> {
    /// The service has given a final answer, so waiting longer would change nothing.
    Answer(E),
    /// There was no time left.
    Retry(Retry),
}

impl<E: ServiceError> Failure<E> {
    /// Treats every failure as passing trouble met while `doing` something.
    pub fn into_retry(self, doing: &str) -> Retry {
        match self {
            Self::Answer(error) => Retry::new(doing, error),
            Self::Retry(retry) => retry,
        }
    }
}

impl Patience {
    /// Patience until a point in time.
    #[must_use]
    pub fn until(until: Instant) -> Self {
        Self {
            until,
            unanswered: AtomicBool::new(false),
        }
    }

    /// Tries `work` until it succeeds or gets a final answer. `doing` describes the work for the
    /// log, for example `reading a.jpg`.
    ///
    /// # Errors
    ///
    /// [`Failure`]: a final answer, or no time left.
    pub fn wait_out<'a, T, E, W, F>(
        &'a self,
        doing: &'a str,
        work: W,
    ) -> BoxFuture<'a, Result<T, Failure<E>>>
    where
        T: Send + 'a,
        E: ServiceError,
        W: FnMut() -> F + Send + 'a,
        F: Future<Output = Result<T, E>> + Send + 'a,
    {
        // The SDKs' futures are large and have deeply nested types. Boxing keeps the futures above
        // them small.
        self.try_again_and_again(doing, work).boxed()
    }

    async fn try_again_and_again<T, E, W, F>(
        &self,
        doing: &str,
        mut work: W,
    ) -> Result<T, Failure<E>>
    where
        E: ServiceError,
        W: FnMut() -> F,
        F: Future<Output = Result<T, E>> + Send,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let longest = self.until.min(Instant::now() + LONGEST_REQUEST);
            let trouble = match timeout_at(longest, work().boxed()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) if !error.may_pass() => return Err(Failure::Answer(error)),
                Ok(Err(error)) => {
                    if error.names_what_is_missing() {
                        tracing::error!(
                            error = %chain(&error), doing,
                            "a container or database that the settings name does not exist: \
                             create it, or correct its name in function.json or the app settings"
                        );
                    }
                    Retry::new(doing, error)
                }
                Err(elapsed) => Retry::new(doing, elapsed),
            };
            self.unanswered.store(true, Ordering::Relaxed);
            let next = Instant::now() + jittered(pause);
            if next >= self.until {
                return Err(Failure::Retry(trouble));
            }
            if pause == FIRST_PAUSE {
                tracing::warn!(
                    error = %chain(&trouble),
                    "a service is not available, trying again"
                );
            }
            tokio::time::sleep_until(next).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits for something inside this process.
    ///
    /// # Errors
    ///
    /// Passing trouble if it does not come in time.
    pub async fn wait_for<T>(
        &self,
        doing: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Retry> {
        timeout_at(self.until, work)
            .await
            .map_err(|elapsed| Retry::new(doing, elapsed))
    }

    /// Whether there is any time left.
    #[must_use]
    pub fn is_left(&self) -> bool {
        Instant::now() < self.until
    }

    /// Pauses, but never for longer than the time left.
    pub async fn pause(&self, length: Duration) {
        let left = self.until.saturating_duration_since(Instant::now());
        sleep(length.min(left)).await;
    }

    /// Whether a request has gone without an answer so far. The service may still carry it out, and
    /// later than requests that were sent after it.
    #[must_use]
    pub fn was_left_unanswered(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed)
    }
}

/// A random length between three quarters and five quarters of a pause, so that many waiting events
/// do not all come back at once.
fn jittered(pause: Duration) -> Duration {
    let nanoseconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.subsec_nanos());
    pause * (768 + (nanoseconds / 64) % 512) / 1024
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Trouble(&'static str, bool);

    impl ServiceError for Trouble {
        fn may_pass(&self) -> bool {
            self.1
        }

        fn names_what_is_missing(&self) -> bool {
            false
        }
    }

    fn patience(milliseconds: u64) -> Patience {
        Patience::until(Instant::now() + Duration::from_millis(milliseconds))
    }

    #[tokio::test]
    async fn trouble_that_passes_is_waited_out() {
        let (patience, mut tries) = (patience(60_000), 0);
        let done = patience
            .wait_out("trying", || {
                tries += 1;
                let passed = tries == 3;
                async move { passed.then_some(()).ok_or(Trouble("busy", true)) }
            })
            .await;
        assert!(done.is_ok() && patience.was_left_unanswered());
        assert_eq!(tries, 3);
    }

    #[tokio::test]
    async fn there_is_an_end_to_patience() {
        let patience = patience(300);
        let outcome: Result<(), _> = patience
            .wait_out("trying", || async { Err(Trouble("away", true)) })
            .await;
        assert!(matches!(outcome, Err(Failure::Retry(_))));
    }

    #[tokio::test]
    async fn a_request_that_hangs_is_trouble_too() {
        let outcome: Result<(), Failure<Trouble>> =
            patience(100).wait_out("trying", std::future::pending).await;
        assert!(matches!(outcome, Err(Failure::Retry(_))));
    }

    #[tokio::test]
    async fn an_answer_is_not_waited_out() {
        let patience = patience(60_000);
        let outcome: Result<(), _> = patience
            .wait_out("trying", || async { Err(Trouble("no", false)) })
            .await;
        assert!(matches!(outcome, Err(Failure::Answer(Trouble("no", _)))));
        assert!(!patience.was_left_unanswered());
    }

    #[test]
    fn pauses_differ_by_a_quarter_at_most() {
        let pause = jittered(Duration::from_secs(4));
        assert!((3.0..5.0).contains(&pause.as_secs_f64()), "{pause:?}");
    }

    #[test]
    fn time_outs_throttling_and_faults_of_the_service_may_pass() {
        for status in [401, 403, 408, 410, 429, 449, 500, 502, 503] {
            assert!(status_may_pass(status), "{status}");
        }
        for status in [400, 412, 413] {
            assert!(!status_may_pass(status), "{status}");
        }
        assert!(azure_core::Error::from(io::Error::other("reset")).may_pass());
    }
}
