//! The two ways in which an event can fail. There is no third, because the host understands only a
//! status.

use std::error::Error as StdError;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contract::Rejection;

/// The reason why an original has no renditions.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It will never have any. That is a result: it is recorded and answered with 200.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It may have them later. Answered with 500, so that the host tries again.
    #[error(transparent)]
    Retry(#[from] Retry),
}

impl From<imaging::Refusal> for Error {
    fn from(refusal: imaging::Refusal) -> Self {
        Self::Rejected(rejection(refusal))
    }
}

/// Turns a refusal of the imaging library into a rejection of the record.
#[must_use]
pub fn rejection(refusal: imaging::Refusal) -> Rejection {
    Rejection {
        code: refusal.code.as_str().to_owned(),
        message: refusal.message,
    }
}

/// Passing trouble: the answer is 500, and the host's retry rule applies.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct Retry {
    doing: String,
    source: Box<dyn StdError + Send + Sync>,
}

impl Retry {
    /// Trouble met while `doing` something, for example `reading a.jpg`.
    pub fn new(
        doing: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            doing: doing.into(),
            source: source.into(),
        }
    }
}

impl From<azure_functions_custom_handler::InvalidInvocation> for Retry {
    fn from(error: azure_functions_custom_handler::InvalidInvocation) -> Self {
        Self::new("reading the invocation", error)
    }
}

impl IntoResponse for Retry {
    /// The only place where a failure is logged. The host discards the body of the answer, so the
    /// body says no more than the status.
    fn into_response(self) -> Response {
        tracing::error!(error = %telemetry::chain(&self), "the event failed and will be tried again");
        (StatusCode::INTERNAL_SERVER_ERROR, "try again").into_response()
    }
}
