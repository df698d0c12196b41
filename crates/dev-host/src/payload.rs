//! The body of an invocation: `{"Data": {binding: value}, "Metadata": {key: value}}`.
//!
//! It is written by hand from raw JSON, as the host writes it with Newtonsoft.Json: bytes are
//! base64, objects are objects, and everything else is its JSON text inside a string.

use base64::{Engine as _, engine::general_purpose::STANDARD, write::EncoderStringWriter};
use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use serde_json::{Map, Value};

use crate::{expressions::BindingData, json_net::Date};

/// The size of the pieces in which a body is sent.
const CHUNK: usize = 64 * 1024;

/// The body of one invocation.
#[derive(Debug)]
pub(crate) struct Payload {
    /// Everything up to the end of the trigger's value.
    start: Bytes,
    /// The values of the inputs, each with a comma before it.
    inputs: String,
    /// The rest.
    end: String,
}

impl Payload {
    fn new(start: String, data: &BindingData) -> Self {
        Self {
            start: start.into(),
            inputs: String::new(),
            end: format!(r#"}},"Metadata":{}}}"#, metadata(data)),
        }
    }

    /// A trigger whose value is JSON: an object stays unchanged, and anything else becomes its JSON
    /// text inside a string.
    pub(crate) fn json(binding: &str, value: &Value, data: &BindingData) -> Self {
        let mut start = open(binding, 0);
        start.push_str(&encode(value).to_string());
        Self::new(start, data)
    }

    /// A trigger whose value is text.
    pub(crate) fn text(binding: &str, value: &str, data: &BindingData) -> Self {
        Self::json(binding, &value.into(), data)
    }

    /// A trigger whose value is bytes. They are encoded while they arrive, so the body needs little
    /// more memory than its base64. `length` is only a hint for the allocation.
    pub(crate) async fn bytes<E: From<std::io::Error>>(
        binding: &str,
        length: usize,
        value: impl Stream<Item = Result<Bytes, E>>,
        data: &BindingData,
    ) -> Result<Self, E> {
        let mut start = open(binding, length);
        start.push('"');
        let mut encoder = EncoderStringWriter::from_consumer(start, &STANDARD);
        value
            .try_for_each(|chunk| {
                let written = std::io::Write::write_all(&mut encoder, &chunk);
                std::future::ready(written.map_err(E::from))
            })
            .await?;
        let mut start = encoder.into_inner();
        start.push('"');
        Ok(Self::new(start, data))
    }

    /// A trigger whose value is bytes in memory.
    pub(crate) fn slice(binding: &str, value: &[u8], data: &BindingData) -> Self {
        let mut start = open(binding, value.len());
        start.push('"');
        STANDARD.encode_string(value, &mut start);
        start.push('"');
        Self::new(start, data)
    }

    /// Adds the value of an input after the existing ones.
    pub(crate) fn add_input(&mut self, binding: &str, value: &Value) {
        self.inputs.push(',');
        self.inputs.push_str(&Value::from(binding).to_string());
        self.inputs.push(':');
        self.inputs.push_str(&value.to_string());
    }

    /// The body in pieces. It is sent chunked, like the host's, which serialises straight into the
    /// request and does not know the length beforehand.
    pub(crate) fn into_chunks(self) -> impl Stream<Item = std::io::Result<Bytes>> {
        let parts = [self.start, self.inputs.into(), self.end.into()];
        futures::stream::iter(parts.into_iter().flat_map(chunks).map(Ok))
    }
}

fn chunks(part: Bytes) -> impl Iterator<Item = Bytes> {
    (0..part.len()).step_by(CHUNK).map(move |start| {
        let end = part.len().min(start + CHUNK);
        part.slice(start..end)
    })
}

/// A body up to the first letter of the trigger's value, with room for `length` bytes in base64.
fn open(binding: &str, length: usize) -> String {
    let mut body = String::with_capacity(length.div_ceil(3) * 4 + binding.len() + 64);
    body.push_str(r#"{"Data":{"#);
    body.push_str(&Value::from(binding).to_string());
    body.push(':');
    body
}

/// Binding data that the host treats as dates. Their ISO text is written unchanged.
const DATES: [&str; 4] = [
    "ExpirationTime",
    "InsertionTime",
    "NextVisibleTime",
    "Timestamp",
];

/// Binding data as metadata: nulls and the trigger's own value are left out, and everything except
/// objects becomes its JSON text inside a string.
fn metadata(data: &BindingData) -> Value {
    let entries = data
        .iter()
        .filter(|(key, value)| !value.is_null() && !key.to_ascii_lowercase().ends_with("trigger"))
        .map(|(key, value)| match value {
            Value::String(text) if DATES.contains(&key.as_str()) && is_date(text) => {
                (key.clone(), value.clone())
            }
            _ => (key.clone(), encode(value)),
        });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// A field of the event itself may have the name of a date and contain any text.
fn is_date(text: &str) -> bool {
    Date::parse(text).is_some()
}

/// How the host writes everything except bytes.
pub(crate) fn encode(value: &Value) -> Value {
    match value {
        Value::Object(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    fn body(payload: Payload) -> String {
        let start = String::from_utf8(payload.start.into()).unwrap();
        start + &payload.inputs + &payload.end
    }

    #[test]
    fn everything_but_objects_is_json_text_inside_a_string() {
        let payload = Payload::json("original", &json!({"Version": "1.0"}), &data());
        assert_eq!(
            body(payload),
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
                body(payload),
                format!(r#"{{"Data":{{"original":"RGFya3Jvb20="}},"Metadata":{METADATA}}}"#)
            );
        }
    }

    #[test]
    fn bytes_that_are_there_already_are_the_same_string() {
        let payload = Payload::slice("original", b"Darkroom", &data());
        assert_eq!(
            body(payload),
            format!(r#"{{"Data":{{"original":"RGFya3Jvb20="}},"Metadata":{METADATA}}}"#)
        );
    }

    #[test]
    fn inputs_follow_the_value_of_the_trigger() {
        let mut payload = Payload::text("item", "x", &Map::new());
        payload.add_input("file", &encode(&"text".into()));
        payload.add_input("document", &encode(&Value::Null));
        assert_eq!(
            body(payload),
            r#"{"Data":{"item":"\"x\"","file":"\"text\"","document":"null"},"Metadata":{}}"#
        );
    }

    #[test]
    fn a_date_is_its_own_text() {
        let Value::Object(data) =
            json!({"InsertionTime": "soon", "Timestamp": "2026-11-24T09:30:00"})
        else {
            unreachable!("the literal above is an object")
        };
        let metadata = r#"{"InsertionTime":"\"soon\"","Timestamp":"2026-11-24T09:30:00"}"#;
        assert_eq!(
            body(Payload::slice("original", b"", &data)),
            format!(r#"{{"Data":{{"original":""}},"Metadata":{metadata}}}"#)
        );
    }

    #[tokio::test]
    async fn an_empty_blob_is_an_empty_string() {
        let stream = futures::stream::empty();
        let payload = Payload::bytes::<std::io::Error>("original", 0, stream, &Map::new())
            .await
            .unwrap();
        assert_eq!(body(payload), r#"{"Data":{"original":""},"Metadata":{}}"#);
    }

    #[tokio::test]
    async fn the_pieces_make_up_the_body() {
        let value = vec![b'x'; 3 * CHUNK];
        let payload = || Payload::slice("original", &value, &data());
        let pieces: Vec<Bytes> = payload().into_chunks().try_collect().await.unwrap();
        assert_eq!(pieces.len(), 6, "five of base64, and the end");
        assert_eq!(pieces.concat(), body(payload()).as_bytes());
    }

    use futures::StreamExt as _;
}
