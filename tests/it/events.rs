//! Image events reach their receiver, whatever happens in between.

mod kafka;
mod thousand;

use std::sync::Arc;

use axum::{Json, Router, http::StatusCode, routing::get};
use contract::{ImageEvent, ImageEventType, Record};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    resilience::logged,
    support::{
        PATIENCE, eventually, images,
        receiver::{Receiver, SECRET},
        stack::{Mode, Plan, Stack},
    },
};

/// The handler's log line about a list that it could not send. The trigger continues without the failed list (the
/// recorded case `cosmos-fails`), so only the retry policy sends it again.
const TRIED_AGAIN: &str = "the event failed and will be tried again";

/// A deployment that sends events with these settings.
fn plan(settings: &[(&str, &str)]) -> Plan {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.settings.remove("AzureWebJobs.PublishEvents.Disabled");
    for (name, value) in settings {
        plan.settings
            .insert((*name).to_owned(), (*value).to_owned());
    }
    plan.root.edit("PublishEvents/function.json", |json| {
        json["bindings"][0]["feedPollDelay"] = 100.into();
        json["retry"]["maximumInterval"] = "00:00:01".into();
    });
    plan
}

/// A deployment that sends events to a webhook.
fn webhook(receiver: &Receiver) -> Plan {
    plan(&[
        ("DARKROOM_EVENTS", "webhook"),
        ("DARKROOM_EVENTS_URL", &receiver.url()),
        ("DARKROOM_EVENTS_SECRET", SECRET),
    ])
}

/// Makes the handler wait only a second for trouble to pass, and then leave it to the retry policy.
fn impatient(plan: &mut Plan) {
    plan.root.edit("host.json", |json| {
        json["functionTimeout"] = "00:00:02".into();
    });
}

impl Stack {
    /// The event about the current record.
    async fn event_about(&self, name: &str) -> ImageEvent {
        let record: Record = serde_json::from_value(self.any_record(name).await).unwrap();
        ImageEvent::of(&record).unwrap()
    }

    /// Waits until the receiver has accepted the event about the current record.
    async fn told(&self, receiver: &Receiver, name: &str) -> ImageEvent {
        let event = self.event_about(name).await;
        eventually(&format!("the event about {name}"), || async {
            receiver.taken().into_iter().find(|taken| *taken == event)
        })
        .await
    }
}

/// Puts a version of each image into storage, and waits until it is processed.
async fn upload_all(stack: &Stack, names: &[String], width: u32) {
    for name in names {
        let etag = stack.upload(name, images::png(width, 20)).await;
        let record = stack.record_of(name, &etag).await;
        assert_eq!(record["status"], "processed");
    }
}

fn kinds(receiver: &Receiver, name: &str) -> Vec<ImageEventType> {
    let taken = receiver.taken();
    taken
        .iter()
        .filter(|event| event.subject == name)
        .map(|event| event.kind)
        .collect()
}

fn assert_valid(event: &ImageEvent) {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&contract::schema::image_event())
        .unwrap();
    let event = serde_json::to_value(event).unwrap();
    let problems: Vec<_> = validator
        .iter_errors(&event)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new(), "{event:#}");
}

#[tokio::test]
async fn whatever_becomes_of_an_image_is_told() {
    let receiver = Receiver::start().await;
    let stack = webhook(&receiver).start().await;
    let name = "holiday/beach 1.jpg";
    let etag = stack.upload(name, images::jpeg(640, 480, 1)).await;
    let mut record: Value = stack.record_of(name, &etag).await;
    let event = stack.told(&receiver, name).await;
    assert_eq!(event.kind, ImageEventType::Processed);
    assert_eq!(event.data.original.version, Some(etag));
    assert_eq!(event.data.renditions.len(), 4);
    assert_eq!(
        event.data.renditions[0].path,
        "holiday/beach 1.jpg/thumb.webp"
    );

    // There is no event about a foreign document, nor about an image that only waits.
    stack
        .store(&json!({"id": "stranger", "status": "processed"}))
        .await;
    let waiting = json!({
        "id": "waiting.jpg", "status": "rejected", "createdAt": "2024-05-01T08:15:30Z",
        "source": {"name": "waiting.jpg"}, "error": {"code": "delayed", "message": "Later."},
    });
    stack.store(&waiting).await;

    record["processing"]["run"] = "20260102T030405Z-3f2a".into();
    stack.store(&record).await;
    assert_eq!(
        stack.told(&receiver, name).await.kind,
        ImageEventType::Reprocessed
    );
    let read: Record = serde_json::from_value(record).unwrap();
    let tombstone = Record::tombstone(read.source, Timestamp::now());
    stack.store(&serde_json::to_value(tombstone).unwrap()).await;
    assert_eq!(
        stack.told(&receiver, name).await.kind,
        ImageEventType::Deleted
    );
    let expected = [
        ImageEventType::Processed,
        ImageEventType::Reprocessed,
        ImageEventType::Deleted,
    ];
    assert_eq!(kinds(&receiver, name), expected);

    stack.upload("a.txt", "this is no image").await;
    let event = stack.told(&receiver, "a.txt").await;
    assert_eq!(event.kind, ImageEventType::Rejected);
    assert_eq!(event.data.error.unwrap().code, "not-an-image");
    let taken = receiver.taken();
    taken.iter().for_each(assert_valid);
    assert!(
        taken
            .iter()
            .all(|event| ["a.txt", name].contains(&event.subject.as_str()))
    );
}

