//! The environment of the tests.

pub(crate) mod apache_kafka;
pub(crate) mod azurite;
pub(crate) mod handler;
pub(crate) mod images;
pub(crate) mod log;
pub(crate) mod operator;
pub(crate) mod producer;
pub(crate) mod receiver;
pub(crate) mod script_root;
pub(crate) mod signal;
pub(crate) mod stack;
pub(crate) mod tansu;

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// The longest wait for anything. It is reached only if something is broken. Machines can be slow,
/// and a test that waits too briefly gives wrong results.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            Instant::now() < deadline,
            "there was no {what} within {PATIENCE:?}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
