//! One event, as the host sends it.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    BlobContent, InvocationId, MaxValueBytes, TraceContext, base64_in_place,
    body::{self, BoundedJson, Elided},
};

/// One event: the trigger's metadata as `T`, and the data of its bindings, to be taken by name.
///
/// Fields of `T` are named as the host names them; give those that it encodes doubly (all but
/// objects) [`deserialize_with = "custom_handler::encoded"`](crate::encoded).
#[derive(Debug)]
pub struct Invocation<T> {
    /// The id that the host's own log lines carry.
    pub id: InvocationId,
    /// The distributed trace that the event belongs to, where the host sent one.
    pub trace: Option<TraceContext>,
    /// Which attempt this is, where the function has a retry policy.
    pub retry: Option<RetryContext>,
    /// The trigger's metadata.
    pub metadata: T,
    data: HashMap<String, Datum>,
}

/// The data of one binding, as it stands in the body.
#[derive(Debug)]
enum Datum {
    /// Its JSON text, a part of the request's own buffer.
    Json(BytesMut),
    /// A string that was too long to be kept.
    Oversized { length: u64 },
}

/// The host's count of attempts; sent for functions with a retry policy, on the first try too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryContext {
    /// How often this event was retried so far: 0 on the first try.
    pub retry_count: u32,
    /// After how many retries the host gives up; -1 for never.
    pub max_retry_count: i64,
}

