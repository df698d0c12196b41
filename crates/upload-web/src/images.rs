//! One image in its current state.
//!
//! - [`deletion`]: deletes an image and everything that was made of it, for good

pub mod deletion;

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};
use azure_core::http::StatusCode;
use azure_storage_blob::models::BlobClientGetPropertiesResultHeaders as _;
use contract::{
    BlobName, Record, RecordId, RenditionRecord, Source, SourceKind, Status, metadata_value,
    names::blob_metadata,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error},
    records::filter::Filter,
    settings::Flow,
    upload::Accepted,
};

/// An image in its current state.
#[derive(Clone, Debug)]
pub enum CurrentImage {
    /// It has a record that is not a tombstone.
    Recorded(Box<Record>),
    /// It waits to be processed.
    Pending(Box<Pending>),
}

/// An image that waits to be processed.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its id.
    pub id: RecordId,
    /// The file's name.
    pub filename: String,
    /// Where its original is, as far as is known.
    pub source: Source,
    /// Whether its original was found. Otherwise only its name says that it may be on its way, and nothing about it can
    /// be seen yet.
    pub(crate) found: bool,
}

impl CurrentImage {
    fn pending(pending: Pending) -> Self {
        Self::Pending(Box::new(pending))
    }

    /// Whether the user may see it.
    #[must_use]
    pub fn is_visible_to(&self, user: &User) -> bool {
        match self {
            Self::Recorded(record) => user.may_see(record.source.uploader.as_deref()),
            Self::Pending(pending) => {
                !pending.found || user.may_see(pending.source.uploader.as_deref())
            }
        }
    }
}

/// The progress of an image, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageState {
    /// The image's id.
    pub id: String,
    /// Its progress.
    pub status: Progress,
    /// The file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Why it was rejected: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it was rejected: a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The address of its page.
    pub page_url: String,
    /// A small picture of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// The address of the page of another image with exactly the same bytes, if there is one that you may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// The SHA-256 of its bytes.
    #[serde(skip)]
    pub(crate) sha256: Option<String>,
}

/// The progress of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// It waits to be processed.
    Pending,
    /// Its renditions are written.
    Processed,
    /// It can never be processed.
    Rejected,
    /// There is no such image, or this user may not see it.
    Missing,
}

/// The id in an address. An id that no image can have gives a 404.
pub struct ImageId(pub RecordId);

impl<S: Send + Sync> FromRequestParts<S> for ImageId {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let parameters = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let id = parameters
            .ok()
            .and_then(|Path(mut parameters)| parameters.remove("id"))
            .and_then(|id| serde_json::from_value(id.into()).ok());
        id.map(Self)
            .ok_or_else(|| Error::NotFound.respond(parts.uri.path()))
    }
}

impl ImageState {
    /// Whether the state is final.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status != Progress::Pending
    }

    /// The state of an image that does not exist.
    #[must_use]
    pub fn missing(id: &RecordId) -> Self {
        Self {
            id: id.to_string(),
            status: Progress::Missing,
            filename: None,
            code: None,
            reason: None,
            page_url: page_url(id),
            thumb_url: None,
            same_as: None,
            sha256: None,
        }
    }
}

impl From<&CurrentImage> for ImageState {
    fn from(image: &CurrentImage) -> Self {
        match image {
            CurrentImage::Pending(pending) => Self {
                status: Progress::Pending,
                filename: Some(pending.filename.clone()),
                ..Self::missing(&pending.id)
            },
            CurrentImage::Recorded(record) => Self {
                status: match record.status {
                    Status::Processed => Progress::Processed,
                    Status::Rejected => Progress::Rejected,
                    Status::Deleted => Progress::Missing,
                },
                filename: record.file.name.clone(),
                code: record.error.as_ref().map(|error| error.code.clone()),
                reason: record.error.as_ref().map(|error| error.message.clone()),
                thumb_url: thumb(record).map(|thumb| rendition_url(&record.id, thumb)),
                sha256: record.file.sha256.clone(),
                ..Self::missing(&record.id)
            },
        }
    }
}

impl From<Accepted> for ImageState {
    fn from(accepted: Accepted) -> Self {
        Self {
            id: accepted.id,
            status: Progress::Pending,
            filename: Some(accepted.filename),
            code: None,
            reason: None,
            page_url: accepted.page_url,
            thumb_url: None,
            same_as: accepted.existing.map(|image| image.page_url),
            sha256: None,
        }
    }
}

/// The address of the page about an image.
#[must_use]
pub fn page_url(id: &RecordId) -> String {
    format!("/images/{id}")
}

/// The address of a rendition's picture. It contains a hash of the bytes, so the content at an address never changes.
#[must_use]
pub fn rendition_url(id: &RecordId, rendition: &RenditionRecord) -> String {
    let version = rendition
        .sha256
        .as_deref()
        .and_then(|sha256| sha256.get(..16));
    let version = version
        .map(|version| format!("?v={version}"))
        .unwrap_or_default();
    format!("/renditions/{id}/{}{version}", rendition.preset)
}

