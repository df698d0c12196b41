//! `httpTrigger` without request forwarding.

use std::collections::BTreeMap;

use base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Data, InvalidInvocation, Trigger};

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpRequest {
    /// The address that was called, with any key in it.
    pub url: String,
    /// The method.
    pub method: String,
    /// The query. The values of a repeated name are joined by commas.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The headers, each with its values.
    #[serde(default)]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The parameters of the route; nothing for an absent optional one. `%2F` stays encoded.
    #[serde(default)]
    pub params: BTreeMap<String, Option<String>>,
    /// The caller's identities, from keys and the platform's sign-in.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// The body as the host sends it: see [`bytes`](Self::bytes). Nothing if it was empty or the
    /// host dropped it: see [`body_was_dropped`](Self::body_was_dropped).
    #[serde(default)]
    pub body: Option<String>,
}

/// An identity of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// `WebJobsAuthLevel` for a key.
    #[serde(default)]
    pub authentication_type: Option<String>,
    /// Whether the claims are authenticated.
    #[serde(default)]
    pub is_authenticated: bool,
    /// The claims about the caller.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// One claim about a caller.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Claim {
    /// The type of the claim, as a URI.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The value of the claim.
    pub value: String,
}

impl HttpRequest {
    /// The first value of a header. Names are compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, values) = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        values.first().map(String::as_str)
    }

    /// Whether the host dropped the body of the request, as it does with every chunked body. Answer
    /// 411, because the sender has to state a `Content-Length`.
    #[must_use]
    pub fn body_was_dropped(&self) -> bool {
        self.body.is_none() && self.header("Transfer-Encoding").is_some()
    }

    /// The body's bytes; empty if there is no body. The host sends `application/octet-stream` and
    /// `multipart/*` as base64 and everything else as text, which damages bytes that are not UTF-8.
    pub fn bytes(&self) -> Result<Bytes, DecodeError> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_base64() {
            return STANDARD.decode(body).map(Bytes::from);
        }
        Ok(Bytes::copy_from_slice(body.as_bytes()))
    }

    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.body.as_deref().unwrap_or_default())
    }

    fn is_base64(&self) -> bool {
        let media_type = self.header("Content-Type").unwrap_or_default();
        let media_type = media_type.to_ascii_lowercase();
        media_type.starts_with("application/octet-stream") || media_type.starts_with("multipart/")
    }
}

impl Trigger for HttpRequest {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.json()
    }
}
