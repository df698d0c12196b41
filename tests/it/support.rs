//! What the tests stand on.

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

/// Longest wait for anything. Reached only where something is broken: these machines are slow, and
/// a test that waits too briefly lies.
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
            "waited {PATIENCE:?} in vain for {what}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
