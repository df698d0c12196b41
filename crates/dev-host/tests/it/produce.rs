//! Tests `produce`, which turns lines into messages.

use std::process::{Output, Stdio};

use functions_dev_host::KafkaBroker;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::support::{AppBuilder, Reply, program};

async fn produce(brokers: &str, lines: &str) -> Output {
    let mut child = program(&["produce", "--brokers", brokers])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).await.unwrap();
    drop(input);
    child.wait_with_output().await.unwrap()
}

#[tokio::test]
async fn each_line_is_a_message_and_comes_back_as_its_place() {
    let mut app = AppBuilder::kafka().start(|_| Reply::empty()).await;
    let brokers = app.host().kafka().unwrap().brokers().to_owned();
    let lines = [
        json!({
            "topic": "images", "key": "k1", "value": "RGFya3Jvb20=", "invocationId": "passed over",
            "headers": [{"key": "content-type", "value": "aW1hZ2UvanBlZw=="}, {"key": "none"}],
        }),
        json!({"topic": "images", "keyBytes": "azE=", "timestampMs": 1_700_000_000_123_i64}),
    ];
    let output = produce(&brokers, &format!("{}\n{}\n", lines[0], lines[1])).await;
    assert!(output.status.success(), "{output:?}");

    let calls = app.calls(2).await;
    let places: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The key determines the partition.
    let partition = calls[0].place().0;
    let place = |offset| json!({"topic": "images", "partition": partition, "offset": offset});
    assert_eq!(places, [place(0), place(1)]);
    let body = calls[0].json();
    assert_eq!(body["Data"]["original"], "RGFya3Jvb20=");
    assert_eq!(
        body["Metadata"]["Headers"],
        "[{\"Key\":\"content-type\",\"Value\":\"aW1hZ2UvanBlZw==\"},{\"Key\":\"none\",\"Value\":null}]"
    );
    let body = calls[1].json();
    assert_eq!(body["Data"]["original"], "");
    assert_eq!(body["Metadata"]["Key"], "\"k1\"");
    assert_eq!(body["Metadata"]["Timestamp"], "2023-11-14T22:13:20");
}

#[tokio::test]
async fn what_cannot_be_sent_is_one_line() {
    let broker = KafkaBroker::start().unwrap();
    let output = produce(broker.brokers(), "{}\n").await;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("line 1 is not a message: missing field `topic`"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");
}
