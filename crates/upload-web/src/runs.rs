//! Runs of reprocessing: starts runs of images that are chosen here, and reads the progress of all
//! runs.

use azure_core::http::{RequestContent, StatusCode};
use azure_storage_blob::{BlobContainerClient, models::BlobContainerClientListBlobsOptions};
use azure_storage_queue::{QueueClient, models::QueueMessage};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use connections::StorageConnection;
use contract::{
    Run, RunMessage, RunState, Selection, names,
    run::{new_id, run_path},
};
use futures::TryStreamExt as _;
use jiff::Timestamp;

use crate::error::{Dependency, Error};

/// The most runs that are shown.
const SHOWN: usize = 20;

/// The container of runs and the queue of their work.
pub struct Runs {
    container: BlobContainerClient,
    /// Absent if the connection has no queue endpoint. Then no run can be started here.
    queue: Option<QueueClient>,
}

impl Runs {
    /// The runs in this account.
    pub fn new(account: &StorageConnection) -> anyhow::Result<Self> {
        Ok(Self {
            container: account.blobs()?.blob_container_client(names::RUNS),
            queue: match account.queues() {
                Ok(queues) => Some(queues.queue_client(names::RUNS_QUEUE)?),
                Err(_) => None,
            },
        })
    }

    /// Starts a run of these images. Returns its name.
    pub async fn start(&self, images: &[String]) -> Result<String, Error> {
        let now = Timestamp::now();
        let run = Run {
            id: new_id(now),
            created_at: now,
            selection: Selection::Chosen,
            presets_version: String::new(),
            per_minute: 0,
            expected: images.len() as u64,
            state: RunState::Queued,
            queued: images.len() as u64,
            after: None,
            before: None,
        };
        let json = serde_json::to_vec(&run).map_err(|error| Error::internal(&error))?;
        let blob = self.container.blob_client(&run_path(&run.id));
        blob.upload(Bytes::from(json).into(), None)
            .await
            .map_err(failed)?;
        for name in images {
            let message = RunMessage::Image {
                run: run.id.clone(),
                name: name.clone(),
            };
            self.send(&message).await?;
        }
        Ok(run.id)
    }

    async fn send(&self, message: &RunMessage) -> Result<(), Error> {
        let json = serde_json::to_vec(message).map_err(|error| Error::internal(&error))?;
        let message = QueueMessage {
            // The Functions host expects base64.
            message_text: Some(BASE64_STANDARD.encode(json)),
        };
        let content: RequestContent<_, _> = message.try_into().map_err(failed)?;
        let Some(queue) = &self.queue else {
            tracing::error!("the connection of the images' storage account has no queue endpoint");
            return Err(Error::Unavailable(Dependency::Storage));
        };
        queue
            .send_message(content, None)
            .await
            .map(drop)
            .map_err(failed)
    }

    /// Creates the queue, on a developer's machine.
    pub async fn prepare(&self) -> azure_core::Result<()> {
        match &self.queue {
            Some(queue) => queue.create(None).await.map(drop),
            None => Ok(()),
        }
    }

    /// The last runs, the newest first; none before the container exists.
    pub async fn last(&self) -> Result<Vec<Run>, Error> {
        let options = BlobContainerClientListBlobsOptions {
            // Names of runs begin with a year. Refusals are kept under other names.
            prefix: Some("2".to_owned()),
            ..BlobContainerClientListBlobsOptions::default()
        };
        let listed = self.container.list_blobs(Some(options)).map_err(failed)?;
        let listed = match listed.try_collect::<Vec<_>>().await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Vec::new(),
            listed => listed.map_err(failed)?,
        };
        let mut paths: Vec<_> = listed
            .into_iter()
            .filter_map(|blob| blob.name)
            .filter(|path| !path.contains('/'))
            .collect();
        paths.sort_unstable_by(|left, right| right.cmp(left));
        paths.truncate(SHOWN);
        let mut runs = Vec::new();
        for path in paths {
            let blob = self.container.blob_client(&path);
            let body = blob.download(None).await.map_err(failed)?.body;
            let bytes = body.collect().await.map_err(failed)?;
            // A document that cannot be read is skipped, because another version of Darkroom may
            // write it differently.
            runs.extend(serde_json::from_slice::<Run>(&bytes).ok());
        }
        Ok(runs)
    }
}

fn failed(error: azure_core::Error) -> Error {
    Error::unavailable(Dependency::Storage, "reading or starting runs")(Box::new(error))
}
