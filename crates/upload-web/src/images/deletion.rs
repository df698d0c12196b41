//! Deletes an image and everything that was made of it, for good.
//!
//! First the original is deleted, so that no handler can begin to process it again. Then a
//! tombstone replaces the record: a handler that is processing the image, and a message that is
//! still to come, find it and leave no trace. Last, all renditions are deleted, including those of
//! presets that are gone. A deletion that was cut off anywhere can be requested again and
//! continues.
//!
//! An image of the same name that arrives meanwhile is another image: its original, its record and
//! its renditions stay.

use azure_core::http::{Etag, StatusCode, Url};
use azure_storage_blob::{
    BlobContainerClient,
    models::{
        BlobClientDeleteOptions, BlobClientGetPropertiesResultHeaders as _,
        BlobContainerClientListBlobsOptions, BlobItem, ListBlobsIncludeItem,
    },
};
use contract::{Record, RecordId, Source, Status, metadata_value, names::rendition_metadata};
use futures::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

use super::{CurrentImage, failed, is_below, is_not_found};
use crate::{app::App, auth::User, error::Error};

/// How much later than its tombstone a rendition may have been written and still belong to the
/// deleted image. It covers the time that a deletion takes, and the difference of clocks. A younger
/// rendition belongs to a new image of the same name.
const LATE: SignedDuration = SignedDuration::from_mins(1);

/// How often the tombstone is tried again because the record has changed meanwhile.
const ROUNDS: usize = 5;

impl App {
    /// Deletes an image that the user may see. If it is deleted already, finishes what is left to
    /// do.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is and was no such image, or the user may not see it.
    pub async fn delete(&self, user: &User, id: &RecordId) -> Result<(), Error> {
        match self.find(id).await? {
            Some(image) if image.is_visible_to(user) => {
                let source = match image {
                    CurrentImage::Recorded(record) => record.source,
                    CurrentImage::Pending(pending) => pending.source,
                };
                self.bury(source).await
            }
            Some(_) => Err(Error::NotFound),
            None => match self.records.get(id).await? {
                Some(record) if record.status == Status::Deleted => self.finish(&record).await,
                _ => Err(Error::NotFound),
            },
        }
    }

    async fn bury(&self, source: Source) -> Result<(), Error> {
        self.delete_originals(&source).await?;
        let uploader = source.uploader.clone();
        let tombstone = Record::tombstone(source, Timestamp::now());
        self.put_in_place(&tombstone).await?;
        self.forget_claim(uploader.as_deref(), &tombstone.id);
        self.delete_renditions(&tombstone.source.name, None).await?;
        tracing::info!(id = %tombstone.id, "deleted an image");
        Ok(())
    }

