//! The requested bytes of a picture.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum RequestedRange {
    /// All bytes.
    Everything,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes beyond its end.
    Nothing,
}

/// Reads which bytes are requested (RFC 9110, section 14). Several ranges in one request may be
/// answered with everything, and are.
pub(super) fn range(headers: &HeaderMap, etag: &str, bytes: u64) -> RequestedRange {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|wanted| wanted != etag) {
        return RequestedRange::Everything;
    }
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return RequestedRange::Everything;
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return RequestedRange::Everything;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.is_empty() => first..bytes,
        (Err(_), Ok(last)) if first.is_empty() => bytes.saturating_sub(last)..bytes,
        _ => return RequestedRange::Everything,
    };
    if range.is_empty() {
        RequestedRange::Nothing
    } else {
        RequestedRange::Part(range)
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
        assert_eq!(asked("bytes=0-9"), RequestedRange::Part(0..10));
        assert_eq!(asked("bytes=90-"), RequestedRange::Part(90..100));
        assert_eq!(asked("bytes=-5"), RequestedRange::Part(95..100));
        assert_eq!(asked("bytes=-500"), RequestedRange::Part(0..100));
        assert_eq!(asked("bytes=50-500"), RequestedRange::Part(50..100));
        assert_eq!(asked("bytes=100-"), RequestedRange::Nothing);
        assert_eq!(asked("bytes=-0"), RequestedRange::Nothing);
        for odd in [
            "bytes=9-0",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=x-y",
            "bytes=-",
        ] {
            assert_eq!(asked(odd), RequestedRange::Everything, "{odd}");
        }
    }

    #[test]
    fn a_range_of_other_bytes_is_everything() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-9"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(range(&headers, "\"a\"", 100), RequestedRange::Everything);
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(range(&headers, "\"a\"", 100), RequestedRange::Part(0..10));
    }
}
