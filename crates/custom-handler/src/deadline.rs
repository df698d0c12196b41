//! The time by which an event must be answered.

use std::time::{Duration, Instant};

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout_at;

use crate::FunctionTimeout;

/// The time by which an event must be answered. After it the host kills the whole process, and
/// every other invocation in it fails too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline of an event that arrived at `arrival`: nine tenths of the host's own time-out.
    /// The rest is needed because the host started counting before the event arrived here, and the
    /// answer takes time to arrive. Nothing if the host waits forever.
    #[must_use]
    pub fn after(arrival: Instant, timeout: FunctionTimeout) -> Option<Self> {
        let length = timeout.duration()? * 9 / 10;
        arrival.checked_add(length).map(Self)
    }

    /// The time itself.
    #[must_use]
    pub fn at(self) -> Instant {
        self.0
    }

    /// How much time is left; zero when it is over.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Gives every event its [`Deadline`], as a request extension and in
/// [`Event::deadline`](crate::Event), and answers 500 when it has passed. The handler's future is
/// then dropped, so that only its own event fails. Otherwise the host would end the whole process.
///
/// For [`axum::middleware::from_fn_with_state`].
pub async fn deadline(
    State(timeout): State<FunctionTimeout>,
    mut request: Request,
    next: Next,
) -> Response {
    let deadline = Deadline::after(Instant::now(), timeout);
    let Some(deadline) = deadline.filter(|_| request.method() == Method::POST) else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(deadline);
    let answer = timeout_at(deadline.at().into(), next.run(request)).await;
    answer.unwrap_or_else(|_| {
        tracing::error!("the function took longer than functionTimeout in host.json allows");
        (StatusCode::INTERNAL_SERVER_ERROR, "out of time").into_response()
    })
}

#[cfg(test)]
mod tests {
    use std::future;

    use axum::{Extension, Router, body::Body, middleware::from_fn_with_state, routing::post};
    use tower::ServiceExt as _;

    use super::*;

    fn router(timeout: FunctionTimeout) -> Router {
        let left = async |deadline: Option<Extension<Deadline>>| {
            deadline
                .map_or(0, |Extension(one)| one.remaining().as_secs())
                .to_string()
        };
        Router::new()
            .route("/Left", post(left))
            .route("/Hang", post(future::pending::<()>))
            .layer(from_fn_with_state(timeout, deadline))
    }

    async fn answer(timeout: FunctionTimeout, path: &str) -> (StatusCode, String) {
        let request = Request::post(path).body(Body::empty()).unwrap();
        let response = router(timeout).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 64)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_handler_knows_how_much_time_it_has() {
        let timeout = FunctionTimeout::of(Duration::from_secs(101));
        assert_eq!(answer(timeout, "/Left").await.1, "90");
        assert_eq!(answer(FunctionTimeout::UNLIMITED, "/Left").await.1, "0");
    }

    #[tokio::test]
    async fn a_handler_that_hangs_fails_alone() {
        let timeout = FunctionTimeout::of(Duration::from_millis(20));
        assert_eq!(
            answer(timeout, "/Hang").await.0,
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
