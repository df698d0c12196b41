//! Turns any error into a failed invocation.

use std::{error::Error, fmt};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// Passing trouble, from any error. The answer is 500, and the trigger's retry rule applies.
///
/// The host discards the body of such an answer, so the error is logged here with its causes. An event that can never
/// succeed would only fail again; answer it with [`Outputs`](crate::Outputs) that say so.
#[derive(Debug)]
pub struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Failure {
    /// Formats the error and its causes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "the event failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "failed").into_response()
    }
}
