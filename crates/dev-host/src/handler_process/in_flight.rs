//! Counts the invocations that the handler is working on.

use std::sync::Arc;

use tokio::sync::watch;

/// A count of its tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight(Arc<watch::Sender<usize>>);

/// One invocation, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Token(InFlight);

impl InFlight {
    pub(super) fn begin(&self) -> Token {
        self.0.send_modify(|count| *count += 1);
        Token(self.clone())
    }

    /// Returns once no invocation is left.
    pub(super) async fn none(&self) {
        // The sender belongs to this value, so it cannot be gone.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Clone for Token {
    fn clone(&self) -> Self {
        self.0.begin()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn every_token_counts() {
        let in_flight = InFlight::default();
        assert!(in_flight.none().now_or_never().is_some());
        let token = in_flight.begin();
        let copy = token.clone();
        drop(token);
        assert!(in_flight.none().now_or_never().is_none());
        drop(copy);
        assert!(in_flight.none().now_or_never().is_some());
    }
}
