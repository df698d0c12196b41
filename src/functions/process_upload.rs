//! A blob arrived in the container of uploads.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::extract::State;
use bytes::Bytes;
use contract::{
    BlobName, Rejection, Source, SourceKind, UserFields, Warning, metadata_value,
    names::blob_metadata,
};
use custom_handler::{BlobContent, BlobProperties, Invocation, Outputs, TraceContext};
use serde::Deserialize;

use crate::{
    app::App,
    error::{Error, Retry},
    originals::{Download, check_length},
    process::{Event, Original, process},
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "original";

/// What the blob trigger says about the blob.
#[derive(Debug, Deserialize)]
pub struct Upload {
    /// The blob's name: the `{name}` of the trigger's path.
    #[serde(deserialize_with = "custom_handler::encoded")]
    name: String,
    #[serde(rename = "Properties", default)]
    properties: BlobProperties,
    /// The blob's own metadata.
    #[serde(rename = "Metadata", default)]
    metadata: BTreeMap<String, String>,
}

/// Takes the upload's bytes, inline or from storage, processes them, and hands the results to the
/// output bindings.
///
/// # Errors
///
/// Passing trouble; the host tries again.
pub async fn process_upload(
    State(app): State<Arc<App>>,
    mut invocation: Invocation<Upload>,
) -> Result<Outputs, Retry> {
    let arrived = Instant::now();
    let blob = invocation.blob(TRIGGER)?;
    let mut event = Event::of(&invocation, arrived);
    let upload = invocation.metadata;
    let content = match fetch(&app, &upload, blob).await {
        Ok(Some(content)) => Ok(content),
        // Whoever deleted it wants neither renditions nor a record of it.
        Ok(None) => {
            return Ok(Outputs::new().log(format!("{} was deleted before its turn", upload.name)));
        }
        Err(Error::Rejected(rejection)) => Err(rejection),
        Err(Error::Retry(retry)) => return Err(retry),
    };
    event.read = Some(arrived.elapsed());
    let original = original(&app, upload, content, event);
    app.delivery
        .deliver(process(&app, original).await?, None)
        .await
}

/// The bytes of an upload, and what storage said with them where the handler read them itself.
struct Content {
    bytes: Bytes,
    download: Option<Download>,
}

/// The upload's bytes, or nothing where the blob is gone.
///
/// The blob is found by its name in the one container that the settings name, never by the URI
/// in the event.
async fn fetch(app: &App, upload: &Upload, blob: BlobContent) -> Result<Option<Content>, Error> {
    BlobName::parse(upload.name.as_str()).map_err(|error| Rejection {
        code: error.code().to_owned(),
        message: error.to_string(),
    })?;
    let limits = app.presets.limits();
    match blob {
        BlobContent::Inline(bytes) => Ok(Some(Content {
            bytes,
            download: None,
        })),
        BlobContent::Oversized { bytes } => {
            check_length(bytes, limits)?;
            Err(Retry::new("reading the invocation", "it is longer than it may be").into())
        }
        BlobContent::Deferred => {
            let read = app.uploads.read(&upload.name, limits).await?;
            Ok(read.map(|(bytes, download)| Content {
                bytes,
                download: Some(download),
            }))
        }
    }
}

/// What storage said with the bytes goes before what the host said earlier.
fn original(
    app: &App,
    upload: Upload,
    content: Result<Content, Rejection>,
    mut event: Event,
) -> Original {
    let Upload {
        name,
        properties,
        metadata,
    } = upload;
    let (content, download) = match content {
        Ok(Content { bytes, download }) => (Ok(bytes), download.unwrap_or_default()),
        Err(rejection) => (Err(rejection), Download::default()),
    };
    let fields = download.metadata.unwrap_or(metadata);
    let text = |field: &str| {
        let (_, value) = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(field))?;
        Some(metadata_value::decode(value).into_owned())
    };
    let (user, warnings) = user_fields(&fields);
    // The uploader's trace goes on, if it left one; the host's own begins with its scan.
    let uploaders = text(blob_metadata::TRACEPARENT).and_then(|value| TraceContext::parse(&value));
    event.trace = uploaders.or(event.trace);
    Original {
        length: content.as_ref().map_or_else(
            |_| properties.content_length.unwrap_or_default(),
            |bytes: &Bytes| bytes.len() as u64,
        ),
        content,
        source: Source {
            kind: SourceKind::Blob,
            container: Some(app.uploads.container().to_owned()),
            name: name.clone(),
            etag: download.etag,
            url: Some(app.uploads.url(&name).into()),
            uploader: text(blob_metadata::UPLOADER),
            uploaded_at: download.last_modified,
            ..Source::default()
        },
        file_name: text(blob_metadata::FILENAME)
            .or_else(|| name.rsplit('/').next().map(str::to_owned)),
        declared_type: download.content_type.or(properties.content_type),
        name,
        user,
        warnings,
        event,
    }
}

/// The user's own fields: the blob's metadata less what the parts tell each other in it.
fn user_fields(fields: &BTreeMap<String, String>) -> (UserFields, Vec<Warning>) {
    let own = fields
        .iter()
        .filter(|(name, _)| !blob_metadata::is_reserved(name))
        .map(|(name, value)| (name.as_str(), metadata_value::decode(value)));
    UserFields::validated(own)
}
