//! `httpTrigger` whose request is not forwarded.

use std::collections::BTreeMap;

use base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Data, InvalidInvocation, Trigger};

/// A request that came in over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpRequest {
    /// The address that was called, key and all.
    pub url: String,
    /// The method.
    pub method: String,
    /// The query; the values of a name that repeats are joined by commas.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The headers, each with its values.
    #[serde(default)]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The parameters of the route; nothing for an optional one that is absent. `%2F` stays encoded.
    #[serde(default)]
    pub params: BTreeMap<String, Option<String>>,
    /// Who called, as far as keys and the platform's sign-in tell.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// The body as the host sends it: see [`bytes`](Self::bytes). Nothing where it was empty, and also
    /// where it was lost: see [`body_was_dropped`](Self::body_was_dropped).
    #[serde(default)]
    pub body: Option<String>,
}

/// Who called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// `WebJobsAuthLevel` for a key.
    #[serde(default)]
    pub authentication_type: Option<String>,
    /// Whether anybody vouches for the claims.
    #[serde(default)]
    pub is_authenticated: bool,
    /// What is known of the caller.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// One thing that is known of a caller.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Claim {
    /// What is known, as an address.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is.
    pub value: String,
}

impl HttpRequest {
    /// The first value of a header; names have no case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, values) = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        values.first().map(String::as_str)
    }

    /// Whether the request had a body that the host dropped, as it does with every body that is sent in
    /// chunks. Answer 411: the sender has to state a `Content-Length`.
    #[must_use]
    pub fn body_was_dropped(&self) -> bool {
        self.body.is_none() && self.header("Transfer-Encoding").is_some()
    }

    /// The body's bytes, without a byte for no body. The host sends `application/octet-stream` and
    /// `multipart/*` as base64 and everything else as text, which damages bytes that are no UTF-8.
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
