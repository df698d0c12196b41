//! The two ways in which an event can fail. There is no third: the host knows only a status.

use std::error::Error as StdError;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contract::Rejection;

/// Why an original has no renditions.
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
        Self::Rejected(Rejection {
            code: refusal.code.as_str().to_owned(),
            message: refusal.message,
        })
    }
}

/// Passing trouble: the answer is 500, and the host's retry rule applies.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct Retry {
    doing: String,
    source: Box<dyn StdError + Send + Sync>,
    defect: bool,
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
            defect: false,
        }
    }

    /// Trouble of our own making: a panic. It passes only with a new version.
    pub fn defect(
        doing: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            defect: true,
            ..Self::new(doing, source)
        }
    }

    /// Whether the trouble lies in this program and not around it.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        self.defect
    }
}

impl From<custom_handler::InvalidInvocation> for Retry {
    fn from(error: custom_handler::InvalidInvocation) -> Self {
        Self::new("reading the invocation", error)
    }
}

impl IntoResponse for Retry {
    /// The one place where a failure is logged. The host throws the body away; it says no more
    /// than the status, because what it would say is in the log.
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "the event failed and will be tried again");
        (StatusCode::INTERNAL_SERVER_ERROR, "try again").into_response()
    }
}