    /// Replaces the record with a tombstone, unless the record is about an image that has arrived
    /// since.
    async fn put_in_place(&self, tombstone: &Record) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let known = self.records.known(&tombstone.id).await?;
            if let Some(known) = &known
                && self
                    .is_later(&known.record.source, &tombstone.source)
                    .await?
            {
                return Ok(());
            }
            if self.records.put(tombstone, known.as_ref()).await? {
                return Ok(());
            }
        }
        Err(Error::BeingReplaced)
    }

    /// Whether a record is about another version than the deleted one, and that version exists.
    async fn is_later(&self, recorded: &Source, deleted: &Source) -> Result<bool, Error> {
        if recorded.version() == deleted.version() {
            return Ok(false);
        }
        // The original of a message is in the message; that of a blob was deleted just now.
        Ok(recorded.kind.is_message()
            || recorded.version() == self.version_of_upload(&recorded.name).await?)
    }

    /// The version that the container of uploads has of a blob.
    async fn version_of_upload(&self, name: &str) -> Result<Option<String>, Error> {
        match self.uploads.blob_client(name).get_properties(None).await {
            Ok(found) => Ok(found.etag().map_err(failed)?.map(|etag| etag.to_string())),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The versions whose renditions under a name stay: the version of the existing upload, and
    /// that of a record.
    async fn versions_there(&self, name: &str) -> Result<Vec<String>, Error> {
        let upload = self.version_of_upload(name).await?;
        let record = self.records.get(&RecordId::from_name(name)).await?;
        let record = record.filter(|record| record.status != Status::Deleted);
        let recorded = record.and_then(|record| record.source.version());
        Ok(upload.into_iter().chain(recorded).collect())
    }

    /// Repeats the steps that an earlier deletion may not have finished.
    async fn finish(&self, tombstone: &Record) -> Result<(), Error> {
        self.delete_originals(&tombstone.source).await?;
        let until = tombstone.created_at.saturating_add(LATE);
        let until = until.map_err(|error| Error::internal(&error))?;
        self.delete_renditions(&tombstone.source.name, Some(until))
            .await
    }

    /// Deletes the original wherever it may be: in the container of uploads, or in that of incoming
    /// originals, at the record's address or otherwise under the message's key.
    async fn delete_originals(&self, source: &Source) -> Result<(), Error> {
        if source.kind.is_message() {
            if let Some(blob) = referred(source, self.incoming.url()) {
                delete_blob(&self.incoming, &blob).await?;
            }
            delete_blob(&self.incoming, &source.name).await?;
        }
        delete_blob(&self.uploads, &source.name).await
    }

    /// Deletes the renditions of the image `name`, or only those written by `until`.
    async fn delete_renditions(&self, name: &str, until: Option<Timestamp>) -> Result<(), Error> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(format!("{name}/")),
            include: Some(vec![ListBlobsIncludeItem::Metadata]),
            ..Default::default()
        };
        let container = self.renditions.container();
        let blobs = container.list_blobs(Some(options)).map_err(failed)?;
        let blobs: Vec<_> = blobs.try_collect().await.map_err(failed)?;
        // This is read after the list, so if the list holds renditions of a new image, that image
        // exists by now.
        let stay = self.versions_there(name).await?;
        for blob in blobs {
            let is_new = version(&blob).is_some_and(|version| stay.contains(&version));
            let is_old = until.is_none_or(|until| is_written_by(&blob, until));
            let etag = blob.properties.and_then(|properties| properties.etag);
            let path = blob.name.filter(|path| is_below(path, name));
            if let Some(path) = path.filter(|_| is_old && !is_new) {
                delete_version(container, &path, etag).await?;
            }
        }
        Ok(())
    }
}

/// The blob in the container of incoming originals that a record names by its address.
fn referred(source: &Source, container: &Url) -> Option<String> {
    let url = Url::parse(source.url.as_deref()?).ok()?;
    let path = url.path().strip_prefix(container.path())?;
    let name = path.strip_prefix('/')?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned()).filter(|name| !name.is_empty())
}

fn is_written_by(blob: &BlobItem, until: Timestamp) -> bool {
    let properties = blob.properties.as_ref();
    let written = properties.and_then(|properties| properties.last_modified);
    written.is_none_or(|written| written.unix_timestamp() <= until.as_second())
}

/// The version of the original that a rendition was made of.
fn version(rendition: &BlobItem) -> Option<String> {
    let metadata = rendition.metadata.as_ref()?.values.as_ref()?;
    let version = metadata.get(rendition_metadata::VERSION)?;
    Some(metadata_value::decode(version).into_owned())
}

/// Deletes a blob as it was listed. Succeeds as well if the blob is gone or has changed.
async fn delete_version(
    container: &BlobContainerClient,
    name: &str,
    etag: Option<Etag>,
) -> Result<(), Error> {
    let options = BlobClientDeleteOptions {
        // A listing writes entity tags without the quotes that a condition needs.
        if_match: etag
            .map(|etag| Etag::from(format!("\"{}\"", etag.to_string().trim_matches('"')))),
        ..Default::default()
    };
    match container.blob_client(name).delete(Some(options)).await {
        Err(error)
            if !is_not_found(&error)
                && error.http_status() != Some(StatusCode::PreconditionFailed) =>
        {
            Err(failed(error))
        }
        _ => Ok(()),
    }
}

/// Deletes a blob. Succeeds as well if the blob is gone.
async fn delete_blob(container: &BlobContainerClient, name: &str) -> Result<(), Error> {
    match container.blob_client(name).delete(None).await {
        Err(error) if !is_not_found(&error) => Err(failed(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_a_blob_only_within_the_container() {
        let container = Url::parse("http://127.0.0.1:1/account/incoming?sig=x").unwrap();
        let blob = |url: &str| {
            let source = Source {
                url: Some(url.to_owned()),
                ..Source::default()
            };
            referred(&source, &container)
        };
        let here = "http://127.0.0.1:1/account/incoming";
        assert_eq!(
            blob(&format!("{here}/a%20b/%C3%BC.jpg")).as_deref(),
            Some("a b/\u{fc}.jpg")
        );
        for other in ["http://127.0.0.1:1/account/incoming2/a", here, "incoming/a"] {
            assert_eq!(blob(other), None, "{other}");
        }
    }
}
