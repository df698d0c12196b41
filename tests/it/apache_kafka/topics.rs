//! A topic that is read again from its start, and one that is deleted and made anew.

use jiff::Timestamp;
use serde_json::Value;

use super::{Flow, RENDITIONS, message};
use crate::support::{
    apache_kafka::{ApacheKafka, Message, is_installed},
    images,
};

impl Flow {
    /// Everything that flow B has written.
    async fn everything(&self) -> (Vec<Value>, Vec<String>, Vec<String>) {
        let renditions = self.stack.blob_names("renditions").await;
        let letters = self.stack.blob_names("dead-letter").await;
        (
            self.stack.query("SELECT * FROM c ORDER BY c.id").await,
            renditions,
            letters,
        )
    }
}

#[tokio::test]
async fn reading_a_topic_again_from_its_start_changes_nothing() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::shared().await;
    let topic = "again";
    kafka.create_topic(topic, 1).await;
    let flow = Flow::new(&kafka, topic).await;
    let sender = kafka.sender(topic, "none");
    let (old, new) = (images::jpeg(40, 30, 1), images::jpeg(60, 40, 2));
    let messages = [
        message(0, "replaced.jpg", &old),
        message(0, "once.jpg", &old),
        message(0, "note.txt", b"no image"),
        message(0, "replaced.jpg", &new),
    ];
    let count = i64::try_from(messages.len()).unwrap();
    for message in messages {
        sender.send(message).await;
    }
    let host = flow.host().await;
    kafka.read(topic, topic, count).await;
    host.stop().await;
    let before = flow.everything().await;
    let (records, renditions, letters) = &before;
    assert_eq!(records.len(), 3);
    assert_eq!(records[2]["image"]["width"], 60, "{}", records[2]);
    assert_eq!(renditions.len(), 2 * RENDITIONS);
    assert_eq!(letters, &["again/0/2"]);

    kafka.rewind(topic, topic).await;
    let host = flow.host().await;
    kafka.read(topic, topic, count).await;
    host.stop().await;
    // The database's own marks of each document are equal too, so nothing was written.
    assert_eq!(flow.everything().await, before);
}

#[tokio::test]
async fn a_topic_made_anew_begins_anew() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::shared().await;
    let topic = "renewed";
    kafka.create_topic(topic, 1).await;
    let flow = Flow::new(&kafka, topic).await;
    let sender = kafka.sender(topic, "none");
    let photo = images::jpeg(40, 30, 1);
    for (key, value) in [("note.txt", &b"no image"[..]), ("old.jpg", &photo)] {
        sender.send(message(0, key, value)).await;
    }
    let host = flow.host().await;
    kafka.read(topic, topic, 2).await;
    host.stop().await;
    drop(sender);

    kafka.delete_topic(topic).await;
    kafka.create_topic(topic, 1).await;
    let sender = kafka.sender(topic, "none");
    // A recreated topic is recognised because its messages are considerably younger than the records.
    let later = Some(Timestamp::now().as_millisecond() + 15 * 60 * 1000);
    let larger = images::jpeg(60, 40, 2);
    for (key, value) in [
        ("note.txt", &b"no image either"[..]),
        ("old.jpg", &larger),
        ("new.jpg", &photo),
    ] {
        let message = Message {
            timestamp: later,
            ..message(0, key, value)
        };
        sender.send(message).await;
    }
    let _host = flow.host().await;
    let new = flow.stack.any_record("new.jpg").await;
    assert_eq!(
        (&new["status"], &new["source"]["offset"]),
        (&"processed".into(), &2.into())
    );
    let old = flow.stack.record("old.jpg").await.unwrap();
    assert_eq!(old["image"]["width"], 60, "the newer one counts: {old}");
    let mut letters = flow.stack.blob_names("dead-letter").await;
    letters.sort();
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert_eq!(letters[0], "renewed/0/0");
    assert!(letters[1].starts_with("renewed/0/0-"), "{letters:?}");
    let first = flow.stack.blob("dead-letter", &letters[0]).await.unwrap();
    let first: Value = serde_json::from_slice(&first).unwrap();
    // "no image", in base64.
    assert_eq!(first["value"], "bm8gaW1hZ2U=");
}