/// A request that no Functions host sends, or one whose metadata lacks what the handler needs.
/// Its answer is 400: to the host a failed attempt.
#[derive(Debug, thiserror::Error)]
pub enum InvalidInvocation {
    /// The connection broke off.
    #[error("the body could not be read: {0}")]
    Body(#[source] axum::Error),
    /// The body is not `{"Data": {…}, "Metadata": {…}}`.
    #[error("the body is not an invocation: {reason}")]
    Envelope {
        /// What is wrong with it.
        reason: serde_json::Error,
        /// The body.
        body: Bytes,
    },
    /// A metadata field is missing or of another type.
    #[error("Metadata.{path}: {reason}")]
    Metadata {
        /// The path of the field, for example `Properties.ContentLength`.
        path: String,
        /// What is wrong with it.
        reason: serde_json::Error,
        /// The request's body.
        body: Bytes,
    },
    /// The binding's value is longer than [`MaxValueBytes`] allows, and was dropped.
    #[error("Data.{binding}: its {length} bytes of JSON are too many")]
    TooLarge {
        /// The binding's name in function.json.
        binding: String,
        /// How long the JSON string is, in bytes; base64 has four for three of its content.
        length: u64,
    },
    /// The binding's data is missing, was taken before, or is not of its kind.
    #[error("Data.{binding}: {reason}")]
    Data {
        /// The binding's name in function.json.
        binding: String,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
}

impl IntoResponse for InvalidInvocation {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "invalid invocation");
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    data: HashMap<String, &'a RawValue>,
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RetryMetadata {
    retry_context: Option<RetryContext>,
}

/// An invocation's parts, and where the data of its bindings stands.
struct Parts<T> {
    metadata: T,
    retry: Option<RetryContext>,
    ranges: Vec<(String, Range<usize>)>,
}

impl<T: DeserializeOwned> Parts<T> {
    fn read(text: &[u8]) -> Result<Self, InvalidInvocation> {
        let envelope: Envelope<'_> =
            serde_json::from_slice(text).map_err(|reason| InvalidInvocation::Envelope {
                reason,
                body: Bytes::copy_from_slice(text),
            })?;
        let ranges = envelope
            .data
            .iter()
            .map(|(binding, value)| (binding.clone(), range_within(text, value.get())))
            .collect();
        Ok(Self {
            metadata: deserialize_metadata(envelope.metadata, text)?,
            retry: deserialize_metadata::<RetryMetadata>(envelope.metadata, text)?.retry_context,
            ranges,
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Invocation<T> {
    type Rejection = InvalidInvocation;

    async fn from_request(request: Request, _: &S) -> Result<Self, InvalidInvocation> {
        let (parts, body) = request.into_parts();
        let max = parts
            .extensions
            .get::<MaxValueBytes>()
            .copied()
            .unwrap_or_default();
        Self::parse(
            body::read(body, max).await,
            InvocationId::from_headers(&parts.headers),
            TraceContext::from_headers(&parts.headers),
        )
    }
}

impl<T: DeserializeOwned> Invocation<T> {
    fn parse(
        mut json: BoundedJson,
        id: InvocationId,
        trace: Option<TraceContext>,
    ) -> Result<Self, InvalidInvocation> {
        let mut parts = Parts::read(&json.text);
        // A host that broke off while it wrote may have written all that is needed.
        let is_cut = |error: &InvalidInvocation| matches!(error, InvalidInvocation::Envelope { reason, .. } if reason.is_eof());
        if parts.as_ref().is_err_and(is_cut) && json.close_after_cut_retry_context() {
            parts = Parts::read(&json.text);
        }
        let Parts {
            metadata,
            retry,
            ranges,
        } = match (parts, json.broken) {
            (Ok(parts), _) => parts,
            (Err(_), Some(broken)) => return Err(InvalidInvocation::Body(broken)),
            (Err(error), None) => return Err(error),
        };
        Ok(Self {
            id,
            trace,
            retry,
            metadata,
            data: cut(json.text, ranges, &json.elided),
        })
    }
}

impl<T> Invocation<T> {
    /// Takes the blob of the trigger binding `binding`. It is decoded in the request's own buffer
    /// and not copied.
    pub fn blob(&mut self, binding: &str) -> Result<BlobContent, InvalidInvocation> {
        match self.take(binding)? {
            Datum::Oversized { length } => Ok(BlobContent::Oversized {
                bytes: length / 4 * 3,
            }),
            // No locator is in the object; what it says of the blob is in the metadata too.
            Datum::Json(json) if json.starts_with(b"{") => Ok(BlobContent::Deferred),
            Datum::Json(json) => decode(binding, json).map(BlobContent::Inline),
        }
    }

    /// Takes the bytes that the host sends as base64, for example the value of a Kafka message.
    /// They are decoded in the request's own buffer and not copied.
    pub fn bytes(&mut self, binding: &str) -> Result<Bytes, InvalidInvocation> {
        match self.take(binding)? {
            Datum::Oversized { length } => Err(InvalidInvocation::TooLarge {
                binding: binding.to_owned(),
                length,
            }),
            Datum::Json(json) => decode(binding, json),
        }
    }

    /// Takes a value that the host sends as JSON, for example an HTTP request.
    pub fn json<D: DeserializeOwned>(&mut self, binding: &str) -> Result<D, InvalidInvocation> {
        match self.take(binding)? {
            Datum::Oversized { length } => Err(InvalidInvocation::TooLarge {
                binding: binding.to_owned(),
                length,
            }),
            Datum::Json(json) => {
                let mut deserializer = serde_json::Deserializer::from_slice(&json);
                serde_path_to_error::deserialize(&mut deserializer)
                    .map_err(|error| invalid_data(binding, error.to_string()))
            }
        }
    }

    fn take(&mut self, binding: &str) -> Result<Datum, InvalidInvocation> {
        self.data
            .remove(binding)
            .ok_or_else(|| invalid_data(binding, "the request has no such data"))
    }
}

fn deserialize_metadata<T: DeserializeOwned>(
    json: &RawValue,
    body: &[u8],
) -> Result<T, InvalidInvocation> {
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        InvalidInvocation::Metadata {
            path: error.path().to_string(),
            reason: error.into_inner(),
            body: Bytes::copy_from_slice(body),
        }
    })
}

/// Where `part`, which was borrowed from `whole`, stands in it.
fn range_within(whole: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

/// Cuts the values out of the buffer, last one first, without copying any.
fn cut(
    mut text: BytesMut,
    mut ranges: Vec<(String, Range<usize>)>,
    elided: &[Elided],
) -> HashMap<String, Datum> {
    ranges.sort_unstable_by_key(|(_, range)| std::cmp::Reverse(range.start));
    let mut data = HashMap::with_capacity(ranges.len());
    for (binding, range) in ranges {
        let oversized = elided.iter().find(|elided| elided.offset == range.start);
        text.truncate(range.end);
        let json = text.split_off(range.start);
        data.insert(
            binding,
            oversized.map_or(Datum::Json(json), |elided| Datum::Oversized {
                length: elided.length,
            }),
        );
    }
    data
}

/// Decodes a JSON string of base64 where it lies.
fn decode(binding: &str, mut json: BytesMut) -> Result<Bytes, InvalidInvocation> {
    if json.len() < 2 || !json.starts_with(b"\"") {
        return Err(invalid_data(binding, "it is not a string of base64"));
    }
    json.truncate(json.len() - 1);
    let mut content = json.split_off(1);
    // Base64 needs no escapes, but some JSON writers escape its plus signs and slashes.
    if memchr::memchr(b'\\', &content).is_some() {
        content = unescape(&content)
            .map_err(|error| invalid_data(binding, format!("it is not a string: {error}")))?;
    }
    base64_in_place::decode(content)
        .map_err(|error| invalid_data(binding, format!("it is not base64: {error}")))
}

fn unescape(content: &[u8]) -> Result<BytesMut, serde_json::Error> {
    let quoted = [b"\"", content, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map(|text| BytesMut::from(text.as_bytes()))
}

fn invalid_data(binding: &str, reason: impl Into<Cow<'static, str>>) -> InvalidInvocation {
    InvalidInvocation::Data {
        binding: binding.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Upload {
        #[serde(deserialize_with = "crate::encoded")]
        name: String,
        #[serde(rename = "Properties")]
        properties: crate::BlobProperties,
    }

    const METADATA: &str =
        r#"{"name": "\"a.jpg\"", "Properties": {"ContentLength": 3, "ETag": {}}, "sys": {}}"#;

    async fn extract(data: &str, metadata: &str) -> Result<Invocation<Upload>, InvalidInvocation> {
        let request = Request::builder()
            .header("X-Azure-Functions-InvocationId", "42")
            .extension(MaxValueBytes(64))
            .body(format!(r#"{{"Data": {data}, "Metadata": {metadata}}}"#).into())
            .unwrap();
        Invocation::from_request(request, &()).await
    }

    #[tokio::test]
    async fn reads_an_inline_blob() {
        let mut upload = extract(r#"{"other": "1", "original": "AQID", "z": {}}"#, METADATA)
            .await
            .unwrap();
        assert_eq!(upload.id.as_str(), "42");
        assert_eq!(upload.metadata.name, "a.jpg");
        assert_eq!(upload.metadata.properties.content_length, Some(3));
        assert_eq!(
            upload.blob("original").unwrap(),
            BlobContent::Inline(Bytes::from_static(&[1, 2, 3]))
        );
        assert_eq!(upload.json::<String>("other").unwrap(), "1");
    }

    #[tokio::test]
    async fn recognises_a_deferred_blob() {
        let data =
            r#"{"original": {"Version": "1.0", "Source": "AzureStorageBlobs", "Content": {}}}"#;
        let mut upload = extract(data, METADATA).await.unwrap();
        assert_eq!(upload.blob("original").unwrap(), BlobContent::Deferred);
    }

    #[tokio::test]
    async fn an_oversized_blob_is_dropped_and_measured() {
        let data = format!(r#"{{"original": "{}"}}"#, "AAAA".repeat(20));
        let mut upload = extract(&data, METADATA).await.unwrap();
        assert_eq!(
            upload.blob("original").unwrap(),
            BlobContent::Oversized { bytes: 60 }
        );
    }

    #[tokio::test]
    async fn reads_base64_with_escapes() {
        let mut upload = extract(r#"{"original": "\/9j\u002F"}"#, METADATA)
            .await
            .unwrap();
        assert_eq!(
            upload.blob("original").unwrap(),
            BlobContent::Inline(Bytes::from_static(&[0xff, 0xd8, 0xff]))
        );
    }

    #[tokio::test]
    async fn an_empty_blob_is_empty() {
        let mut upload = extract(r#"{"original": ""}"#, METADATA).await.unwrap();
        assert_eq!(
            upload.blob("original").unwrap(),
            BlobContent::Inline(Bytes::new())
        );
    }

    #[tokio::test]
    async fn reads_the_retry_context() {
        let metadata = METADATA.replacen(
            '{',
            r#"{"RetryContext": {"RetryCount": 2, "MaxRetryCount": -1},"#,
            1,
        );
        let upload = extract("{}", &metadata).await.unwrap();
        assert_eq!(
            upload.retry,
            Some(RetryContext {
                retry_count: 2,
                max_retry_count: -1
            })
        );
    }

    #[tokio::test]
    async fn names_the_path_of_a_bad_field() {
        let metadata = METADATA.replace("3,", r#""three","#);
        let error = extract("{}", &metadata).await.unwrap_err().to_string();
        assert!(
            error.starts_with("Metadata.Properties.ContentLength: invalid type"),
            "{error}"
        );
        let mut upload = extract(r#"{"original": 5}"#, METADATA).await.unwrap();
        assert!(
            upload
                .blob("original")
                .unwrap_err()
                .to_string()
                .starts_with("Data.original: ")
        );
        assert!(
            upload
                .blob("original")
                .unwrap_err()
                .to_string()
                .contains("no such data")
        );
    }

    #[tokio::test]
    async fn reads_what_is_there_when_the_retry_context_is_cut_off() {
        let metadata = METADATA.trim_end().strip_suffix('}').unwrap();
        let cut = format!(
            r#"{{"Data": {{"original": "AQID"}}, "Metadata": {metadata},"RetryContext":{{"RetryCount":1,"Exception":{{"Message":"a \"loop\", det"#
        );
        let request = Request::new(cut.into());
        let mut upload = Invocation::<Upload>::from_request(request, &())
            .await
            .unwrap();
        assert_eq!(upload.retry, None);
        assert_eq!(
            upload.blob("original").unwrap(),
            BlobContent::Inline(Bytes::from_static(&[1, 2, 3]))
        );
        let cut = r#"{"Data": {"original": "AQID"}, "Metadata": {"name": "\"a\"", "Uri": "ht"#;
        let request = Request::new(cut.into());
        assert!(
            Invocation::<Upload>::from_request(request, &())
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn refuses_what_is_no_invocation() {
        assert!(matches!(
            extract("[", METADATA).await,
            Err(InvalidInvocation::Envelope { .. })
        ));
        assert!(matches!(
            extract("{}", "").await,
            Err(InvalidInvocation::Envelope { .. })
        ));
    }
}
