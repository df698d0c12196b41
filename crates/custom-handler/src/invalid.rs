//! What is wrong with a request.

use std::borrow::Cow;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

/// A request that no Functions host sends, or one whose metadata lacks what the handler needs.
/// Its answer is 400: to the host a failed attempt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInvocation {
    /// The connection broke off.
    #[error("the body could not be read: {0}")]
    Body(#[source] axum::Error),
    /// The body is not `{"Data": {…}, "Metadata": {…}}`.
    #[error("the body is not an invocation: {reason}")]
    Envelope {
        /// What is wrong with it.
        reason: serde_json::Error,
        /// The body.
        body: Bytes,
    },
    /// A metadata field is missing or of another type.
    #[error("Metadata.{path}: {reason}")]
    Metadata {
        /// The path of the field, for example `Properties.ContentLength`.
        path: String,
        /// What is wrong with it.
        reason: serde_json::Error,
        /// The request's body.
        body: Bytes,
    },
    /// The binding's value is longer than [`MaxValueBytes`](crate::MaxValueBytes) allows, and was
    /// dropped.
    #[error("Data.{binding}: its {length} bytes of JSON are too many")]
    TooLarge {
        /// The binding's name in function.json.
        binding: String,
        /// How long the JSON string is, in bytes; base64 has four for three of its content.
        length: u64,
    },
    /// The binding's data is missing, was taken before, or is not of its kind.
    #[error("Data.{binding}: {reason}")]
    Data {
        /// The binding's name in function.json.
        binding: String,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
}

impl IntoResponse for InvalidInvocation {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "invalid invocation");
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}
