//! The message for a blob in the extension's own queues.

use serde::Deserialize;
use serde_json::Value;

/// The queue for blobs that have failed too often, in the account of the blobs.
pub(in crate::triggers) const POISON_QUEUE: &str = "webjobs-blobtrigger-poison";

/// A blob that a function has to be called for, or cannot be called for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::triggers) struct BlobMessage {
    /// `Host.Functions.{Name}`.
    pub(in crate::triggers) function_id: String,
    /// `BlockBlob`, `PageBlob` or `AppendBlob`.
    pub(in crate::triggers) blob_type: String,
    pub(in crate::triggers) container_name: String,
    pub(in crate::triggers) blob_name: String,
    /// With its quotes.
    #[serde(rename = "ETag")]
    pub(in crate::triggers) etag: String,
}

impl BlobMessage {
    /// The text, indented and in the extension's order.
    pub(in crate::triggers) fn text(&self) -> String {
        let fields = [
            ("Type", "BlobTrigger"),
            ("FunctionId", &self.function_id),
            ("BlobType", &self.blob_type),
            ("ContainerName", &self.container_name),
            ("BlobName", &self.blob_name),
            ("ETag", &self.etag),
        ]
        .map(|(name, value)| format!("  \"{name}\": {}", Value::from(value)));
        format!("{{\n{}\n}}", fields.join(",\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_that_the_extension_writes() {
        let message = BlobMessage {
            function_id: "Host.Functions.BlobEvents".into(),
            blob_type: "BlockBlob".into(),
            container_name: "wire-events".into(),
            blob_name: "bad.jpg".into(),
            etag: "\"0x8DABC\"".into(),
        };
        let text = message.text();
        // As recorded from the Storage extension 5.3.10.
        let recorded = "{\n  \"Type\": \"BlobTrigger\",\n  \"FunctionId\": \"Host.Functions.BlobEvents\",\n  \"BlobType\": \"BlockBlob\",\n  \"ContainerName\": \"wire-events\",\n  \"BlobName\": \"bad.jpg\",\n  \"ETag\": \"\\\"0x8DABC\\\"\"\n}";
        assert_eq!(text, recorded);
        assert_eq!(serde_json::from_str::<BlobMessage>(&text).unwrap(), message);
    }
}
