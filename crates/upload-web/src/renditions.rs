//! Pictures: renditions from the one container that the settings name, to those who may see them.

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use azure_storage_blob::models::BlobClientDownloadOptions;
use contract::{Outcome, Record, RenditionRecord};
use futures::TryStreamExt as _;
use serde::Deserialize;

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error, PageError},
    http_cache,
    images::{ImageId, is_below},
    query::Parameters,
};

/// The version that an address names.
#[derive(Debug, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// Answers with a rendition's bytes, or the part of them that is asked for.
///
/// The address names an image and a preset; the blob's name comes from the record, never from
/// outside.
pub async fn rendition(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
    Path((_, preset)): Path<(String, String)>,
    Parameters(version): Parameters<Version>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let record = app.record(&user, &id).await?;
    let rendition = written(&record, &preset).ok_or(Error::NotFound)?;
    let (Some(path), Some(sha256), Some(bytes)) =
        (&rendition.path, &rendition.sha256, rendition.bytes)
    else {
        return Err(Error::NotFound.into());
    };
    let etag = format!("\"{sha256}\"");
    let named = version
        .v
        .is_some_and(|v| v.len() >= 16 && sha256.starts_with(&v));
    let cache = if named {
        "private, max-age=31536000, immutable"
    } else {
        "private, no-cache"
    };
    let answer = Answer {
        etag: &etag,
        cache,
        content_type: content_type(rendition),
    };
    if http_cache::matches(&headers, &etag) {
        return Ok(answer.with(StatusCode::NOT_MODIFIED, Body::empty()));
    }
    let range = match range(&headers, &etag, bytes) {
        Asked::Everything => None,
        Asked::Part(range) => Some(range),
        Asked::Nothing => return Ok(not_satisfiable(bytes)),
    };
    let body = download(&app, path, range.clone()).await?;
    let status = if range.is_some() {
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let mut response = answer.with(status, body);
    let length = range
        .as_ref()
        .map_or(bytes, |range| range.end - range.start);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(range) = range {
        let text = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
        insert(headers, header::CONTENT_RANGE, &text);
    }
    Ok(response)
}

fn written<'a>(record: &'a Record, preset: &str) -> Option<&'a RenditionRecord> {
    record.renditions.iter().find(|rendition| {
        let own = rendition.path.as_deref();
        rendition.preset == preset
            && rendition.outcome == Outcome::Written
            && own.is_some_and(|path| is_below(path, &record.source.name))
    })
}

/// The types that presets make; whatever else a record says is not shown by a browser.
fn content_type(rendition: &RenditionRecord) -> &'static str {
    match rendition.content_type.as_deref() {
        Some("image/jpeg") => "image/jpeg",
        Some("image/png") => "image/png",
        Some("image/webp") => "image/webp",
        Some("image/avif") => "image/avif",
        _ => "application/octet-stream",
    }
}

async fn download(app: &App, path: &str, range: Option<Range<u64>>) -> Result<Body, Error> {
    let options = BlobClientDownloadOptions {
        range: range.map(Into::into),
        ..Default::default()
    };
    match app
        .renditions
        .blob_client(path)
        .download(Some(options))
        .await
    {
        Ok(result) => Ok(Body::from_stream(result.body.into_stream())),
        Err(error) if error.http_status() == Some(azure_core::http::StatusCode::NotFound) => {
            Err(Error::NotFound)
        }
        Err(error) => Err(Error::unavailable(
            Dependency::Storage,
            "reading a rendition",
        )(Box::new(error))),
    }
}

struct Answer<'a> {
    etag: &'a str,
    cache: &'static str,
    content_type: &'static str,
}

impl Answer<'_> {
    fn with(&self, status: StatusCode, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        insert(headers, header::ETAG, self.etag);
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

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Everything,
    Part(Range<u64>),
    Nothing,
}

/// Which bytes are asked for (RFC 9110, section 14). Several ranges at once may be answered with
/// everything, and are.
fn range(headers: &HeaderMap, etag: &str, bytes: u64) -> Asked {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|wanted| wanted != etag) {
        return Asked::Everything;
    }
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Asked::Everything;
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return Asked::Everything;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.is_empty() => first..bytes,
        (Err(_), Ok(last)) if first.is_empty() => bytes.saturating_sub(last)..bytes,
        _ => return Asked::Everything,
    };
    if range.is_empty() {
        Asked::Nothing
    } else {
        Asked::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let asked = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(value));
            range(&headers, "\"a\"", 100)
        };
        assert_eq!(asked("bytes=0-9"), Asked::Part(0..10));
        assert_eq!(asked("bytes=90-"), Asked::Part(90..100));
        assert_eq!(asked("bytes=-5"), Asked::Part(95..100));
        assert_eq!(asked("bytes=-500"), Asked::Part(0..100));
        assert_eq!(asked("bytes=50-500"), Asked::Part(50..100));
        assert_eq!(asked("bytes=100-"), Asked::Nothing);
        assert_eq!(asked("bytes=-0"), Asked::Nothing);
        for odd in [
            "bytes=9-0",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=x-y",
            "bytes=-",
        ] {
            assert_eq!(asked(odd), Asked::Everything, "{odd}");
        }
    }

    #[test]
    fn a_range_of_other_bytes_is_everything() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-9"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(range(&headers, "\"a\"", 100), Asked::Everything);
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(range(&headers, "\"a\"", 100), Asked::Part(0..10));
    }
}
