//! Tests Event Grid on this machine: what it announces, and how it retries.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use functions_dev_host::{Disorder, EventGridOptions, SystemTopic};
use futures::TryStreamExt as _;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{App, AppBuilder, Reply, eventually, storage};

async fn app(options: EventGridOptions) -> App {
    let mut app = AppBuilder::new()
        .event_grid()
        .build(|_| Reply::empty())
        .await
        .with_event_grid(options);
    app.start().await;
    app.subscribed().await;
    app
}

fn fast() -> EventGridOptions {
    EventGridOptions {
        scan_interval: Duration::from_millis(20),
        retry_delay: Duration::from_millis(20),
        ..EventGridOptions::default()
    }
}

/// How often the function was called for each blob.
fn counts(app: &App) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in app.called_blobs() {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn every_version_is_announced_once() {
    let app = app(fast()).await;
    app.upload("a.png", b"1").await;
    app.calls(1).await;
    app.upload("a.png", b"2").await;
    app.calls(2).await;
    // A change of the metadata does not change the blob's content.
    let metadata = [("k".to_owned(), "v".to_owned())].into();
    let blob = app.uploads().blob_client("a.png");
    blob.set_metadata(&metadata, None).await.unwrap();
    app.upload("b c é.png", b"3").await;
    app.calls(3).await;
    app.uploads()
        .blob_client("a.png")
        .delete(None)
        .await
        .unwrap();
    app.upload("d.png", b"4").await;
    app.calls(4).await;
    assert_eq!(app.called_blobs(), ["a.png", "a.png", "b c é.png", "d.png"]);
}

#[tokio::test]
async fn what_comes_while_the_host_is_away_is_announced_when_it_is_back() {
    let mut app = app(fast()).await;
    app.upload("before.png", b"1").await;
    app.calls(1).await;
    app.announced("before.png").await;
    app.drop_host();
    app.upload("meanwhile.png", b"2").await;
    app.start().await;
    app.calls(2).await;
    assert_eq!(app.called_blobs(), ["before.png", "meanwhile.png"]);
}

#[tokio::test]
async fn disorder_delivers_twice_and_out_of_order_but_everything() {
    const BLOBS: usize = 20;
    let disorder = Disorder {
        seed: 7,
        duplicates: 0.5,
        longest_delay: Duration::from_millis(300),
    };
    let app = app(EventGridOptions {
        disorder: Some(disorder),
        ..fast()
    })
    .await;
    for index in 0..BLOBS {
        app.upload(&format!("{index:02}.png"), b"x").await;
    }
    eventually("all blobs, some twice", || async {
        let counts = counts(&app);
        (counts.len() == BLOBS && counts.values().any(|count| *count == 2)).then_some(())
    })
    .await;
    assert!(!app.called_blobs().is_sorted());
}

/// A webhook that refuses the first deliveries.
async fn webhook(refusals: usize) -> (String, Arc<Mutex<Vec<Value>>>) {
    type Shared = (Arc<AtomicUsize>, Arc<Mutex<Vec<Value>>>);
    async fn take(State((refusals, events)): State<Shared>, body: Bytes) -> StatusCode {
        let left = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        if left.is_ok() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        events
            .lock()
            .unwrap()
            .push(serde_json::from_slice(&body).unwrap());
        StatusCode::OK
    }
    let events = Arc::<Mutex<Vec<Value>>>::default();
    let router = Router::new()
        .route("/", post(take))
        .with_state((Arc::new(AtomicUsize::new(refusals)), Arc::clone(&events)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, events)
}

#[tokio::test]
async fn deliveries_are_batches_that_come_until_they_are_taken() {
    let app = AppBuilder::new().build(|_| Reply::empty()).await;
    let (url, deliveries) = webhook(3).await;
    let options = EventGridOptions {
        included_event_types: vec!["Microsoft.Storage.BlobDeleted".into()],
        subject_begins_with: format!(
            "/blobServices/default/containers/{}/blobs/in/",
            app.container
        ),
        max_events_per_batch: 10,
        ..fast()
    };
    for name in ["in/a b.png", "in/c.png", "out.png"] {
        app.upload(name, b"xyz").await;
    }
    let name = format!("test/{}", app.container);
    let url = url.parse().unwrap();
    let _topic =
        SystemTopic::start(&storage(), &app.container, &name, url, options.clone()).unwrap();
    app.remembered(&name).await;
    for name in ["in/a b.png", "in/c.png", "out.png"] {
        app.uploads().blob_client(name).delete(None).await.unwrap();
    }
    let events = eventually("two events", || async {
        let deliveries = deliveries.lock().unwrap();
        let events: Vec<_> = deliveries
            .iter()
            .flat_map(|events| events.as_array().unwrap().clone())
            .collect();
        (events.len() >= 2).then_some(events)
    })
    .await;
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event["eventType"], "Microsoft.Storage.BlobDeleted");
        assert!(
            event["subject"]
                .as_str()
                .unwrap()
                .starts_with(&options.subject_begins_with)
        );
        assert_eq!(event["data"]["contentLength"], 3);
        assert_eq!(event["data"]["blobType"], "BlockBlob");
        assert!(event["data"]["eTag"].as_str().unwrap().starts_with("0x"));
        assert_eq!(event["data"]["sequencer"].as_str().unwrap().len(), 32);
    }
    let urls: Vec<_> = events
        .iter()
        .map(|event| event["data"]["url"].as_str().unwrap())
        .collect();
    assert!(
        urls.iter().any(|url| url.ends_with("/in/a%20b.png")),
        "{urls:?}"
    );
}

#[tokio::test]
async fn what_is_never_taken_is_kept_with_its_reason() {
    let app = AppBuilder::new().build(|_| Reply::empty()).await;
    let (url, deliveries) = webhook(usize::MAX).await;
    let letters = format!("{}-letters", app.container);
    let options = EventGridOptions {
        max_delivery_attempts: 3,
        dead_letter_container: Some(letters.clone()),
        ..fast()
    };
    let name = format!("test/{}", app.container);
    let url = url.parse().unwrap();
    let _topic = SystemTopic::start(&storage(), &app.container, &name, url, options).unwrap();
    app.remembered(&name).await;
    app.upload("a.png", b"xyz").await;

    let container = storage().blobs().unwrap().blob_container_client(&letters);
    let letter = eventually("a dead letter", || async {
        let listed = container.list_blobs(None).ok()?;
        let listed: Vec<_> = listed.try_collect().await.ok()?;
        listed.into_iter().next()?.name
    })
    .await;
    assert!(
        letter.starts_with(&format!("{}/", name.to_uppercase())),
        "{letter}"
    );
    let kept = container.blob_client(&letter).download(None).await.unwrap();
    let kept: Value = serde_json::from_slice(&kept.body.collect().await.unwrap()).unwrap();
    let event = &kept[0];
    assert!(event["subject"].as_str().unwrap().ends_with("/blobs/a.png"));
    assert_eq!(event["deadLetterReason"], "MaxDeliveryAttemptsExceeded");
    assert_eq!(event["deliveryAttempts"], 3);
    assert_eq!(event["lastDeliveryOutcome"], "Busy");
    assert!(deliveries.lock().unwrap().is_empty());
}
