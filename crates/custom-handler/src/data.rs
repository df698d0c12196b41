//! The value of one binding.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{BlobContent, InvalidInvocation, base64_in_place, encoded::peel};

/// The value of one binding as the host sent it. It is decoded in the request's own buffer.
#[derive(Debug)]
pub struct Data {
    pub(crate) binding: String,
    pub(crate) content: Content,
}

/// A binding's value as it is in the body.
#[derive(Debug)]
pub(crate) enum Content {
    /// Its JSON text, which is part of the request's own buffer.
    Json(BytesMut),
    /// A string that was too long to be kept.
    Oversized { length: u64 },
}

impl Data {
    /// The binding's name in function.json.
    #[must_use]
    pub fn binding(&self) -> &str {
        &self.binding
    }

    /// Reads a blob. The host may have left the blob for the handler to read, or the blob may have
    /// been too long.
    pub fn blob(self) -> Result<BlobContent, InvalidInvocation> {
        match self.content {
            Content::Oversized { length } => Ok(BlobContent::Oversized {
                bytes: length / 4 * 3,
            }),
            // The object does not say where the blob is. What it says about the blob is in the
            // metadata too.
            Content::Json(json) if json.starts_with(b"{") => Ok(BlobContent::Deferred),
            Content::Json(json) => decode(&self.binding, json).map(BlobContent::Inline),
        }
    }

    /// Reads bytes, which the host sends as base64, without a copy.
    pub fn bytes(self) -> Result<Bytes, InvalidInvocation> {
        let (binding, json) = self.into_json()?;
        decode(&binding, json)
    }

    /// Reads a value that the host sends as plain JSON, for example an HTTP request.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, InvalidInvocation> {
        let (binding, json) = self.into_json()?;
        let mut deserializer = serde_json::Deserializer::from_slice(&json);
        serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| invalid(&binding, error.to_string()))
    }

    /// Reads a text, which the host sends as JSON text inside a string; nothing for null.
    pub fn text(self) -> Result<Option<String>, InvalidInvocation> {
        self.inner(1)
    }

    /// Reads a value that the host sends as JSON text inside a string, or inside a string in a
    /// string.
    pub fn nested_json<T: DeserializeOwned>(self) -> Result<T, InvalidInvocation> {
        self.inner(2)
    }

    fn inner<T: DeserializeOwned>(self, levels: usize) -> Result<T, InvalidInvocation> {
        let (binding, json) = self.into_json()?;
        let invalid = |error: serde_json::Error| invalid(&binding, error.to_string());
        let raw: &RawValue = serde_json::from_slice(&json).map_err(invalid)?;
        peel(raw.get(), levels).map_err(invalid)
    }

    fn into_json(self) -> Result<(String, BytesMut), InvalidInvocation> {
        match self.content {
            Content::Json(json) => Ok((self.binding, json)),
            Content::Oversized { length } => Err(InvalidInvocation::TooLarge {
                binding: self.binding,
                length,
            }),
        }
    }
}

/// Decodes a JSON string of base64 in place.
fn decode(binding: &str, mut json: BytesMut) -> Result<Bytes, InvalidInvocation> {
    if json.len() < 2 || !json.starts_with(b"\"") {
        return Err(invalid(binding, "it is not a string of base64"));
    }
    json.truncate(json.len() - 1);
    let mut content = json.split_off(1);
    // Base64 needs no escapes, but some JSON writers escape its plus signs and slashes.
    if memchr::memchr(b'\\', &content).is_some() {
        content = unescape(&content)
            .map_err(|error| invalid(binding, format!("it is not a string: {error}")))?;
    }
    base64_in_place::decode(content)
        .map_err(|error| invalid(binding, format!("it is not base64: {error}")))
}

fn unescape(content: &[u8]) -> Result<BytesMut, serde_json::Error> {
    let quoted = [b"\"", content, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map(|text| BytesMut::from(text.as_bytes()))
}

pub(crate) fn invalid(binding: &str, reason: impl Into<Cow<'static, str>>) -> InvalidInvocation {
    InvalidInvocation::Data {
        binding: binding.to_owned(),
        reason: reason.into(),
    }
}
