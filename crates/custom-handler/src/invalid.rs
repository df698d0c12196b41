//! Errors in a request.

use std::borrow::Cow;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

/// A request that no Functions host sends, or one whose metadata lacks what the handler needs. It
/// is answered with 400, which the host treats as a failed attempt.
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
    #[error("Data.{binding}: its {length} bytes of JSON are over the limit")]
    TooLarge {
        /// The binding's name in function.json.
        binding: String,
        /// The length of the JSON string in bytes. Base64 has four bytes for every three of its
        /// content.
        length: u64,
    },
    /// The binding's data is missing, was taken before, or has another type.
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
