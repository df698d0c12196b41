//! One event as the host sends it.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    BlobContent, Data, Deadline, InvalidInvocation, InvocationId, MaxValueBytes, TraceContext,
    body,
    data::invalid,
    envelope::{self, Opened},
};

/// One event: the trigger's metadata as `T`, and the data of its bindings, to be taken by name.
///
/// Use it for triggers that this crate has no [`Event`](crate::Event) for. The fields of `T` have
/// the host's names. Fields that the host encodes twice (all but objects) need [`deserialize_with =
/// "azure_functions_custom_handler::encoded"`](crate::encoded).
///
/// ```
/// use azure_functions_custom_handler::{InvalidInvocation, Invocation, Outputs};
///
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Metadata {
///     #[serde(deserialize_with = "azure_functions_custom_handler::encoded")]
///     message_id: String,
/// }
///
/// async fn copy(mut message: Invocation<Metadata>) -> Result<Outputs, InvalidInvocation> {
///     let text = message.take("message")?.text()?.unwrap_or_default();
///     Ok(Outputs::new().text("copy", text).log(message.metadata.message_id))
/// }
/// ```
#[derive(Debug, Default)]
pub struct Invocation<T> {
    /// The id that the host's own log lines carry.
    pub id: InvocationId,
    /// The function's name: the folder of its function.json.
    pub function: String,
    /// The distributed trace of the event, if the host sent one.
    pub trace: Option<TraceContext>,
    /// Which attempt this is, if the function has a retry policy.
    pub retry: Option<RetryContext>,
    /// The time by which it must be answered, if [`deadline`](crate::deadline) is among the layers.
    pub deadline: Option<Deadline>,
    /// The trigger's metadata.
    pub metadata: T,
    data: Vec<Data>,
}

/// The host's count of attempts. It is sent for functions with a retry policy, on the first attempt
/// too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryContext {
    /// How often this event was retried so far: 0 on the first attempt.
    pub retry_count: u32,
    /// After how many retries the host gives up; -1 for never.
    pub max_retry_count: i64,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Invocation<T> {
    type Rejection = InvalidInvocation;

    async fn from_request(request: Request, _: &S) -> Result<Self, InvalidInvocation> {
        let (parts, body) = request.into_parts();
        let max = parts.extensions.get::<MaxValueBytes>().copied();
        let json = body::read(body, max.unwrap_or_default()).await;
        let Opened {
            metadata,
            retry,
            data,
        } = envelope::open(json)?;
        Ok(Self {
            id: InvocationId::from_headers(&parts.headers),
            function: parts.uri.path().trim_start_matches('/').to_owned(),
            trace: TraceContext::from_headers(&parts.headers),
            retry,
            deadline: parts.extensions.get::<Deadline>().copied(),
            metadata,
            data,
        })
    }
}

impl<T> Invocation<T> {
    /// Takes the blob of the trigger binding `binding`. It is decoded in the request's own buffer
    /// and not copied.
    pub fn blob(&mut self, binding: &str) -> Result<BlobContent, InvalidInvocation> {
        self.take(binding)?.blob()
    }

    /// Takes the bytes that the host sends as base64, for example the value of a Kafka message.
    /// They are decoded in the request's own buffer and not copied.
    pub fn bytes(&mut self, binding: &str) -> Result<Bytes, InvalidInvocation> {
        self.take(binding)?.bytes()
    }

    /// Takes a value that the host sends as JSON, for example an HTTP request.
    pub fn json<D: DeserializeOwned>(&mut self, binding: &str) -> Result<D, InvalidInvocation> {
        self.take(binding)?.json()
    }

    /// Takes the data of a binding.
    pub fn take(&mut self, binding: &str) -> Result<Data, InvalidInvocation> {
        let place = self.data.iter().position(|data| data.binding == binding);
        let place = place.ok_or_else(|| invalid(binding, "the request has no such data"))?;
        Ok(self.data.remove(place))
    }

    /// Splits the metadata from everything else.
    pub(crate) fn split(self) -> (T, Invocation<()>) {
        let rest = Invocation {
            id: self.id,
            function: self.function,
            trace: self.trace,
            retry: self.retry,
            deadline: self.deadline,
            metadata: (),
            data: self.data,
        };
        (self.metadata, rest)
    }

    /// Takes the trigger's data, which the host sends before that of the input bindings.
    pub fn take_trigger(&mut self) -> Result<Data, InvalidInvocation> {
        if self.data.is_empty() {
            return Err(invalid("", "the request has no data"));
        }
        Ok(self.data.remove(0))
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
