//! Tests what is read from requests that were recorded from Microsoft's host.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::path::Path;

use axum::body::Bytes;
use azure_functions_custom_handler::{
    Blob, BlobContent, CosmosChanges, Event, EventGridBatch, EventGridEvent, HttpRequest,
    KafkaBatch, KafkaMessage, KafkaTextMessage, QueueMessage, RetryContext, TimerInfo, Trigger,
};
use serde::Deserialize;
use serde_json::{Value, json};

async fn event<T: Trigger>(case: &str) -> Event<T> {
    nth_event(case, 0).await
}

fn case(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    support::read(&folder.join(format!("{name}.json")))
}

async fn nth_event<T: Trigger>(name: &str, index: usize) -> Event<T> {
    let case = case(name);
    support::event(&case["requests"][index]).await.unwrap()
}

#[tokio::test]
async fn a_blob_comes_with_its_bytes() {
    let blob = event::<Blob>("blob-string-text").await;
    assert_eq!(blob.function, "BlobString");
    assert_eq!(blob.id.as_str(), "9d96e69d-9ee8-4757-b915-c4ee320dc5e1");
    let blob = blob.payload;
    assert_eq!(blob.content, BlobContent::Inline(Bytes::from("hello")));
    assert_eq!(blob.name(), Some("string/hello.txt"));
    assert!(blob.uri.ends_with("/wire-string/string/hello.txt"));
    assert_eq!(blob.properties.content_length, Some(5));
    assert_eq!(
        blob.properties.content_hash.as_deref(),
        Some("XUFAKrxLKna5cZ2REBfFkg==")
    );
}

#[tokio::test]
async fn a_deferred_blob_comes_without_its_bytes() {
    let blob = event::<Blob>("blob-deferred-metadata").await.payload;
    assert_eq!(blob.content, BlobContent::Deferred);
    assert!(blob.name().is_some() && !blob.metadata.is_empty());
}

#[tokio::test]
async fn a_blob_has_every_placeholder_of_its_path() {
    let blob = event::<Blob>("blob-parts").await.payload;
    let placeholders: Vec<_> = blob.placeholders.iter().collect();
    let expected = [("ext", "jpg"), ("file", "photo.one"), ("folder", "2026/11")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert!(
        placeholders
            .into_iter()
            .eq(expected.iter().map(|(name, value)| (name, value)))
    );
}

#[tokio::test]
async fn a_blob_of_another_container_has_no_name() {
    let blob = event::<Blob>("event-created-other-container").await.payload;
    assert_eq!(blob.name(), None);
    assert!(blob.placeholders.is_empty());
    assert!(blob.uri.ends_with("/wire-in/x.jpg"));
}

#[tokio::test]
async fn a_queue_message_comes_as_it_was_put_in() {
    let message = event::<QueueMessage>("queue-text").await.payload;
    assert_eq!(message.text, "hello");
    assert_eq!(message.dequeue_count, Some(1));
    assert_eq!(
        message.insertion_time.as_deref(),
        Some("2026-11-27T16:32:06+00:00")
    );
    let message = event::<QueueMessage>("queue-json").await.payload;
    assert_eq!(
        message.text,
        r#"{"a":1,"when":"2026-11-27T10:00:00.000Z","f":1.0}"#
    );
    assert_eq!(message.json::<Value>().unwrap()["a"], 1);
}

#[tokio::test]
async fn a_queue_message_replaces_the_metadata_and_inputs_come_beside_it() {
    let mut message = event::<QueueMessage>("queue-inputs").await;
    assert_eq!(message.payload.id.as_deref(), Some("in1"));
    let file = message.input_text("file").unwrap().unwrap();
    assert_eq!(file, "\0\u{1}\u{2}\u{fffd}");
    let document: Value = message.input_json("doc").unwrap().unwrap();
    assert_eq!(document["n"], 1);
    assert!(message.input_text("other").is_err());
}

/// Nothing that anybody can put into a queue may make an event that can never be read.
#[tokio::test]
async fn no_field_of_a_message_makes_it_unreadable() {
    let body = json!({
        "Data": {"item": "\"{}\""},
        "Metadata": {
            "DequeueCount": "\"many\"", "Id": {"of": "another kind"}, "InsertionTime": "[]",
            "RetryContext": "\"none\"", "sys": "\"nor this\"",
        }
    });
    let recorded = json!({"url": "/QueuePlain", "headers": [], "body": body.to_string()});
    let message = support::event::<QueueMessage>(&recorded).await.unwrap();
    assert_eq!(message.retry, None);
    let message = message.payload;
    assert_eq!(
        (message.text.as_str(), message.id, message.dequeue_count),
        ("{}", None, None)
    );
}

#[tokio::test]
async fn a_missing_input_is_nothing() {
    let mut message = event::<QueueMessage>("queue-inputs-missing").await;
    assert_eq!(message.input_text("file").unwrap(), None);
    assert_eq!(message.input_json::<Value>("doc").unwrap(), None);
}

#[tokio::test]
async fn the_retry_policy_counts() {
    for retry_count in 0..3 {
        let message = nth_event::<QueueMessage>("retry-fixed", retry_count).await;
        let retry_count = u32::try_from(retry_count).unwrap();
        let max_retry_count = 2;
        assert_eq!(
            message.retry,
            Some(RetryContext {
                retry_count,
                max_retry_count
            })
        );
    }
}

#[tokio::test]
async fn event_grid_sends_one_event_or_many() {
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Created {
        content_length: u64,
        url: String,
    }
    let one = event::<EventGridEvent<Created>>("eventgrid-one")
        .await
        .payload;
    assert_eq!(one.event_type, "Microsoft.Storage.BlobCreated");
    assert_eq!(one.event_time, "2026-11-27T10:00:00.1234567Z");
    assert_eq!(one.data.content_length, 4);
    let many = event::<EventGridBatch<Created>>("eventgrid-many-batch")
        .await
        .payload
        .0;
    let names: Vec<_> = many
        .iter()
        .filter_map(|event| event.data.url.rsplit('/').next())
        .collect();
    assert_eq!(names, ["b1", "b2"]);
}

#[tokio::test]
async fn a_kafka_message_has_its_headers_in_their_order() {
    let message = event::<KafkaMessage>("kafka-binary-headers").await.payload;
    assert_eq!(message.value, "v");
    let place = (message.topic.as_str(), message.partition, message.offset);
    assert_eq!(place, ("wire-k-binary", 0, 8));
    let names: Vec<_> = message
        .headers
        .iter()
        .map(|header| header.key.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "text",
            "binary",
            "null",
            "empty",
            "twice",
            "twice",
            "traceparent"
        ]
    );
    assert_eq!(message.header("twice"), Some(&b"2"[..]));
    assert_eq!(message.headers[1].value.as_deref(), Some(&[0, 1, 255][..]));
    assert_eq!(message.headers[2].value, None);
    assert_eq!(message.headers[3].value.as_deref(), Some(&[][..]));
}

