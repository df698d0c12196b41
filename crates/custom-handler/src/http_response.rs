//! The value of an HTTP output.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{OutputProblem, check::not_a_date};

/// The answer to the client of an HTTP function.
///
/// Its body is text, because the host decodes no base64 here. A function that answers with bytes
/// must have its requests forwarded (`enableForwardingHttpRequest` in host.json). A header has one
/// value, because the host answers 500 for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    status: StatusCode,
    headers: BTreeMap<String, String>,
    body: String,
}

impl HttpResponse {
    /// A text answer, of type `text/plain` unless a header says something else.
    #[must_use]
    pub fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            body: body.into(),
        }
    }

    /// A JSON answer. It is sent as a text, because the host does not change texts here.
    ///
    /// # Errors
    ///
    /// The value has no JSON text.
    pub fn json(status: StatusCode, body: &impl Serialize) -> serde_json::Result<Self> {
        let body = serde_json::to_string(body)?;
        Ok(Self::text(status, body).with_header("Content-Type", "application/json"))
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    pub(crate) fn checked(self) -> Result<Value, OutputProblem> {
        if self.status.is_informational() {
            return Err(OutputProblem::Status(self.status));
        }
        not_a_date(&self.body, "/body")?;
        for (name, value) in &self.headers {
            not_a_date(value, &format!("/headers/{name}"))?;
        }
        Ok(json!({
            "statusCode": self.status.as_u16(),
            "headers": self.headers,
            "body": self.body,
        }))
    }
}
