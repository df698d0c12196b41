//! The body of an invocation: `{"Data": {binding: value}, "Metadata": {key: value}}`.
//!
//! Written by hand from raw JSON, as the host writes it with Newtonsoft.Json: bytes are base64,
//! objects are objects, and everything else is its JSON text inside a string.

use base64::{Engine as _, engine::general_purpose::STANDARD, write::EncoderStringWriter};
use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use serde_json::{Map, Value, json};

use crate::expressions::BindingData;

/// The size of the pieces in which a body is sent.
const CHUNK: usize = 64 * 1024;

/// The body of one invocation.
#[derive(Debug)]
pub(crate) struct Payload(Bytes);

impl Payload {
    /// A trigger whose value is a JSON object.
    pub(crate) fn object(binding: &str, value: &Value, data: &BindingData) -> Self {
        let body = json!({"Data": {binding: value}, "Metadata": metadata(data)});
        Self(body.to_string().into())
    }

    /// A trigger whose value is text, which is JSON text inside a string like everything else.
    pub(crate) fn text(binding: &str, value: &str, data: &BindingData) -> Self {
        Self::object(binding, &encode(&value.into()), data)
    }

    /// A trigger whose value is bytes. They are encoded while they arrive, so that the whole costs
    /// little more memory than its base64. `length` is only a hint for the allocation.
    pub(crate) async fn bytes<E: From<std::io::Error>>(
        binding: &str,
        length: usize,
        value: impl Stream<Item = Result<Bytes, E>>,
        data: &BindingData,
    ) -> Result<Self, E> {
        let metadata = metadata(data).to_string();
        let body = open(binding, length, &metadata);
        let mut encoder = EncoderStringWriter::from_consumer(body, &STANDARD);
        value
            .try_for_each(|chunk| {
                let written = std::io::Write::write_all(&mut encoder, &chunk);
                std::future::ready(written.map_err(E::from))
            })
            .await?;
        Ok(Self(close(encoder.into_inner(), &metadata)))
    }

    /// A trigger whose value is bytes that are all there already.
    pub(crate) fn slice(binding: &str, value: &[u8], data: &BindingData) -> Self {
        let metadata = metadata(data).to_string();
        let mut body = open(binding, value.len(), &metadata);
        STANDARD.encode_string(value, &mut body);
        Self(close(body, &metadata))
    }

    /// The body in pieces. Sent like this it goes out chunked, as the host sends it: the host
    /// serialises straight into the request and does not know the length beforehand.
    pub(crate) fn into_chunks(self) -> impl Stream<Item = std::io::Result<Bytes>> {
        let body = self.0;
        futures::stream::iter((0..body.len()).step_by(CHUNK).map(move |start| {
            let end = body.len().min(start + CHUNK);
            Ok(body.slice(start..end))
        }))
    }
}

/// A body up to the first letter of the base64, with room for `length` bytes and all that follows.
fn open(binding: &str, length: usize, metadata: &str) -> String {
    let mut body =
        String::with_capacity(length.div_ceil(3) * 4 + binding.len() + metadata.len() + 64);
    body.push_str(r#"{"Data":{"#);
    body.push_str(&Value::from(binding).to_string());
    body.push_str(r#":""#);
    body
}

/// The whole body.
fn close(mut body: String, metadata: &str) -> Bytes {
    body.push_str(r#""},"Metadata":"#);
    body.push_str(metadata);
    body.push('}');
    body.into()
}

/// Binding data that are dates to the host. Their ISO text is written as it is.
const DATES: [&str; 4] = [
    "ExpirationTime",
    "InsertionTime",
    "NextVisibleTime",
    "Timestamp",
];

/// Binding data as metadata: nulls and the trigger's own value are left out, and what is no object
/// becomes its JSON text inside a string.
fn metadata(data: &BindingData) -> Value {
    let entries = data
        .iter()
        .filter(|(key, value)| !value.is_null() && !key.to_ascii_lowercase().ends_with("trigger"))
        .map(|(key, value)| match value {
            Value::String(_) if DATES.contains(&key.as_str()) => (key.clone(), value.clone()),
            _ => (key.clone(), encode(value)),
        });
    Value::Object(entries.collect::<Map<_, _>>())
}

fn encode(value: &Value) -> Value {
    match value {
        Value::Object(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> BindingData {
        let Value::Object(data) = json!({
            "BlobTrigger": "uploads/a \"b\".jpg",
            "name": "a \"b\".jpg",
            "Offset": 12,
            "Headers": [{"Key": "a"}],
            "Properties": {"ContentLength": 3, "ETag": {}},
            "Key": null,
        }) else {
            unreachable!("the literal above is an object")
        };
        data
    }

    const METADATA: &str = r#"{"Headers":"[{\"Key\":\"a\"}]","Offset":"12","Properties":{"ContentLength":3,"ETag":{}},"name":"\"a \\\"b\\\".jpg\""}"#;

    #[test]
    fn everything_but_objects_is_json_text_inside_a_string() {
        let payload = Payload::object("original", &json!({"Version": "1.0"}), &data());
        assert_eq!(
            payload.0,
            format!(r#"{{"Data":{{"original":{{"Version":"1.0"}}}},"Metadata":{METADATA}}}"#)
        );
    }

    #[tokio::test]
    async fn bytes_are_one_base64_string_however_they_arrive() {
        for pieces in [vec!["Darkroom"], vec!["D", "", "ark", "ro", "om"]] {
            let stream = futures::stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
            let payload = Payload::bytes::<std::io::Error>("original", 8, stream, &data())
                .await
                .unwrap();
            assert_eq!(
                payload.0,
                format!(r#"{{"Data":{{"original":"RGFya3Jvb20="}},"Metadata":{METADATA}}}"#)
            );
        }
    }

    #[test]
    fn bytes_that_are_there_already_are_the_same_string() {
        let payload = Payload::slice("original", b"Darkroom", &data());
        assert_eq!(
            payload.0,
            format!(r#"{{"Data":{{"original":"RGFya3Jvb20="}},"Metadata":{METADATA}}}"#)
        );
    }

    #[test]
    fn a_date_is_its_own_text() {
        let Value::Object(data) = json!({"Timestamp": "2026-11-24T09:30:00", "Topic": "images"})
        else {
            unreachable!("the literal above is an object")
        };
        let metadata = r#"{"Timestamp":"2026-11-24T09:30:00","Topic":"\"images\""}"#;
        assert_eq!(
            Payload::slice("original", b"", &data).0,
            format!(r#"{{"Data":{{"original":""}},"Metadata":{metadata}}}"#)
        );
    }

    #[tokio::test]
    async fn an_empty_blob_is_an_empty_string() {
        let stream = futures::stream::empty();
        let payload = Payload::bytes::<std::io::Error>("original", 0, stream, &Map::new())
            .await
            .unwrap();
        assert_eq!(payload.0, r#"{"Data":{"original":""},"Metadata":{}}"#);
    }

    #[tokio::test]
    async fn the_pieces_make_up_the_body() {
        let body = Bytes::from(vec![b'x'; 3 * CHUNK + 1]);
        let pieces: Vec<Bytes> = Payload(body.clone())
            .into_chunks()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(pieces.len(), 4);
        assert_eq!(pieces.concat(), body);
    }

    use futures::StreamExt as _;
}