#[tokio::test]
async fn a_null_key_is_no_key_and_an_empty_one_is_empty() {
    let null = event::<KafkaMessage>("kafka-binary-null-key").await.payload;
    let empty = event::<KafkaMessage>("kafka-binary-empty-key")
        .await
        .payload;
    assert_eq!(null.key, None);
    assert_eq!(empty.key.as_deref(), Some(""));
}

#[tokio::test]
async fn a_kafka_message_of_text_comes_in_an_envelope() {
    let message = event::<KafkaTextMessage>("kafka-plain-bytes").await.payload;
    assert_eq!(message.value.as_deref(), Some("\0\u{fffd}\u{fffd}\u{1}"));
    assert_eq!(
        message.timestamp.as_deref(),
        Some("2026-11-27T16:21:32.451Z")
    );
    let message = event::<KafkaTextMessage>("kafka-plain-headers")
        .await
        .payload;
    assert_eq!(message.header("text"), Some("héllo".as_bytes()));
    assert_eq!(
        event::<KafkaTextMessage>("kafka-plain-null-value")
            .await
            .payload
            .value,
        None
    );
}

#[tokio::test]
async fn a_kafka_trigger_of_another_data_type_is_named() {
    let case = case("kafka-plain-bytes");
    let event = support::event::<KafkaMessage>(&case["requests"][0]).await;
    let error = event.unwrap_err().to_string();
    assert!(error.contains(r#""dataType": "binary""#), "{error}");
}

#[tokio::test]
async fn kafka_sends_batches() {
    let messages = event::<KafkaBatch>("kafka-many-batch").await.payload.0;
    let values: Vec<_> = messages.iter().map(|message| &message.value[..]).collect();
    assert_eq!(values, [&b"1"[..], b"2", &[0, 255]]);
    let keys: Vec<_> = messages
        .iter()
        .map(|message| message.key.as_deref())
        .collect();
    assert_eq!(keys, [Some("a"), None, Some("c")]);
    let offsets: Vec<_> = messages.iter().map(|message| message.offset).collect();
    assert_eq!(offsets, [0, 1, 2]);
    assert_eq!(messages[0].header("h"), Some(&b"x"[..]));
}

#[tokio::test]
async fn http_has_queries_headers_and_parameters() {
    let request = event::<HttpRequest>("http-get").await.payload;
    assert_eq!(request.method, "GET");
    assert_eq!(request.query["a"], "1,2");
    assert_eq!(request.headers["X-Two"], ["1", "2"]);
    assert_eq!(request.header("x-two"), Some("1"));
    assert_eq!(request.params["id"].as_deref(), Some("5"));
    assert!(request.bytes().unwrap().is_empty() && !request.body_was_dropped());
    assert!(!request.identities[0].is_authenticated);
    let request = event::<HttpRequest>("http-get-optional").await.payload;
    assert_eq!(request.params["id"], None);
}

#[tokio::test]
async fn http_bodies_are_text_base64_or_lost() {
    let request = event::<HttpRequest>("http-post-multipart").await.payload;
    assert!(request.bytes().unwrap().starts_with(b"--x\r\n"));
    let request = event::<HttpRequest>("http-post-chunked").await.payload;
    assert!(request.body_was_dropped());
}

#[tokio::test]
async fn http_says_who_called() {
    let request = event::<HttpRequest>("http-key-query").await.payload;
    let claims = request.identities[0].claims.iter();
    let mut claims = claims.map(|claim| (claim.kind.rsplit('/').next(), claim.value.as_str()));
    assert!(request.identities[0].is_authenticated);
    assert_eq!(claims.next(), Some((Some("authlevel"), "Function")));
}

#[tokio::test]
async fn a_timer_ticks() {
    let tick = event::<TimerInfo>("timer-admin").await.payload;
    assert!(!tick.is_past_due);
    assert_eq!(
        tick.schedule_status.unwrap().next,
        "2027-01-01T00:00:00+00:00"
    );
}

#[tokio::test]
async fn cosmos_sends_documents() {
    let documents = event::<CosmosChanges>("cosmos-one").await.payload.0;
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["id"], "f1");
    assert!(documents[0]["_etag"].is_string());
}
