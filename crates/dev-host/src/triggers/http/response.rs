//! An http output as a response.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use crate::outputs::HttpOutput;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const UTF8: &str = "; charset=utf-8";

/// What cannot be sent as described.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsendable {
    /// The host sends such a status, and the client breaks off.
    Status,
    /// The host answers 500.
    Header(String),
}

pub(super) fn of(output: HttpOutput) -> Result<Response, Unsendable> {
    let status = u16::try_from(output.status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or(Unsendable::Status)?;
    let has_body = output.body.is_some();
    let mut response = Response::new(Body::from(output.body.unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    for (name, value) in output.headers {
        let header = HeaderName::try_from(&name)
            .ok()
            .zip(header_value(&value))
            .ok_or_else(|| Unsendable::Header(name.clone()));
        let (header, value) = header?;
        if header == header::CONTENT_TYPE && has_body {
            response.headers_mut().insert(
                header,
                content_type(&value).ok_or(Unsendable::Header(name))?,
            );
        } else {
            response.headers_mut().insert(header, value);
        }
    }
    Ok(response)
}

/// A value of printable ASCII, because the host sends nothing else.
fn header_value(text: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(text)
        .ok()
        .filter(|value| value.to_str().is_ok())
}

/// Every type gets the encoding of the body, even those of images.
fn content_type(value: &HeaderValue) -> Option<HeaderValue> {
    let text = value.to_str().ok()?;
    if text.to_ascii_lowercase().contains("charset=") {
        return Some(value.clone());
    }
    HeaderValue::try_from(format!("{text}{UTF8}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(status: i32, headers: &[(&str, &str)]) -> HttpOutput {
        let headers = headers.iter();
        HttpOutput {
            status,
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Some("x".into()),
        }
    }

    #[test]
    fn every_type_gets_an_encoding() {
        for (given, expected) in [
            (None, "text/plain; charset=utf-8"),
            (Some("image/png"), "image/png; charset=utf-8"),
            (Some("text/html; Charset=utf-8"), "text/html; Charset=utf-8"),
        ] {
            let headers: Vec<_> = given.iter().map(|given| ("Content-Type", *given)).collect();
            let response = of(output(200, &headers)).unwrap();
            assert_eq!(response.headers()[header::CONTENT_TYPE], expected);
        }
    }

    #[test]
    fn some_things_cannot_be_sent() {
        assert_eq!(of(output(99, &[])).unwrap_err(), Unsendable::Status);
        for value in ["[\n  \"1\"\n]", "é"] {
            let error = of(output(200, &[("X-List", value)])).unwrap_err();
            assert_eq!(error, Unsendable::Header("X-List".into()));
        }
    }
}