#[tokio::test]
async fn events_of_an_image_come_in_their_order() {
    let receiver = Receiver::start().await;
    let stack = webhook(&receiver).start().await;
    let names: Vec<_> = (0..4).map(|number| format!("{number}.jpg")).collect();
    for width in 30..35 {
        upload_all(&stack, &names, width).await;
    }
    for name in &names {
        stack.told(&receiver, name).await;
    }
    assert_in_order(&receiver.taken());
}

/// Asserts that no event of an image arrives for the first time after one about a later state.
fn assert_in_order(taken: &[ImageEvent]) {
    assert_eq!(thousand::out_of_order(taken), Vec::<String>::new());
}

#[tokio::test]
async fn a_receiver_that_is_away_loses_nothing_and_holds_up_no_image() {
    let mut receiver = Receiver::start().await;
    let mut plan = webhook(&receiver);
    impatient(&mut plan);
    plan.settings
        .insert("DARKROOM_WORKERS".to_owned(), "1".to_owned());
    let stack = plan.start().await;
    receiver.go_away().await;
    let names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map(str::to_owned);
    logged(TRIED_AGAIN, || upload_all(&stack, &names, 30)).await;
    receiver.come_back().await;
    for name in &names {
        stack.told(&receiver, name).await;
    }
}

#[tokio::test]
async fn a_handler_that_is_killed_while_it_sends_loses_nothing() {
    let receiver = Receiver::start().await;
    let stack = webhook(&receiver).start().await;
    let came = Arc::new(Semaphore::new(0));
    let (told, name) = (Arc::clone(&came), "killed.jpg");
    receiver.answer(move |_| {
        told.add_permits(1);
        StatusCode::SERVICE_UNAVAILABLE
    });
    stack.upload(name, images::jpeg(64, 48, 1)).await;
    let _ = tokio::time::timeout(PATIENCE, came.acquire())
        .await
        .unwrap()
        .unwrap();
    stack.kill_handler().await;
    receiver.answer(|_| StatusCode::OK);
    stack.told(&receiver, name).await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_kept_and_the_rest_goes_on() {
    let receiver = Receiver::start().await;
    receiver.answer(|event| match event.subject.as_str() {
        "unwanted.jpg" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::ACCEPTED,
    });
    let stack = webhook(&receiver).start().await;
    for name in ["unwanted.jpg", "wanted.jpg"] {
        stack.upload(name, images::jpeg(64, 48, 1)).await;
    }
    stack.told(&receiver, "wanted.jpg").await;
    let event = stack.event_about("unwanted.jpg").await;
    let path = format!("events/PublishEvents/{}.json", event.id);
    let letter: Value =
        serde_json::from_slice(&stack.eventual_blob("dead-letter", &path).await).unwrap();
    assert_eq!(letter["error"]["code"], "refused-by-sink");
    let reason = letter["error"]["message"].as_str().unwrap();
    assert!(
        reason.contains("422") && reason.contains("no, thank you"),
        "{reason}"
    );
    let body = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        letter["body"].as_str().unwrap(),
    );
    assert_eq!(
        serde_json::from_slice::<ImageEvent>(&body.unwrap()).unwrap(),
        event
    );
}

#[tokio::test]
async fn a_wrong_secret_or_address_can_be_corrected() {
    let receiver = Receiver::start().await;
    let stack = webhook(&receiver).start().await;
    for (status, name) in [
        (401, "a.jpg"),
        (404, "b.jpg"),
        (307, "c.jpg"),
        (429, "d.jpg"),
    ] {
        let came = Arc::new(Semaphore::new(0));
        let told = Arc::clone(&came);
        receiver.answer(move |_| {
            told.add_permits(1);
            StatusCode::from_u16(status).unwrap()
        });
        stack.upload(name, images::jpeg(64, 48, 1)).await;
        let _ = tokio::time::timeout(PATIENCE, came.acquire_many(2))
            .await
            .unwrap()
            .unwrap();
        receiver.answer(|_| StatusCode::OK);
        stack.told(&receiver, name).await;
    }
    assert_eq!(stack.blob_names("dead-letter").await, Vec::<String>::new());
}

/// What App Service gives a program whose identity requests a token.
async fn identity_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/token", listener.local_addr().unwrap());
    let later = Timestamp::now().as_second() + 3_600;
    let token = json!({
        "access_token": "a-token", "expires_on": later.to_string(), "token_type": "Bearer",
        "resource": "https://eventgrid.azure.net",
    });
    let router = Router::new().route("/token", get(|| async { Json(token) }));
    tokio::spawn(async { axum::serve(listener, router).await });
    endpoint
}

#[tokio::test]
async fn event_grid_takes_lists_from_the_apps_identity() {
    let receiver = Receiver::start().await;
    receiver.answer(|event| match event.subject.as_str() {
        "unwanted.jpg" => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    });
    let plan = plan(&[
        ("DARKROOM_EVENTS", "event-grid"),
        ("DARKROOM_EVENTS_URL", &receiver.url()),
        ("EventGrid__credential", "managedidentity"),
        ("IDENTITY_ENDPOINT", &identity_endpoint().await),
        ("IDENTITY_HEADER", "a-header"),
    ]);
    let stack = plan.start().await;
    for name in ["unwanted.jpg", "a.jpg", "b.jpg"] {
        stack.upload(name, images::jpeg(64, 48, 1)).await;
    }
    for name in ["a.jpg", "b.jpg"] {
        stack.told(&receiver, name).await;
    }
    let event = stack.event_about("unwanted.jpg").await;
    let path = format!("events/PublishEvents/{}.json", event.id);
    stack.eventual_blob("dead-letter", &path).await;
    assert_eq!(kinds(&receiver, "unwanted.jpg"), []);
}
