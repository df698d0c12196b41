//! Serves renditions, from the one container that the settings name, to users who may see them.
//!
//! - [`verify`]: compares bytes with what the record says of them
//! - `range`: the requested part of the bytes

mod range;
pub mod verify;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Outcome, Record, RenditionRecord};
use serde::Deserialize;

use crate::{
    app::App,
    auth::User,
    error::{Error, PageError},
    http_cache,
    images::{ImageId, is_below},
    query::Parameters,
};
use range::{RequestedRange, range};
use verify::{Expected, Found};

/// The version in an address.
#[derive(Debug, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// Answers with a rendition's bytes, or the requested part of them.
///
/// The address names an image and a preset. The blob's name comes from the record, never from
/// outside. If the blob is not what the record describes, both are read once more, because another
/// version may just have been written.
pub async fn rendition(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
    Path((_, preset)): Path<(String, String)>,
    Parameters(version): Parameters<Version>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    for last in [false, true] {
        let record = app.record(&user, &id).await?;
        let rendition = written(&record, &preset).ok_or(Error::NotFound)?;
        let answer = Answer::new(rendition, version.v.as_deref()).ok_or(Error::NotFound)?;
        match answer.send(&app, &headers).await? {
            Sent::Response(response) => return Ok(response),
            Sent::Missing if last => return Err(Error::NotFound.into()),
            Sent::Missing | Sent::Other => {}
        }
    }
    Err(Error::BeingReplaced.into())
}

fn written<'a>(record: &'a Record, preset: &str) -> Option<&'a RenditionRecord> {
    record.renditions.iter().find(|rendition| {
        let own = rendition.path.as_deref();
        rendition.preset == preset
            && rendition.outcome == Outcome::Written
            && own.is_some_and(|path| is_below(path, &record.source.name))
    })
}

/// The types that presets make. A browser shows no other type that a record may name.
fn content_type(rendition: &RenditionRecord) -> &'static str {
    match rendition.content_type.as_deref() {
        Some("image/jpeg") => "image/jpeg",
        Some("image/png") => "image/png",
        Some("image/webp") => "image/webp",
        Some("image/avif") => "image/avif",
        _ => "application/octet-stream",
    }
}

/// The answer about one version of a rendition.
struct Answer<'a> {
    expected: Expected<'a>,
    etag: String,
    cache: &'static str,
    content_type: &'static str,
}

/// The result of an attempt to answer.
enum Sent {
    Response(Response),
    Other,
    Missing,
}

impl<'a> Answer<'a> {
    /// `None` if the record does not describe the bytes.
    fn new(rendition: &'a RenditionRecord, version: Option<&str>) -> Option<Self> {
        let expected = Expected {
            path: rendition.path.as_deref()?,
            bytes: rendition.bytes?,
            sha256: rendition.sha256.as_deref()?,
        };
        let named = version.is_some_and(|v| v.len() >= 16 && expected.sha256.starts_with(v));
        Some(Self {
            etag: format!("\"{}\"", expected.sha256),
            cache: if named {
                "private, max-age=31536000, immutable"
            } else {
                "private, no-cache"
            },
            content_type: content_type(rendition),
            expected,
        })
    }

    async fn send(&self, app: &App, headers: &HeaderMap) -> Result<Sent, Error> {
        // A client with bytes under this tag got them from here, verified.
        if http_cache::matches(headers, &self.etag) {
            let response = self.with(StatusCode::NOT_MODIFIED, Body::empty());
            return Ok(Sent::Response(response));
        }
        let bytes = self.expected.bytes;
        let (status, part) = match range(headers, &self.etag, bytes) {
            RequestedRange::Everything => (StatusCode::OK, 0..bytes),
            RequestedRange::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            RequestedRange::Nothing => return Ok(Sent::Response(not_satisfiable(bytes))),
        };
        let picture = match app.renditions.verify(self.expected).await? {
            Found::Verified(picture) => picture,
            Found::Other => return Ok(Sent::Other),
            Found::Missing => return Ok(Sent::Missing),
        };
        let path = self.expected.path;
        let Some(body) = app.renditions.body(picture, path, part.clone()).await? else {
            return Ok(Sent::Other);
        };
        let mut response = self.with(status, body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if status == StatusCode::PARTIAL_CONTENT {
            let text = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
            insert(headers, header::CONTENT_RANGE, &text);
        }
        Ok(Sent::Response(response))
    }

    fn with(&self, status: StatusCode, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        insert(headers, header::ETAG, &self.etag);
        insert(headers, header::CONTENT_TYPE, self.content_type);
        insert(headers, header::CACHE_CONTROL, self.cache);
        response
    }
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn not_satisfiable(bytes: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_RANGE, &format!("bytes */{bytes}"));
    response
}
