//! Requests as browsers and programs make them.

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Starts a request to this machine.
pub(crate) fn request(method: &str, uri: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::HOST, "localhost:8080")
}

pub(crate) fn get(uri: &str) -> Request<Body> {
    request("GET", uri).body(Body::empty()).expect("a request")
}

/// The same request from a user whom the platform has signed in.
pub(crate) fn by(user: &str, mut request: Request<Body>) -> Request<Body> {
    let roles = if user == "admin" {
        "Darkroom.Admin"
    } else {
        "Reader"
    };
    let principal = json!({
        "auth_typ": "aad", "name_typ": "name", "role_typ": "roles",
        "claims": [
            {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": user},
            {"typ": "name", "val": user.to_uppercase()},
            {"typ": "roles", "val": roles},
        ],
    });
    let encoded = BASE64_STANDARD.encode(principal.to_string());
    let value = encoded.parse().expect("base64 is valid in a header");
    request.headers_mut().insert("x-ms-client-principal", value);
    request
}

/// The text between the parts of a form.
pub(crate) const BOUNDARY: &str = "----darkroom-test";

/// A form as a browser sends it: its token, then fields and files by name, in either order.
pub(crate) fn form(
    fields: &[(&str, &str)],
    files: &[(&str, &[u8])],
    fields_first: bool,
) -> Request<Body> {
    form_to("/upload", form_body(fields, files, fields_first).into())
}

/// The beginning of a form or all of it, sent to an address.
pub(crate) fn form_to(uri: &str, body: Body) -> Request<Body> {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    request("POST", uri)
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .expect("a request")
}

pub(crate) fn form_body(
    fields: &[(&str, &str)],
    files: &[(&str, &[u8])],
    fields_first: bool,
) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |disposition: String, content: &[u8]| {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n")
                .bytes(),
        );
        body.extend(content);
        body.extend(b"\r\n");
    };
    let mut part_of = |(name, value): &(&str, &str)| {
        part(format!("name=\"{name}\""), value.as_bytes());
    };
    let (tokens, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| *name == "token");
    tokens.into_iter().for_each(&mut part_of);
    if fields_first {
        others.iter().copied().for_each(&mut part_of);
    }
    for (name, content) in files {
        part(format!("name=\"files\"; filename=\"{name}\""), content);
    }
    if !fields_first {
        for (name, value) in others {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// The token of a page's form.
pub(crate) fn token(page: &str) -> &str {
    let (_, rest) = page
        .split_once("name=\"token\" value=\"")
        .expect("the page has a form with a token");
    rest.split('"').next().expect("the token ends")
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The JSON of an answer with this status.
pub(crate) async fn json(response: Response<Body>, status: StatusCode) -> Value {
    let actual = response.status();
    let text = text(response).await;
    assert_eq!(actual, status, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// The page of an answer with this status.
pub(crate) async fn page(response: Response<Body>, status: StatusCode) -> String {
    let actual = response.status();
    let text = text(response).await;
    assert_eq!(actual, status, "{text}");
    text
}

pub(crate) fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    let value = response
        .headers()
        .get(name)
        .unwrap_or_else(|| panic!("no {name}"));
    value.to_str().expect("ASCII")
}
