//! Sends one file and waits for its record.

use std::{
    cell::Cell,
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use azure_core::http::Body;
use azure_storage_blob::{
    models::{BlobClientUploadOptions, BlockBlobClientUploadResult},
    stream::tokio::FileStream,
};
use contract::{Record, RecordId, metadata_value, names::blob_metadata};
use tokio::{fs::File, sync::Semaphore, time::sleep};

use super::{
    account::Account,
    files::{self, UploadFile},
};

/// How many files are sent, and how many records are requested, at once.
const AT_ONCE: usize = 8;

/// The pause before the first request for a record, and the longest pause between two.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The result for a file.
pub(crate) enum Arrival {
    /// Its record has arrived.
    Recorded {
        record: Box<Record>,
        /// From the start of its upload.
        took: Duration,
    },
    /// No record came in time. `trouble` is the last error of a request for it.
    Missing {
        waited: Duration,
        trouble: Option<String>,
    },
    /// It could not be sent.
    NotSent(anyhow::Error),
}

/// State that all files share while they wait.
pub(crate) struct Waiting {
    sending: Semaphore,
    asking: Semaphore,
    /// How long nothing may arrive.
    patience: Duration,
    /// The time of the last progress. As long as records arrive, all others still may.
    progress: Cell<Instant>,
}

impl Waiting {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            sending: Semaphore::new(AT_ONCE),
            asking: Semaphore::new(AT_ONCE),
            patience,
            progress: Cell::new(Instant::now()),
        }
    }
}

/// Sends a file and waits for the record of exactly this version. `send` returns a function that
/// recognises it, because an older record of that name may exist.
pub(crate) async fn of<IsOf: Fn(&Record) -> bool>(
    name: &str,
    account: &Account,
    waiting: &Waiting,
    send: impl Future<Output = Result<IsOf>>,
) -> Arrival {
    let (is_of, started) = {
        let _place = waiting.sending.acquire().await;
        let started = Instant::now();
        match send.await {
            Ok(is_of) => (is_of, started),
            Err(error) => return Arrival::NotSent(error),
        }
    };
    waiting.progress.set(Instant::now());
    let mut pause = FIRST_PAUSE;
    loop {
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        let _place = waiting.asking.acquire().await;
        let trouble = match find(name, account).await {
            Ok(Some(record)) if is_of(&record) => {
                waiting.progress.set(Instant::now());
                let record = Box::new(record);
                return Arrival::Recorded {
                    record,
                    took: started.elapsed(),
                };
            }
            Ok(_) => None,
            Err(error) => Some(format!("{error:#}")),
        };
        if waiting.progress.get().elapsed() > waiting.patience {
            return Arrival::Missing {
                waited: waiting.patience,
                trouble,
            };
        }
    }
}

/// Streams the file into its blob. Returns a function that recognises the record of this version.
pub(super) async fn put(
    upload: &UploadFile,
    account: &Account,
) -> Result<impl Fn(&Record) -> bool + use<>> {
    let file = File::open(&upload.path).await?;
    let content = Body::from(FileStream::builder(file).build().await?);
    let metadata = HashMap::from([(
        blob_metadata::FILENAME.to_owned(),
        metadata_value::encode(upload.file_name()).into_owned(),
    )]);
    let options = BlobClientUploadOptions {
        blob_content_type: Some(files::content_type(&upload.path).to_owned()),
        metadata: Some(metadata),
        ..Default::default()
    };
    let blob = account.uploads.blob_client(&upload.name);
    let version = blob.upload(content.into(), Some(options)).await?;
    Ok(move |record: &Record| is_of(record, &version))
}

/// The record of the image called `name`, by a point read.
pub(crate) async fn find(name: &str, account: &Account) -> Result<Option<Record>> {
    let id = RecordId::from_name(name);
    match account
        .records
        .read_item(id.as_str().to_owned(), id.as_str(), None)
        .await
    {
        Ok(response) => Ok(Some(
            response.into_model().context("the record cannot be read")?,
        )),
        Err(error) if error.status().is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether `record` is about this upload and not about an earlier one of the same name.
///
/// The entity tag decides. The handler does not learn it if the host passes the bytes inline; then
/// the time of the blob's last change, in whole seconds, decides.
fn is_of(record: &Record, version: &BlockBlobClientUploadResult) -> bool {
    if let (Some(recorded), Some(uploaded)) = (&record.source.etag, &version.etag) {
        let uploaded: &str = uploaded.as_ref();
        return recorded.trim_matches('"') == uploaded.trim_matches('"');
    }
    match (record.source.uploaded_at, version.last_modified) {
        (Some(recorded), Some(uploaded)) => recorded.as_second() >= uploaded.unix_timestamp(),
        _ => true,
    }
}
