//! Names that several parts must agree on. Those of containers and the topic are defaults, because each is a setting.

/// Blob container of the originals that are uploaded straight to storage.
pub const UPLOADS: &str = "uploads";
/// Blob container of the originals that Kafka messages refer to.
pub const INCOMING: &str = "incoming";
/// Blob container of the renditions.
pub const RENDITIONS: &str = "renditions";
/// Blob container of the messages that can never be processed.
pub const DEAD_LETTER: &str = "dead-letter";
/// Blob container of the marks of attempts in progress; see the handler's `stores::attempts`.
pub const ATTEMPTS: &str = "attempts";
/// Blob container of the runs of reprocessing; see [`Run`](crate::Run).
pub const RUNS: &str = "runs";
/// Container of originals that browsers write themselves, until the web application takes them from there.
pub const STAGING: &str = "staging";
/// Queue of the work of runs, in the account of the uploads.
pub const RUNS_QUEUE: &str = "darkroom-runs";
/// Kafka topic of the originals.
pub const TOPIC: &str = "images";
/// Cosmos DB database of the records.
pub const COSMOS_DATABASE: &str = "darkroom";
/// Cosmos DB container of the records; its partition key is `/id`.
pub const COSMOS_CONTAINER: &str = "images";

/// Headers of a message on [`TOPIC`]; all are optional, and all values are UTF-8.
///
/// The message's key is the image's name. Its value is the original's bytes, or empty if [`BLOB`](header::BLOB) says
/// where they are.
pub mod header {
    /// Media type that the uploader declared.
    pub const CONTENT_TYPE: &str = "content-type";
    /// The file's name on the uploader's machine.
    pub const FILENAME: &str = "filename";
    /// JSON object of the user's own fields.
    pub const METADATA: &str = "metadata";
    /// The point that crops keep, as [`FocusPoint`](crate::FocusPoint) reads it.
    pub const FOCUS: &str = "focus";
    /// Name of the blob in [`INCOMING`](super::INCOMING) that holds the bytes.
    pub const BLOB: &str = "blob";
    /// Who uploaded it, as determined by the web application.
    pub const UPLOADER: &str = "uploader";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
}

/// Metadata of a blob in [`UPLOADS`]; every other name is one of the user's own fields.
///
/// Storage ignores the case of these names and accepts only C# identifiers. Values are written by
/// [`metadata_value::encode`](crate::metadata_value::encode).
pub mod blob_metadata {
    /// The file's name on the uploader's machine.
    pub const FILENAME: &str = "filename";
    /// Who uploaded it, as determined by the web application.
    pub const UPLOADER: &str = "uploader";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
    /// The point that crops keep, as [`FocusPoint`](crate::FocusPoint) reads it.
    pub const FOCUS: &str = "focus";

    /// Whether `name` is one of the names above or one that the Functions host writes on its own blobs. Such a name is
    /// never one of the user's fields.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        [
            FILENAME,
            UPLOADER,
            TRACEPARENT,
            FOCUS,
            "AzureWebJobsParentId",
            "hdi_isfolder",
        ]
        .iter()
        .any(|reserved| reserved.eq_ignore_ascii_case(name))
    }
}

/// Metadata of a rendition that the handler writes itself. An output binding cannot write metadata.
pub mod rendition_metadata {
    /// The original's name, as [`metadata_value::encode`](crate::metadata_value::encode) writes it.
    pub const ORIGINAL: &str = "original";
    /// The preset's name.
    pub const PRESET: &str = "preset";
    /// The version of the original ([`Source::version`](crate::Source::version)), encoded in the same way.
    pub const VERSION: &str = "version";
    /// The version of the preset ([`RenditionRecord::preset_version`](crate::RenditionRecord)).
    pub const PRESET_VERSION: &str = "presetversion";
}

/// The name of a rendition's blob in the container of renditions, `{name}/{preset}.{extension}`.
///
/// ```
/// assert_eq!(contract::rendition_path("cats/tom.png", "thumb", "webp"), "cats/tom.png/thumb.webp");
/// ```
#[must_use]
pub fn rendition_path(name: &str, preset: &str, extension: &str) -> String {
    format!("{name}/{preset}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_metadata_names_are_compared_without_case() {
        assert!(blob_metadata::is_reserved("FileName"));
        assert!(blob_metadata::is_reserved("azurewebjobsparentid"));
        assert!(!blob_metadata::is_reserved("title"));
    }
}
