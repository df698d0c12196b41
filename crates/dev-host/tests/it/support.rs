//! A function app with one function, its storage, and a handler that the test plays itself.

mod app;
mod azurite;
mod handler;
mod kafka;
mod program;

use std::time::Duration;

pub(crate) use app::{App, AppBuilder, blob_service, queue, send, storage, texts};
pub(crate) use azurite::Azurite;
pub(crate) use handler::{Call, Handler, Reply};
pub(crate) use kafka::{Producer, committed};
pub(crate) use program::{Program, free_port, program};

/// The longest time that a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer, and panics if there is none in time.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found
        .await
        .unwrap_or_else(|_| panic!("there was no {what} within {PATIENCE:?}"))
}
