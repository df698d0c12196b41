//! Invocations as the Functions host sends them, and their answers.
//!
//! This is written from the protocol alone, without the handler's own types, so that both
//! contenders are tested against what the host does.

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

/// The blob that an event is about.
const NAME: &str = "photo.jpg";
/// The placeholder for the number of the event. Each event needs its own, because an image that has
/// been handled is not handled again.
const NUMBER: &str = "000000000000";

/// The body of an event whose trigger carries the original itself: a Kafka message.
pub(crate) fn inline(original: &[u8]) -> Bytes {
    let body = json!({
        "Data": { "original": STANDARD.encode(original) },
        // Strings are encoded twice, objects once.
        "Metadata": {
            "Partition": "0",
            "Topic": json!("images").to_string(),
            "Timestamp": "2026-01-01T00:00:00",
            "Offset": "0",
            "Headers": "[]",
            "LeaderEpoch": "0",
            "IsPartitionEOF": "false",
            "sys": sys("ProcessMessage"),
            "Key": json!(format!("photo-{NUMBER}.jpg")).to_string(),
        },
    });
    Bytes::from(body.to_string())
}

/// The same event about another image.
pub(crate) fn numbered(body: &Bytes, number: u64) -> Bytes {
    let mut body = body.to_vec();
    let found = body
        .windows(NUMBER.len())
        .rposition(|part| part == NUMBER.as_bytes());
    if let Some(start) = found {
        let digits = format!("{number:012}");
        body[start..start + digits.len()].copy_from_slice(digits.as_bytes());
    }
    body.into()
}

/// The body of an event whose trigger leaves the original in storage. Its size does not depend on
/// the original's, except for the digits of the length.
pub(crate) fn deferred(length: usize) -> Bytes {
    let trigger = json!({
        "Version": "1.0",
        "Source": "AzureStorageBlobs",
        "Content": { "IsEmpty": false, "Length": 92, "MediaType": "application/json" },
        "ContentType": "application/json",
    });
    let body = json!({
        "Data": { "original": trigger },
        "Metadata": {
            "name": json!(NAME).to_string(),
            "Uri": json!(format!("https://account.blob.core.windows.net/uploads/{NAME}")).to_string(),
            "Properties": {
                "LastModified": "2026-01-01T00:00:00+00:00",
                "CreatedOn": "2026-01-01T00:00:00+00:00",
                "Metadata": {},
                "BlobType": 0,
                "ContentLength": length,
                "ContentType": "application/octet-stream",
                "ETag": {},
                "ContentHash": "1B2M2Y8AsgTpgAmY7PhCfg==",
                "IsServerEncrypted": true,
            },
            "Metadata": {},
            "sys": sys("ProcessUpload"),
        },
    });
    Bytes::from(body.to_string())
}

fn sys(function: &str) -> Value {
    json!({
        "MethodName": function,
        "UtcNow": "2026-01-01T00:00:01Z",
        "RandGuid": "5d9f5a0f-7f0a-4f62-9d0f-0a5b5a0c9b11",
    })
}

/// A handler's answer to an event.
pub(crate) struct Answer {
    /// `processed` or `rejected`.
    pub(crate) status: String,
    /// Why it was rejected.
    pub(crate) reason: String,
    /// The renditions, by the names of their presets.
    pub(crate) renditions: Vec<(String, Vec<u8>)>,
}

impl Answer {
    pub(crate) fn parse(body: &[u8]) -> Result<Self> {
        let answer: Value = serde_json::from_slice(body).context("the answer is not JSON")?;
        let outputs = answer["Outputs"].as_object().context("no Outputs")?;
        let record = outputs.get("record").context("no record")?;
        let renditions = outputs
            .iter()
            .filter(|(name, _)| *name != "record")
            .map(|(name, value)| {
                let text = value.as_str().context("a rendition is not base64")?;
                Ok((name.clone(), STANDARD.decode(text)?))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            status: record["status"].as_str().unwrap_or_default().to_owned(),
            reason: record["error"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            renditions,
        })
    }

    /// Fails unless there is one rendition of the original for each of `presets`.
    pub(crate) fn ensure_processed(&self, presets: usize) -> Result<()> {
        ensure!(
            self.status == "processed" && self.renditions.len() == presets,
            "the original was {} with {} of {presets} renditions: {}",
            self.status,
            self.renditions.len(),
            self.reason
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inline_original_is_base64_and_names_are_encoded_twice() {
        let body: Value = serde_json::from_slice(&inline(b"abc")).unwrap();
        assert_eq!(body["Data"]["original"], "YWJj");
        assert_eq!(body["Metadata"]["Key"], r#""photo-000000000000.jpg""#);
        let body: Value = serde_json::from_slice(&numbered(&inline(b"abc"), 12)).unwrap();
        assert_eq!(body["Metadata"]["Key"], r#""photo-000000000012.jpg""#);
    }

    #[test]
    fn an_answer_is_held_to_its_renditions() {
        let body = br#"{"Outputs": {"record": {"status": "processed"}, "thumb": "YWJj"}}"#;
        let answer = Answer::parse(body).unwrap();
        assert_eq!(answer.renditions, [("thumb".to_owned(), b"abc".to_vec())]);
        answer.ensure_processed(1).unwrap();
        assert!(answer.ensure_processed(4).is_err());
    }
}
