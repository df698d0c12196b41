//! Outputs that would fail or that the host would change.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// An output that would not arrive unchanged. The handler can write the value itself instead. Returned as an answer,
/// the error has the status 500.
#[derive(Debug, thiserror::Error)]
#[error("output {binding}: {problem}")]
pub struct InvalidOutput {
    /// The binding's name in function.json.
    pub binding: String,
    /// What would happen to it.
    pub problem: OutputProblem,
}

/// What would happen to an output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputProblem {
    /// A text looks like a date to the host, which writes that date in another way.
    #[error("the host would rewrite {place}, because it reads it as a date")]
    Date {
        /// The position of the text, as a JSON pointer.
        place: String,
    },
    /// The host would write the document, and then fail the invocation.
    #[error("{place} is more than 64 levels deep")]
    TooDeep {
        /// The position of the first value that is too deep, as a JSON pointer.
        place: String,
    },
    /// Cosmos DB would refuse the document.
    #[error("{place} has no `id` that is a string")]
    Id {
        /// The document, as a JSON pointer; the empty text if there is only one.
        place: String,
    },
    /// Cosmos DB would refuse the document.
    #[error("{place} has {bytes} bytes; a document of Cosmos DB has at most 2 MiB")]
    TooLarge {
        /// The document, as a JSON pointer; the empty text if there is only one.
        place: String,
        /// The length of its JSON text in bytes.
        bytes: usize,
    },
    /// The host would write the text decoded.
    #[error("the host would decode the text, which is valid base64; use `text`")]
    Base64,
    /// The host would write the bytes of the number, or skip the output.
    #[error("a number, a boolean or null alone is not written as JSON; use `json_text`")]
    Scalar,
    /// The client of an HTTP function would not get a valid answer.
    #[error("{0} is not a valid status of an answer")]
    Status(StatusCode),
    /// It has no JSON text.
    #[error("it cannot be written as JSON: {0}")]
    Json(#[source] serde_json::Error),
}

impl IntoResponse for InvalidOutput {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "the answer would not arrive unchanged");
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
