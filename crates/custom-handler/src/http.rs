//! What an HTTP trigger sends, and what an HTTP output takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The data of an `httpTrigger` whose request is not forwarded: take it with
/// [`Invocation::json`](crate::Invocation::json).
///
/// The host drops bodies that were sent in chunks, so a missing body is not an empty one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpRequestData {
    /// The address that was called.
    #[serde(default)]
    pub url: String,
    /// The method.
    #[serde(default)]
    pub method: String,
    /// The headers, each with its values.
    #[serde(default)]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body as text; base64 for `application/octet-stream` and `multipart/*`.
    #[serde(default)]
    pub body: Option<String>,
}

/// The value of an `http` output. The host takes the status only where there is a body.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponseData {
    /// The status code, as text.
    pub status_code: String,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl HttpResponseData {
    /// A JSON body with a status.
    #[must_use]
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        let headers = BTreeMap::from([("Content-Type".to_owned(), "application/json".to_owned())]);
        Self {
            status_code: status.to_string(),
            headers,
            body: body.into(),
        }
    }
}
