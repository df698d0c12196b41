//! What forwarding changes in a request.

use axum::http::{
    HeaderMap, HeaderValue, Uri,
    header::{self, HeaderName},
    request::Parts,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use super::remove_those_of_the_connection;
use crate::invocation::call::user_agent;

/// The characters that .NET's `UrlEncoder` leaves unchanged, besides letters and digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'-')
    .remove(b'.')
    .remove(b';')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// The unchanged path with a rewritten query: the values of one name are joined.
pub(super) fn target(uri: &Uri) -> String {
    let query = uri.query().filter(|query| !query.is_empty());
    // Only the query is used; the text before it makes it a URL.
    let url = query.and_then(|query| Url::parse(&format!("http://localhost/?{query}")).ok());
    let Some(url) = url else {
        return uri.path().to_owned();
    };
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in url.query_pairs() {
        match joined
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        {
            Some((_, values)) => *values = format!("{values},{value}"),
            None => joined.push((name.into_owned(), value.into_owned())),
        }
    }
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pairs: Vec<_> = joined
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    format!("{}?{}", uri.path(), pairs.join("&"))
}

/// Whether a body comes with the request.
pub(super) fn has_content(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_LENGTH)
        .is_some_and(|length| length != "0")
}

/// The headers of the request. The host's name is added to the client's, and the values of one name
/// are joined.
pub(super) fn headers_to_send(parts: &Parts) -> HeaderMap {
    let mut headers: HeaderMap = parts
        .headers
        .keys()
        .filter_map(|name| Some((name.clone(), joined(&parts.headers, name)?)))
        .collect();
    remove_those_of_the_connection(&mut headers);
    if !has_content(&headers) {
        // Without a body there is nothing to describe.
        headers.remove(header::CONTENT_TYPE);
    }
    let agent = match headers.get(header::USER_AGENT) {
        Some(client) => [client.as_bytes(), b" ", user_agent().as_bytes()].concat(),
        None => user_agent().into_bytes(),
    };
    if let Ok(agent) = HeaderValue::from_bytes(&agent) {
        headers.insert(header::USER_AGENT, agent);
    }
    headers
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let separator: &[u8] = if name == header::COOKIE { b"; " } else { b", " };
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    HeaderValue::from_bytes(&values.join(separator)).ok()
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;

    use super::*;

    #[test]
    fn the_query_is_written_anew() {
        for (uri, expected) in [
            ("/api/a%20b%2Fc", "/api/a%20b%2Fc"),
            ("/api/x?", "/api/x"),
            (
                "/api/x?a=1&a=2&b=x%20y&empty=&flag",
                "/api/x?a=1,2&b=x%20y&empty=&flag=",
            ),
            ("/api/x?a=%C3%A9+%26", "/api/x?a=%C3%A9%20%26"),
        ] {
            assert_eq!(target(&uri.parse().unwrap()), expected);
        }
    }

    #[test]
    fn headers_are_joined_and_the_host_names_itself() {
        let request = Request::builder()
            .header("X-Two", "1")
            .header("X-Two", "2")
            .header("User-Agent", "tester/1.0")
            .header("Content-Type", "text/plain")
            .header("Content-Length", "0")
            .header("Connection", "close")
            .body(())
            .unwrap();
        let (parts, ()) = request.into_parts();
        let headers = headers_to_send(&parts);
        assert_eq!(headers["x-two"], "1, 2");
        assert_eq!(
            headers["user-agent"],
            format!("tester/1.0 {}", user_agent())
        );
        assert!(!headers.contains_key("content-type"));
        assert!(!headers.contains_key("connection"));
    }
}
