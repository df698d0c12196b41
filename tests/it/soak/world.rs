//! The storage and the database without faults, as everybody except the handler reaches them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use azure_data_cosmos::clients::ContainerClient;
use azure_storage_blob::{
    BlobServiceClient,
    models::{BlobClientUploadOptions, BlobContainerClientListBlobsOptions, ListBlobsIncludeItem},
};
use azure_storage_queue::{QueueServiceClient, models::QueueClientGetPropertiesResultHeaders as _};
use bytes::Bytes;
use contract::{Record, RecordId, Source, metadata_value};
use futures::TryStreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::play::Ending;
use crate::support::{PATIENCE, stack::event_queue};

/// The poison queue of the host.
const POISON: &str = "webjobs-blobtrigger-poison";

pub(super) struct World {
    pub(super) blobs: BlobServiceClient,
    pub(super) queues: QueueServiceClient,
    /// The queues of the account that is the host's own.
    pub(super) host_queues: QueueServiceClient,
    pub(super) records: ContainerClient,
    /// The address where Event Grid delivers.
    pub(super) webhook: String,
    pub(super) http: reqwest::Client,
    /// When the record about each version of an original was made, as first seen.
    pub(super) made: Mutex<HashMap<(String, String), String>>,
    /// Records that were made again about the same version.
    pub(super) remade: Mutex<Vec<String>>,
}

/// The longest time that the topic needs to announce what was uploaded while storage was away.
const LONGEST_ANNOUNCEMENT: Duration = Duration::from_mins(1);

/// A blob of the container of renditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendition {
    pub(super) etag: String,
    /// The version of the original in its metadata.
    pub(super) version: Option<String>,
}

/// The numbers of waiting messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) events: i64,
    pub(super) parked: i64,
    /// Attempts that are running, or were cut off. The handler clears up after them.
    pub(super) attempts: usize,
}

impl World {
    pub(super) async fn upload(&self, name: &str, bytes: Vec<u8>) -> String {
        let options = BlobClientUploadOptions {
            blob_content_type: Some("image/jpeg".into()),
            ..Default::default()
        };
        let blob = self.blobs.blob_client("uploads", name);
        let written = blob.upload(Bytes::from(bytes).into(), Some(options)).await;
        let etag = written.expect("Azurite accepts the blob").etag;
        etag.expect("a new blob has an entity tag").to_string()
    }

    pub(super) async fn delete_original(&self, name: &str) {
        self.delete_blob("uploads", name).await;
    }

    async fn delete_blob(&self, container: &str, name: &str) {
        // A blob that is gone already is fine.
        let _ = self.blobs.blob_client(container, name).delete(None).await;
    }

