//! Events that come twice, late and in any order, processes that end, and services that are away.

use std::{future::Future, time::Duration};

use azure_storage_blob::models::BlobClientGetPropertiesResultHeaders as _;
use azure_storage_queue::models::QueueClientGetPropertiesResultHeaders as _;
use contract::{Record, RecordId};
use functions_dev_host::{Faults, ProxyFaults};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    flow_a::{assert_nothing_is_stored, assert_renditions_are_stored},
    support::{
        eventually, images, log,
        producer::{Producer, at},
        signal::signal,
        stack::{Mode, Plan, Stack, in_every_mode},
    },
};

in_every_mode![
    of_two_versions_the_newest_remains,
    an_image_that_is_deleted_does_not_come_back,
    an_original_that_ends_the_process_is_given_up,
    five_seconds_without_storage_park_nothing,
];

impl Stack {
    /// Makes Event Grid deliver an event of a blob of `uploads` again.
    async fn redeliver(&self, name: &str) {
        let webhook = format!(
            "http://{}/runtime/webhooks/blobs?functionName=Host.Functions.ProcessUpload",
            self.address
        );
        let event = json!([{
            "eventType": "Microsoft.Storage.BlobCreated",
            "subject": format!("/blobServices/default/containers/uploads/blobs/{name}"),
            "data": {"blobType": "BlockBlob", "url": self.uri("uploads", name)},
        }]);
        let request = reqwest::Client::new()
            .post(webhook)
            .header("aeg-event-type", "Notification")
            .body(event.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// How many attempts at the image were counted, if one has begun and not ended.
    pub(crate) async fn attempt(&self, name: &str) -> Option<u32> {
        let prefix = format!("{}/", RecordId::from_name(name));
        let marks = self.blob_names("attempts").await;
        let mark = marks.iter().find(|mark| mark.starts_with(&prefix))?;
        let blob = self.blobs.blob_client("attempts", mark);
        let metadata = blob.get_properties(None).await.ok()?.metadata().unwrap();
        metadata.get("count")?.parse().ok()
    }

    /// How many messages are in the poison queue, including those being handled.
    async fn parked(&self) -> i64 {
        let queue = self
            .queues
            .queue_client("webjobs-blobtrigger-poison")
            .unwrap();
        // The queue does not exist before something is written to it.
        let Ok(properties) = queue.get_properties(None).await else {
            return 0;
        };
        properties
            .approximate_messages_count()
            .unwrap()
            .unwrap_or_default()
    }

    /// Kills the handler and waits for the next one.
    pub(crate) async fn kill_handler(&self) {
        let pid = eventually("a handler", || async { self.host.handler_pid() }).await;
        signal("KILL", pid);
        eventually("another handler", || async {
            self.host.handler_pid().filter(|next| *next != pid)
        })
        .await;
    }
}

/// Waits until the log contains a text that it did not contain before.
pub(crate) async fn logged<T, F>(text: &str, work: impl FnOnce() -> F) -> T
where
    F: Future<Output = T>,
{
    log::keep();
    let before = log::text().matches(text).count();
    let done = work().await;
    eventually(&format!("the log line {text}"), || async {
        (log::text().matches(text).count() > before).then_some(())
    })
    .await;
    done
}

async fn of_two_versions_the_newest_remains(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let large = images::jpeg(2400, 1600, 1);
    // For some, the second version comes while the first is being processed; for others, before or
    // after.
    let names: Vec<String> = (0..6).map(|number| format!("{number}.jpg")).collect();
    let etags = join_all(names.iter().enumerate().map(|(number, name)| {
        let (stack, large) = (&stack, large.clone());
        async move {
            stack.upload(name, large).await;
            tokio::time::sleep(Duration::from_millis(120 * number as u64)).await;
            stack.upload(name, images::png(300, 200)).await
        }
    }))
    .await;
    for (name, etag) in names.iter().zip(&etags) {
        let record = stack.record_of(name, etag).await;
        assert_renditions_are_stored(&stack, name, &record).await;
    }
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn an_image_that_is_deleted_does_not_come_back(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let name = "deleted.jpg";
    stack.upload(name, images::jpeg(3000, 2000, 2)).await;
    eventually("an attempt", || stack.attempt(name)).await;
    stack.delete("uploads", name).await;
    eventually("the end of the attempt", || async {
        stack.attempt(name).await.is_none().then_some(())
    })
    .await;
    assert_nothing_is_stored(&stack, name).await;
    let record = stack.record(name).await;
    assert!(record.is_none_or(|record| record["status"] == "deleted"));
}

async fn an_original_that_ends_the_process_is_given_up(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let name = "deadly.jpg";
    let etag = stack.upload(name, images::jpeg(3000, 2000, 3)).await;
    // The first attempt is counted when it begins, the second when it runs alone.
    for count in [1, 2] {
        eventually("the next attempt", || async {
            stack.attempt(name).await.filter(|found| *found == count)
        })
        .await;
        stack.kill_handler().await;
    }
    let record = stack.record_of(name, &etag).await;
    assert_eq!(record["error"]["code"], "processing-crashed", "{record}");
    assert_nothing_is_stored(&stack, name).await;
    let etag = stack.upload("harmless.jpg", images::jpeg(64, 48, 4)).await;
    let record = stack.record_of("harmless.jpg", &etag).await;
    assert_eq!(record["status"], "processed");
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn five_seconds_without_storage_park_nothing(mode: Mode) {
    let mut plan = Plan::in_mode(mode);
    plan.proxied = true;
    let stack = plan.start().await;
    let proxy = stack.proxy.as_ref().unwrap();
    // The handler has the event already, so only its own patience can help now.
    proxy.set_faults(Some(ProxyFaults {
        only: "/renditions/".to_owned(),
        refused: 1.0,
        ..ProxyFaults::default()
    }));
    let name = "patient.jpg";
    let etag = stack.upload(name, images::jpeg(640, 480, 5)).await;
    eventually("an attempt", || stack.attempt(name)).await;
    proxy.set_faults(None);
    proxy.go_away(Duration::from_secs(5));
    let record = stack.record_of(name, &etag).await;
    assert_renditions_are_stored(&stack, name, &record).await;
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_second_delivery_changes_nothing() {
    let stack = Stack::in_mode(Mode::Deployed).await;
    let (name, other) = ("twice.jpg", "twice.txt");
    let etag = stack.upload(name, images::jpeg(800, 600, 6)).await;
    let refused = stack.upload(other, "this is no image").await;
    for (name, etag) in [(name, etag), (other, refused)] {
        let before = stack.record_of(name, &etag).await;
        let line = format!("{name} unchanged: it was already handled");
        logged(&line, || stack.redeliver(name)).await;
        // The database's own entity tag and time stamp are included.
        assert_eq!(stack.record(name).await, Some(before));
    }
}

#[tokio::test]
async fn an_answer_of_the_database_that_is_lost_leaves_no_older_renditions() {
    let stack = Stack::in_mode(Mode::Deployed).await;
    let names: Vec<String> = (0..8).map(|number| format!("{number}.jpg")).collect();
    for name in &names {
        let etag = stack.upload(name, images::jpeg(64, 48, 1)).await;
        stack.record_of(name, &etag).await;
    }
    stack.cosmos.set_faults(Some(Faults {
        seed: 7,
        lost: 0.5,
        ..Faults::default()
    }));
    let texts = names.iter().map(|name| stack.upload(name, "no image"));
    let etags = join_all(texts).await;
    for (name, etag) in names.iter().zip(&etags) {
        stack.record_of(name, etag).await;
        eventually(&format!("the end of the attempt at {name}"), || async {
            stack.attempt(name).await.is_none().then_some(())
        })
        .await;
        assert_nothing_is_stored(&stack, name).await;
    }
}

#[tokio::test]
async fn who_is_killed_while_it_delivers_gives_nothing_up() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.proxied = true;
    let stack = plan.start().await;
    let proxy = stack.proxy.as_ref().unwrap();
    let name = "delivered late.jpg";
    let etag = logged("writing delivered late.jpg/", async || {
        proxy.set_faults(Some(ProxyFaults {
            only: "/renditions/".to_owned(),
            refused: 1.0,
            ..ProxyFaults::default()
        }));
        stack.upload(name, images::jpeg(320, 240, 7)).await
    })
    .await;
    logged("writing delivered late.jpg/", || stack.kill_handler()).await;
    stack.kill_handler().await;
    proxy.set_faults(None);
    let record = stack.record_of(name, &etag).await;
    assert_eq!(record["status"], "processed", "{}", record["error"]);
    assert_renditions_are_stored(&stack, name, &record).await;
}

/// Requests to write a rendition whose path begins like this arrive two seconds later, without an answer.
fn held_back(path: &str) -> ProxyFaults {
    ProxyFaults {
        only: format!("PUT /devstoreaccount1/renditions/{path}"),
        held: 1.0,
        hold_for: Duration::from_secs(2),
        ..ProxyFaults::default()
    }
}

/// The first request to write a rendition gets no answer. It reaches the store after other requests
/// have processed the image and it has been deleted.
#[tokio::test]
async fn what_is_written_after_the_image_was_deleted_does_not_stay() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.proxied = true;
    plan.settings
        .insert("DARKROOM_LATE_WRITES_SECONDS".to_owned(), "4".to_owned());
    let stack = plan.start().await;
    let proxy = stack.proxy.as_ref().unwrap();
    let name = "deleted.jpg";
    let etag = logged(
        "its client sent away: PUT /devstoreaccount1/renditions/deleted.jpg",
        async || {
            proxy.set_faults(Some(held_back("deleted.jpg%2Flarge")));
            stack.upload(name, images::jpeg(320, 240, 7)).await
        },
    )
    .await;
    proxy.set_faults(None);
    let record = stack.record_of(name, &etag).await;
    assert_eq!(record["status"], "processed", "{}", record["error"]);
    logged(
        "Arrived late: PUT /devstoreaccount1/renditions/deleted.jpg",
        async || {
            stack.delete("uploads", name).await;
            for path in stack.blob_names("renditions").await {
                stack.delete("renditions", &path).await;
            }
        },
    )
    .await;
    eventually("the end of the attempt", || async {
        stack.attempt(name).await.is_none().then_some(())
    })
    .await;
    assert_nothing_is_stored(&stack, name).await;
}

/// The same for a message, whose deletion is its tombstone.
#[tokio::test]
async fn what_is_written_after_a_messages_image_was_deleted_does_not_stay() {
    let mut plan = Plan::with_kafka();
    plan.proxied = true;
    plan.settings
        .insert("DARKROOM_DELIVERY".to_owned(), "direct".to_owned());
    plan.settings
        .insert("DARKROOM_LATE_WRITES_SECONDS".to_owned(), "4".to_owned());
    let stack = plan.start().await;
    let proxy = stack.proxy.as_ref().unwrap();
    let name = "deleted.jpg";
    let brokers = stack.host.kafka().expect("the host serves Kafka").brokers();
    let producer = Producer::new(brokers);
    logged(
        "its client sent away: PUT /devstoreaccount1/renditions/deleted.jpg",
        async || {
            proxy.set_faults(Some(held_back("deleted.jpg%2Flarge")));
            let photo = images::jpeg(320, 240, 7);
            producer.send(at(0), Some(name), &photo, &[]).await;
        },
    )
    .await;
    proxy.set_faults(None);
    let record = stack.any_record(name).await;
    assert_eq!(record["status"], "processed", "{}", record["error"]);
    logged(
        "Arrived late: PUT /devstoreaccount1/renditions/deleted.jpg",
        async || {
            let record: Record = serde_json::from_value(record).unwrap();
            let tombstone = Record::tombstone(record.source, record.created_at);
            stack.store(&serde_json::to_value(tombstone).unwrap()).await;
            for path in stack.blob_names("renditions").await {
                stack.delete("renditions", &path).await;
            }
        },
    )
    .await;
    eventually("the end of the attempt", || async {
        stack.blob_names("attempts").await.is_empty().then_some(())
    })
    .await;
    assert_eq!(stack.blob_names("renditions").await, [""; 0]);
}

#[tokio::test]
async fn what_was_parked_comes_back_by_itself() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.retry_parked();
    plan.root.edit("host.json", |json| {
        json["functionTimeout"] = "00:00:02".into();
    });
    let mut stack = plan.start().await;
    stack.cosmos.stop().await;
    let etag = stack.upload("parked.jpg", images::jpeg(320, 240, 8)).await;
    eventually("a parked message", || async {
        (stack.parked().await > 0).then_some(())
    })
    .await;
    stack.cosmos.resume().await.unwrap();
    let record = stack.record_of("parked.jpg", &etag).await;
    assert_eq!(record["status"], "processed");
    assert_renditions_are_stored(&stack, "parked.jpg", &record).await;
    eventually("an empty queue", || async {
        (stack.parked().await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_hosts_log_holds_no_secrets() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.proxied = true;
    plan.settings
        .insert("DARKROOM_LOG".to_owned(), "darkroom=debug,info".to_owned());
    let stack = plan.start().await;
    stack.proxy.as_ref().unwrap().set_faults(Some(ProxyFaults {
        seed: 9,
        refused: 0.2,
        cut_before: 0.1,
        cut_after: 0.1,
        ..ProxyFaults::default()
    }));
    log::keep();
    for number in 0..5 {
        let name = format!("secret {number}.jpg");
        let etag = stack.upload(&name, images::jpeg(64, 48, number)).await;
        stack.record_of(&name, &etag).await;
    }
    let text = log::text();
    // The handler's clients log each refusal, even if they retry themselves.
    let told = [
        "Failed response",
        "a service is not available, trying again",
    ];
    assert!(told.iter().any(|line| text.contains(line)), "{text}");
    for secret in [
        "sig=",
        "AccountKey",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u",
    ] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
