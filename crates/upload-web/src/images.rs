//! One image, as far as it has come: found, and deleted.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};
use azure_core::http::StatusCode;
use azure_storage_blob::{BlobContainerClient, models::BlobClientGetPropertiesResultHeaders as _};
use contract::{
    BlobName, Record, RecordId, RenditionRecord, Status, metadata_value, names::blob_metadata,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error},
    settings::Flow,
    upload::name,
};

/// An image, as far as it has come.
#[derive(Debug)]
pub enum Image {
    /// It has its record.
    Recorded(Box<Record>),
    /// It waits to be processed.
    Pending {
        /// Its id.
        id: RecordId,
        /// The file's name.
        filename: String,
    },
}

/// How far an image has come, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageState {
    /// The image's id.
    pub id: String,
    /// How far it has come.
    pub status: Progress,
    /// The file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Why it was refused: a word to count by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it was refused: a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where a person sees it.
    pub page_url: String,
    /// A small picture of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
}

/// How far an image has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// It waits to be processed.
    Pending,
    /// Its renditions are there.
    Processed,
    /// It can never be processed.
    Rejected,
    /// There is no such image, or not for this user.
    Missing,
}

/// The id in an address. One that no image can have is not found.
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
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status != Progress::Pending
    }

    /// The state of an image that is not there.
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
        }
    }
}

impl From<&Image> for ImageState {
    fn from(image: &Image) -> Self {
        match image {
            Image::Pending { id, filename } => Self {
                status: Progress::Pending,
                filename: Some(filename.clone()),
                ..Self::missing(id)
            },
            Image::Recorded(record) => Self {
                status: match record.status {
                    Status::Processed => Progress::Processed,
                    Status::Rejected => Progress::Rejected,
                    Status::Deleted => Progress::Missing,
                },
                filename: record.file.name.clone(),
                code: record.error.as_ref().map(|error| error.code.clone()),
                reason: record.error.as_ref().map(|error| error.message.clone()),
                thumb_url: thumb(record).map(|thumb| rendition_url(&record.id, thumb)),
                ..Self::missing(&record.id)
            },
        }
    }
}

/// The page about an image.
#[must_use]
pub fn page_url(id: &RecordId) -> String {
    format!("/images/{id}")
}

/// The address of a rendition's picture. It names the bytes, so what it leads to never changes.
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

/// The rendition for a tile: the one called `thumb`, or else the smallest.
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
    /// The image with this id, where there is one and the user may see it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] in both other cases.
    pub async fn image(&self, user: &User, id: &RecordId) -> Result<Image, Error> {
        match self.records.get(id).await? {
            Some(record) if user.may_see(record.source.uploader.as_deref()) => {
                Ok(Image::Recorded(Box::new(record)))
            }
            Some(_) => Err(Error::NotFound),
            None => self.pending(user, id).await,
        }
    }

    /// Its record, where there is one and the user may see it.
    pub async fn record(&self, user: &User, id: &RecordId) -> Result<Box<Record>, Error> {
        let record = self.records.get(id).await?.ok_or(Error::NotFound)?;
        if !user.may_see(record.source.uploader.as_deref()) {
            return Err(Error::NotFound);
        }
        Ok(Box::new(record))
    }

    /// An original without a record waits to be processed. Who sent it stands on the blob.
    async fn pending(&self, user: &User, id: &RecordId) -> Result<Image, Error> {
        let name = id.to_name().ok_or(Error::NotFound)?;
        let name = BlobName::parse(name).map_err(|_| Error::NotFound)?;
        let blob = self.uploads.blob_client(name.as_str());
        let properties = match blob.get_properties(None).await {
            Ok(properties) => properties,
            Err(error) if is_not_found(&error) => return self.on_its_way(id, &name),
            Err(error) => return Err(failed(error)),
        };
        let metadata = properties.metadata().map_err(failed)?;
        let field = |key| field(&metadata, key);
        if !user.may_see(field(blob_metadata::UPLOADER).as_deref()) {
            return Err(Error::NotFound);
        }
        let filename = field(blob_metadata::FILENAME);
        Ok(Image::Pending {
            id: id.clone(),
            filename: filename.unwrap_or_else(|| name.into_string()),
        })
    }

    /// A message cannot be asked for, so an image may be on its way for as long as its name, which
    /// tells when it was made, is new. There is nothing about it yet that could be seen.
    fn on_its_way(&self, id: &RecordId, name: &BlobName) -> Result<Image, Error> {
        let by_message = self.senders.flows().any(|flow| flow == Flow::Kafka);
        if !by_message || !name::is_recent(name) || self.deleted.contains(id) {
            return Err(Error::NotFound);
        }
        let (_, filename) = name.as_str().split_once('/').unwrap_or_default();
        Ok(Image::Pending {
            id: id.clone(),
            filename: filename.to_owned(),
        })
    }

    /// Deletes the original, the renditions and at last the record: where something fails on the
    /// way, the record is still there to try again from.
    pub async fn delete(&self, user: &User, id: &RecordId) -> Result<(), Error> {
        let image = self.image(user, id).await?;
        self.deleted.add(id);
        match image {
            Image::Pending { .. } => {
                let name = id.to_name().ok_or(Error::NotFound)?;
                delete_blob(&self.uploads, &name).await
            }
            Image::Recorded(record) => {
                let source = &record.source;
                let settings = &self.settings;
                if source.container.as_deref() == Some(&settings.uploads_container) {
                    delete_blob(&self.uploads, &source.name).await?;
                } else if source.container.as_deref() == Some(&settings.incoming_container) {
                    delete_blob(&self.incoming, &source.name).await?;
                }
                for path in record.renditions.iter().filter_map(|r| r.path.as_deref()) {
                    if is_below(path, &source.name) {
                        delete_blob(&self.renditions, path).await?;
                    }
                }
                self.records.delete(id).await
            }
        }
    }
}

/// Whether a rendition's path is one of the image's own.
#[must_use]
pub fn is_below(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|file| !file.contains('/'))
}

/// Storage compares names of metadata without case.
fn field(metadata: &HashMap<String, String>, key: &str) -> Option<String> {
    let (_, value) = metadata
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(metadata_value::decode(value).into_owned())
}

/// That a blob is gone already is as good.
async fn delete_blob(container: &BlobContainerClient, name: &str) -> Result<(), Error> {
    match container.blob_client(name).delete(None).await {
        Err(error) if !is_not_found(&error) => Err(failed(error)),
        _ => Ok(()),
    }
}

fn is_not_found(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound)
}

fn failed(error: azure_core::Error) -> Error {
    Error::unavailable(Dependency::Storage, "using Blob Storage")(Box::new(error))
}