    /// Deletes in the order of the web application: original, tombstone, renditions.
    pub(super) async fn delete(&self, name: &str, etag: &str) {
        self.delete_original(name).await;
        let source = Source {
            container: Some("uploads".to_owned()),
            name: name.to_owned(),
            etag: Some(etag.to_owned()),
            ..Source::default()
        };
        let tombstone = Record::tombstone(source, Timestamp::now());
        let id = tombstone.id.as_str();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let write = self
                .records
                .upsert_item(id.to_owned(), id, &tombstone, None);
            match Box::pin(write).await {
                Ok(_) => break,
                Err(error) => assert!(Instant::now() < deadline, "a tombstone: {error}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
        for path in self.renditions(&format!("{name}/")).await.into_keys() {
            self.delete_blob("renditions", &path).await;
        }
    }

    /// Delivers an event of the image again, if there is a host to receive it.
    pub(super) async fn redeliver(&self, name: &str) -> bool {
        let event = json!([{
            "topic": "/subscriptions/soak",
            "subject": format!("/blobServices/default/containers/uploads/blobs/{name}"),
            "eventType": "Microsoft.Storage.BlobCreated",
            "id": Timestamp::now().to_string(),
            "eventTime": Timestamp::now().to_string(),
            "dataVersion": "",
            "metadataVersion": "1",
            "data": {"api": "PutBlob", "blobType": "BlockBlob", "url": self.uri(name)},
        }]);
        let request = self
            .http
            .post(&self.webhook)
            .header("content-type", "application/json")
            .header("aeg-event-type", "Notification")
            .body(event.to_string());
        let answer = request.send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    fn uri(&self, name: &str) -> String {
        let blob = self.blobs.blob_client("uploads", name);
        blob.url().to_string()
    }

    /// The record as it is in the database.
    pub(super) async fn record(&self, name: &str) -> Result<Option<Value>, String> {
        let id = RecordId::from_name(name);
        let read = self
            .records
            .read_item(id.as_str().to_owned(), id.as_str(), None);
        match Box::pin(read).await {
            Ok(response) => response.into_model().map(Some).map_err(|e| e.to_string()),
            Err(error) if error.status().is_not_found() => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Notes when a record was made. Returns a message if it differs from the earlier one about the
    /// same version.
    pub(super) fn note(&self, name: &str, record: &Value) -> Option<String> {
        let etag = record["source"]["etag"].as_str()?;
        let is_final = record["status"] != "deleted" && record["error"]["code"] != "delayed";
        let at = record["createdAt"].as_str().filter(|_| is_final)?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let first = made
            .entry((name.to_owned(), etag.to_owned()))
            .or_insert_with(|| at.to_owned());
        (first != at)
            .then(|| format!("{name}: the record of {etag} was made at {first} and at {at}"))
    }

    /// The renditions whose names begin with `prefix`.
    pub(super) async fn renditions(&self, prefix: &str) -> BTreeMap<String, Rendition> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(prefix.to_owned()),
            include: Some(vec![ListBlobsIncludeItem::Metadata]),
            ..Default::default()
        };
        let container = self.blobs.blob_container_client("renditions");
        let listed = container.list_blobs(Some(options)).expect("a listing");
        // The container does not exist before something is written to it.
        let listed: Vec<_> = listed.try_collect().await.unwrap_or_default();
        let renditions = listed.into_iter().filter_map(|blob| {
            let version = blob.metadata.and_then(|metadata| metadata.values);
            let version = version.and_then(|mut values| values.remove("version"));
            let etag = blob.properties?.etag?.to_string();
            let version = version.map(|text| metadata_value::decode(&text).into_owned());
            Some((blob.name?, Rendition { etag, version }))
        });
        renditions.collect()
    }

    pub(super) async fn rendition(&self, path: &str) -> Option<Vec<u8>> {
        let blob = self.blobs.blob_client("renditions", path);
        let response = blob.download(None).await.ok()?;
        Some(response.body.collect().await.ok()?.to_vec())
    }

    /// Waits until each existing original has its record. Blobs that the topic has not seen yet,
    /// because storage was away, are in no queue. The check reports originals without a record
    /// after a while as lost.
    pub(super) async fn wait_for_records(&self, endings: &[Ending]) {
        let end = Instant::now() + LONGEST_ANNOUNCEMENT;
        for ending in endings {
            let Some((etag, _)) = &ending.there else {
                continue;
            };
            let is_recorded = async || {
                let record = self.record(&ending.name).await.ok().flatten();
                record.is_some_and(|record| record["source"]["etag"] == **etag)
            };
            while !is_recorded().await && Instant::now() < end {
                sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// How many messages the queues hold, including those being handled, and the marks that killed
    /// attempts left.
    pub(super) async fn waiting(&self) -> Waiting {
        Waiting {
            events: self.events().await,
            parked: messages(&self.queues, POISON).await,
            attempts: self.marks().await,
        }
    }

    /// How many events wait in the host's queue, including those being handled.
    pub(super) async fn events(&self) -> i64 {
        messages(&self.host_queues, &event_queue()).await
    }

    /// The existing marks of attempts. None is left once everything is finished.
    async fn marks(&self) -> usize {
        let container = self.blobs.blob_container_client("attempts");
        let Ok(marks) = container.list_blobs(None) else {
            return 0;
        };
        // The container does not exist before something is written to it.
        let marks: Vec<_> = marks.try_collect().await.unwrap_or_default();
        marks.len()
    }
}

/// How many messages a queue holds, including those being handled.
async fn messages(queues: &QueueServiceClient, queue: &str) -> i64 {
    let queue = queues.queue_client(queue).expect("a queue's name");
    // The queue does not exist before something is written to it.
    let Ok(properties) = queue.get_properties(None).await else {
        return 0;
    };
    let count = properties.approximate_messages_count().expect("a header");
    count.unwrap_or_default()
}