/// The rendition for a tile: the one called `thumb`, or otherwise the smallest.
#[must_use]
pub fn thumb(record: &Record) -> Option<&RenditionRecord> {
    let written = || {
        let renditions = record.renditions.iter();
        renditions.filter(|rendition| rendition.outcome == contract::Outcome::Written)
    };
    written()
        .find(|rendition| rendition.preset == "thumb")
        .or_else(|| written().min_by_key(|rendition| rendition.bytes))
}

impl App {
    /// The image with this id, if it exists and the user may see it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] otherwise.
    pub async fn image(&self, user: &User, id: &RecordId) -> Result<CurrentImage, Error> {
        let image = self.find(id).await?;
        image
            .filter(|image| image.is_visible_to(user))
            .ok_or(Error::NotFound)
    }

    /// The image's record, if it exists and the user may see it.
    pub async fn record(&self, user: &User, id: &RecordId) -> Result<Box<Record>, Error> {
        match self.records.get(id).await? {
            Some(record)
                if record.status != Status::Deleted
                    && user.may_see(record.source.uploader.as_deref()) =>
            {
                Ok(Box::new(record))
            }
            _ => Err(Error::NotFound),
        }
    }

    /// The state of an image, and whether there is another image with the same bytes.
    ///
    /// Only images that the user may see are mentioned. If this cannot be found out now, it is left out: nobody should
    /// wait for it, and the image's page shows it, too.
    pub async fn with_same(&self, user: &User, id: &RecordId, state: ImageState) -> ImageState {
        let Some(sha256) = state.sha256.as_deref() else {
            return state;
        };
        let filter = Filter::visible_to(user);
        let others = self.records.others_with(&filter, sha256, id).await;
        ImageState {
            same_as: others.unwrap_or_default().first().map(page_url),
            ..state
        }
    }

    /// The image with this id, without a check of rights.
    pub async fn find(&self, id: &RecordId) -> Result<Option<CurrentImage>, Error> {
        match self.records.get(id).await? {
            // The tombstone is written after the original is deleted, so an original that exists came later.
            Some(record) if record.status == Status::Deleted => {
                let waiting = self.waiting(id, &record.source.name).await?;
                Ok(waiting.map(CurrentImage::pending))
            }
            Some(record) => Ok(Some(CurrentImage::Recorded(Box::new(record)))),
            None => Ok(self.pending(id).await?.map(CurrentImage::pending)),
        }
    }

    /// An image without a record.
    async fn pending(&self, id: &RecordId) -> Result<Option<Pending>, Error> {
        let name = id.to_name().and_then(|name| BlobName::parse(name).ok());
        let Some(name) = name else {
            return Ok(None);
        };
        match self.waiting(id, name.as_str()).await? {
            Some(pending) => Ok(Some(pending)),
            None => Ok(self.on_its_way(id, &name)),
        }
    }

    /// An original in the container of uploads that waits to be processed. The blob names its uploader.
    async fn waiting(&self, id: &RecordId, name: &str) -> Result<Option<Pending>, Error> {
        let properties = match self.uploads.blob_client(name).get_properties(None).await {
            Ok(properties) => properties,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let metadata = properties.metadata().map_err(failed)?;
        let field = |key| field(&metadata, key);
        Ok(Some(Pending {
            id: id.clone(),
            filename: field(blob_metadata::FILENAME).unwrap_or_else(|| name.to_owned()),
            source: Source {
                kind: SourceKind::Blob,
                container: Some(self.settings.uploads_container.clone()),
                name: name.to_owned(),
                etag: properties
                    .etag()
                    .map_err(failed)?
                    .map(|etag| etag.to_string()),
                uploader: field(blob_metadata::UPLOADER),
                ..Source::default()
            },
            found: true,
        }))
    }

    /// A message cannot be looked up, so an image may be on its way for as long as its name is new.
    fn on_its_way(&self, id: &RecordId, name: &BlobName) -> Option<Pending> {
        let by_message = self.senders.flows().any(|flow| flow == Flow::Kafka);
        if !by_message || !self.names.may_be_on_its_way(name) {
            return None;
        }
        let (_, filename) = name.as_str().split_once('/').unwrap_or_default();
        Some(Pending {
            id: id.clone(),
            filename: filename.to_owned(),
            source: Source {
                kind: SourceKind::Kafka,
                name: name.as_str().to_owned(),
                ..Source::default()
            },
            found: false,
        })
    }
}

/// Whether a rendition's path is one of the image's own.
#[must_use]
pub fn is_below(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|file| !file.contains('/'))
}

/// A field of a blob's metadata. Storage ignores the case of metadata names.
fn field(metadata: &HashMap<String, String>, key: &str) -> Option<String> {
    let (_, value) = metadata
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(metadata_value::decode(value).into_owned())
}

fn is_not_found(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound)
}

fn failed(error: azure_core::Error) -> Error {
    Error::unavailable(Dependency::Storage, "using Blob Storage")(Box::new(error))
}
