//! Any error as a failed invocation.

use std::{error::Error, fmt};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// Trouble that may pass, from any error: the answer is 500, and the trigger's retry rule applies.
///
/// The host throws the body of such an answer away, so the error is logged here with its causes.
/// What can never succeed should be answered with [`Outputs`](crate::Outputs) that say so: it would only
/// fail again.
#[derive(Debug)]
pub struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Failure {
    /// The error and what caused it.
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
