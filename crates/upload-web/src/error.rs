//! Errors of requests, shown to people as a page and to programs as `application/problem+json`.
//!
//! The logged text and the shown text differ: a cause may name hosts and paths, so only the log
//! gets it.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::pages;

/// Everything that ends a request early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("Please sign in.")]
    Unauthenticated,
    /// The request may come from another site, or from a page that is too old.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It does not exist, or this user may not see it. The answer does not distinguish the two.
    #[error("There is nothing at this address.")]
    NotFound,
    /// The request cannot be understood.
    #[error("{0}")]
    Invalid(String),
    /// The request is understood but cannot be carried out.
    #[error("{0}")]
    Unprocessable(String),
    /// The request contradicts what was done before.
    #[error("{0}")]
    Conflict(&'static str),
    /// The uploader has as much as a quota allows.
    #[error("{0}")]
    QuotaExceeded(String),
    /// The file is too large.
    #[error("The file is too large. Files of up to {limit_mib} MiB are accepted.")]
    TooLarge {
        /// The limit in mebibytes.
        limit_mib: u64,
    },
    /// The block is larger than the rest of the file, or than a block may be.
    #[error("The block has more bytes than its place in the file allows.")]
    BlockTooLong,
    /// The upload in blocks was begun so long ago that its blocks may be gone.
    #[error("This upload was started too long ago. Please start it again.")]
    Expired,
    /// The bytes are not an image that can be processed.
    #[error("{0}")]
    UnsupportedType(String),
    /// The client stopped sending.
    #[error(
        "No data arrived for too long, so the upload was stopped and nothing was stored. Please \
         try again."
    )]
    Stalled,
    /// One user asks for too much at once.
    #[error("There were too many requests in a short time. Please try again in {} s.", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// A service that this depends on is unavailable.
    #[error("Darkroom cannot reach {0} at the moment. Please try again soon.")]
    Unavailable(Dependency),
    /// All users together ask for more than there is room for.
    #[error("Too many people are waiting for their images at the moment. Please try again soon.")]
    Busy,
    /// The stored bytes differ from what the record says. This passes.
    #[error("This picture is being replaced at the moment. Please try again soon.")]
    BeingReplaced,
    /// A defect of the application.
    #[error("Something went wrong in Darkroom, and the error was logged. Please try again later.")]
    Internal,
}

/// A service that the application depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// Blob Storage.
    Storage,
    /// Cosmos DB.
    Database,
    /// The Kafka cluster.
    Kafka,
}

impl Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storage => "its storage",
            Self::Database => "its database",
            Self::Kafka => "Kafka",
        })
    }
}

impl Error {
    /// A fault of another service, logged with what was being done.
    pub fn unavailable(
        dependency: Dependency,
        doing: &'static str,
    ) -> impl FnOnce(Box<dyn std::error::Error>) -> Self {
        move |error| {
            tracing::error!(doing, error = %telemetry::chain(&*error), "a dependency failed");
            Self::Unavailable(dependency)
        }
    }

    /// The client disconnected while it sent a file.
    #[must_use]
    pub fn broken_off() -> Self {
        Self::Invalid(
            "The connection was lost during the upload, and nothing was stored. Please try again."
                .to_owned(),
        )
    }

    /// A defect of the application, logged.
    pub fn internal(error: &dyn Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::Internal
    }

    /// The answer for this path: a problem for programs, a page for people.
    #[must_use]
    pub fn respond(self, path: &str) -> Response {
        if path.starts_with("/api/") {
            ApiError(self).into_response()
        } else {
            PageError(self).into_response()
        }
    }

    /// The HTTP status of the error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::QuotaExceeded(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge { .. } | Self::BlockTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Expired => StatusCode::GONE,
            Self::UnsupportedType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::BeingReplaced | Self::Busy => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A word for the error that stays the same, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not-found",
            Self::Invalid(_) => "invalid",
            Self::Unprocessable(_) => "unprocessable",
            Self::Conflict(_) => "conflict",
            Self::QuotaExceeded(_) => "quota-exceeded",
            Self::TooLarge { .. } => "too-large",
            Self::BlockTooLong => "block-too-long",
            Self::Expired => "expired",
            Self::UnsupportedType(_) => "unsupported-type",
            Self::Stalled => "stalled",
            Self::RateLimited(_) => "rate-limited",
            Self::Unavailable(_) => "unavailable",
            Self::Busy => "busy",
            Self::BeingReplaced => "being-replaced",
            Self::Internal => "internal",
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited(wait) => Some(wait.as_secs().max(1)),
            Self::Unavailable(_) | Self::BeingReplaced | Self::Busy => Some(5),
            _ => None,
        }
    }

    /// Adds the headers that both forms of the answer have.
    pub(crate) fn finish(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if let Some(seconds) = self.retry_after() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        // Otherwise the unread rest of a body would be taken for the next request.
        if matches!(
            self,
            Self::TooLarge { .. }
                | Self::BlockTooLong
                | Self::QuotaExceeded(_)
                | Self::Stalled
                | Self::UnsupportedType(_)
        ) {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// An [`Error`] that is shown as a page.
#[derive(Debug)]
pub struct PageError(pub Error);

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.finish(pages::error_page(&self.0))
    }
}

/// An [`Error`] that is answered as a problem document.
#[derive(Debug)]
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A problem as RFC 9457 writes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The meaning of the status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A word for the error that stays the same, such as `quota-exceeded`.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let problem = Problem {
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: self.0.code(),
            detail: self.0.to_string(),
        };
        let mut response = Json(problem).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        self.0.finish(response)
    }
}
