//! A blob arrived in the container of uploads.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Extension, extract::State};
use azure_core::http::Url;
use azure_functions_custom_handler::{BlobContent, Invocation, Outputs, TraceContext};
use contract::{
    BlobName, Rejection, Source, SourceKind, UserFields, Warning, metadata_value,
    names::blob_metadata,
};
use serde::Deserialize;

use crate::{
    app::App,
    error::{Error, Retry},
    handling::{Handled, handle, remove},
    original::{Arrived, Content, Event, Original, bounded, focus},
    patience::Patience,
    stores::originals::{BlobFacts, Originals, check_length},
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "original";

/// What the blob trigger says about the blob.
#[derive(Debug, Deserialize)]
pub struct Upload {
    /// The blob's name: the `{name}` of the trigger's path. The host sends none for a blob of
    /// another container, and none for a name that its pattern does not match.
    #[serde(
        default,
        deserialize_with = "azure_functions_custom_handler::encoded_option"
    )]
    name: Option<String>,
    #[serde(
        rename = "Uri",
        default,
        deserialize_with = "azure_functions_custom_handler::encoded_option"
    )]
    uri: Option<String>,
}

/// Takes the upload's bytes, inline or from storage, processes them, and delivers the results.
///
/// # Errors
///
/// Passing trouble; the host tries again.
pub async fn process_upload(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    mut invocation: Invocation<Upload>,
) -> Result<Outputs, Retry> {
    let blob = invocation.blob(TRIGGER)?;
    let event = Event::of(&invocation, arrived);
    let Some(name) = invocation.metadata.name_in(&app.uploads) else {
        let uri = invocation.metadata.uri.unwrap_or_default();
        tracing::warn!(
            uri,
            "ignored: the event is about a blob of another container"
        );
        return Ok(Outputs::new().log("ignored: a blob of another container"));
    };
    let patience = event.patience();
    match original(&app, name, blob, event, &patience).await? {
        Ok(original) => Ok(handle(&app, app.mode, original).await?.outputs),
        Err(unchanged) => Ok(unchanged.outputs),
    }
}

impl Upload {
    /// The blob's name, if the blob is in the container of uploads, which the host does not check.
    /// A name with a line feed does not match the host's pattern and is taken from the URI.
    fn name_in(&self, uploads: &Originals) -> Option<String> {
        let Some(uri) = self.uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else {
            return self.name.clone();
        };
        uploads
            .has(&uri)
            .then(|| self.name.clone().or_else(|| uploads.name_at(&uri)))
            .flatten()
    }
}

/// Opens the original for a blob of the container of uploads. If the blob is gone, returns how its
/// removal ended.
///
/// The blob is found by its name in the one container that the settings name, never by the URI in
/// the event.
pub(crate) async fn original(
    app: &App,
    name: String,
    blob: BlobContent,
    event: Event,
    patience: &Patience,
) -> Result<Result<Original, Handled>, Retry> {
    if let Err(error) = BlobName::parse(name.as_str()) {
        let rejection = Rejection {
            code: error.code().to_owned(),
            message: error.to_string(),
        };
        return Ok(Ok(describe(
            app,
            name,
            &BlobFacts::default(),
            Content::Refused(rejection),
            event,
        )));
    }
    let found = match blob {
        BlobContent::Deferred => match app.uploads.open(patience, &name).await {
            Ok(opened) => {
                opened.map(|opened| (opened.facts.clone(), Content::Upload(Box::new(opened))))
            }
            Err(Error::Rejected(rejection)) => {
                let facts = app.uploads.find(patience, &name).await?;
                facts.map(|facts| (facts, Content::Refused(rejection)))
            }
            Err(Error::Retry(retry)) => return Err(retry),
        },
        BlobContent::Inline(bytes) => {
            let facts = app.uploads.find(patience, &name).await?;
            facts.map(|facts| (facts, Content::Here(bytes)))
        }
        BlobContent::Oversized { bytes } => {
            let facts = app.uploads.find(patience, &name).await?;
            let refused = check_length(bytes, app.presets.limits()).err();
            facts.zip(refused.map(Content::Refused))
        }
    };
    if let Some((facts, content)) = found {
        return Ok(Ok(describe(app, name, &facts, content, event)));
    }
    // The original was deleted, so neither renditions nor a record of it must stay.
    remove(app, &name, patience).await.map(Err)
}

/// Combines what storage and the host say about the blob. Storage wins, because the host's values
/// are older.
fn describe(
    app: &App,
    name: String,
    facts: &BlobFacts,
    content: Content,
    mut event: Event,
) -> Original {
    let text = |field: &str| {
        let (_, value) = facts
            .metadata
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(field))?;
        Some(metadata_value::decode(value).into_owned())
    };
    let (user, mut warnings) = user_fields(&facts.metadata);
    let focus = focus(text(blob_metadata::FOCUS).as_deref(), &mut warnings);
    // Continues the uploader's trace if it left one. The host's own trace begins only with its
    // trigger.
    let uploaders = text(blob_metadata::TRACEPARENT).and_then(|value| TraceContext::parse(&value));
    event.trace = uploaders.or(event.trace);
    Original {
        length: facts.length,
        content,
        md5: facts.md5.clone(),
        source: Source {
            kind: SourceKind::Blob,
            container: Some(app.uploads.container().to_owned()),
            name: name.clone(),
            etag: Some(facts.etag.clone()).filter(|etag| !etag.is_empty()),
            url: Some(app.uploads.url(&name).into()),
            uploader: text(blob_metadata::UPLOADER).map(bounded),
            uploaded_at: facts.last_modified,
            ..Source::default()
        },
        file_name: text(blob_metadata::FILENAME)
            .or_else(|| name.rsplit('/').next().map(str::to_owned))
            .map(bounded),
        declared_type: facts.content_type.clone().map(bounded),
        name,
        user,
        focus,
        warnings,
        message: None,
        run: None,
        event,
    }
}

/// The user's own fields: the blob's metadata without the entries that parts of Darkroom write for
/// each other.
fn user_fields(fields: &BTreeMap<String, String>) -> (UserFields, Vec<Warning>) {
    let own = fields
        .iter()
        .filter(|(name, _)| !blob_metadata::is_reserved(name))
        .map(|(name, value)| (name.as_str(), metadata_value::decode(value)));
    UserFields::validated(own)
}
