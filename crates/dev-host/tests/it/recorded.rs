//! Sends the cases that were recorded from Microsoft's host to this one. The handler and the sender
//! must get the same, except for ids and times.
//!
//! Recorded from the Functions host 4.1037 with the Storage extension 5.3.10 and Azurite 3.35. A case
//! holds what was done (`action`), what the handler got (`requests`) and what it answered.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use crate::support::{
    App, AppBuilder, Azurite, Reply, blob_service, eventually, queue, send, texts,
};

/// The cases of a group, by name.
pub(crate) fn cases(group: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conformance/cases")
        .join(group);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let cases = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            serde_json::from_slice(&fs::read(file).unwrap()).unwrap(),
        )
    });
    cases.collect()
}

/// The bodies that the handler got, without the values that differ each time.
pub(crate) fn recorded_bodies(case: &Value) -> Vec<Value> {
    let requests = case["requests"].as_array().unwrap();
    let bodies = requests.iter().map(|request| {
        let body = request["body"].as_str().unwrap();
        // The Azurite of the recording had the usual port.
        let address = Azurite::shared().blob_endpoint();
        let body = body.replace("http://127.0.0.1:10000/devstoreaccount1", &address);
        masked(serde_json::from_str(&body).unwrap())
    });
    sorted(bodies)
}

pub(crate) fn sorted(bodies: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut bodies: Vec<_> = bodies.collect();
    bodies.sort_by_key(Value::to_string);
    bodies
}

/// Replaces the letters and digits of ids and times, so that only their form is compared.
pub(crate) fn masked(mut value: Value) -> Value {
    const VARYING: [&str; 10] = [
        "LastModified",
        "CreatedOn",
        "AccessTierChangedOn",
        "UtcNow",
        "RandGuid",
        "Id",
        "ExpirationTime",
        "InsertionTime",
        "NextVisibleTime",
        "PopReceipt",
    ];
    // The last of these is the place in .NET's code, which is not compared.
    const UNLIKE: [&str; 3] = ["InstanceId", "StackTrace", "StackTraceString"];
    const TIMES: [&str; 4] = ["UtcNow", "Last", "Next", "LastUpdated"];
    match &mut value {
        Value::Object(object) => {
            for (name, value) in object {
                *value = match value.take() {
                    Value::String(text) if TIMES.contains(&name.as_str()) => {
                        // .NET omits trailing zeros.
                        Value::from(text.split(['.', '+', 'Z']).next().unwrap().len())
                    }
                    Value::String(text) if name == "PopReceipt" => {
                        Value::from(text.starts_with('"'))
                    }
                    Value::String(text) if VARYING.contains(&name.as_str()) => {
                        let same = |letter: char| {
                            if letter.is_alphanumeric() {
                                'x'
                            } else {
                                letter
                            }
                        };
                        text.chars().map(same).collect::<String>().into()
                    }
                    Value::String(_) if UNLIKE.contains(&name.as_str()) => Value::Null,
                    other => masked(other),
                };
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| *value = masked(value.take())),
        _ => {}
    }
    value
}

/// Sends what a case sent, and compares the answer.
pub(crate) async fn deliver(app: &App, name: &str, exchange: &Value) {
    let (sent, got) = (&exchange["sent"], &exchange["got"]);
    let url = format!("{}{}", app.url, sent["path"].as_str().unwrap());
    let method = sent["method"].as_str().unwrap().parse().unwrap();
    let mut request = reqwest::Client::new().request(method, url);
    for (header, value) in sent["headers"].as_object().unwrap() {
        request = request.header(header, value.as_str().unwrap());
    }
    request = match &sent["body"] {
        Value::Null => request,
        Value::String(text) => request.body(text.clone()),
        body => request.body(body.to_string()),
    };
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), got["status"], "{name}");
    for header in [
        "content-type",
        "webhook-allowed-origin",
        "www-authenticate",
        "content-length",
    ] {
        let expected = got["headers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|pair| pair[0] == header);
        let expected = expected.map(|pair| pair[1].as_str().unwrap());
        let value = response
            .headers()
            .get(header)
            .map(|value| value.to_str().unwrap());
        assert_eq!(value, expected, "{name}: {header}");
    }
    assert_eq!(response.text().await.unwrap(), got["body"], "{name}");
}

#[tokio::test]
async fn event_grid_deliveries() {
    let app = AppBuilder::new()
        .named("BlobEvents")
        .event_grid()
        .deferred()
        .trigger("path", "wire-events/{name}".into())
        .setting("DEV_HOST_BLOBS_EXTENSION_KEY", "bk")
        .host_json(
            "extensions",
            json!({"blobs": {"maxDegreeOfParallelism": 4, "poisonBlobThreshold": 2}}),
        )
        .build(|call| {
            let body = String::from_utf8_lossy(&call.body);
            if body.contains("bad.jpg") {
                Reply::status(500)
            } else {
                Reply::empty()
            }
        })
        .await;
    let mut app = app.with_required_keys();
    for (container, names) in [
        (
            "wire-events",
            &["one.jpg", "a b/é#?%+.jpg", "b1", "b2", "b3", "bad.jpg"][..],
        ),
        ("wire-in", &["x.jpg"]),
    ] {
        let container = blob_service().blob_container_client(container);
        container.create(None).await.unwrap();
        for name in names {
            let content = axum::body::Bytes::from_static(b"data");
            container
                .blob_client(name)
                .upload(content.into(), None)
                .await
                .unwrap();
        }
    }
    app.start().await;

    let mut before = 0;
    for (name, case) in cases("blob-events") {
        // One needs a second function, and the other one shows the host's queues.
        if ["event-polled-function", "event-queue-message"].contains(&name.as_str()) {
            continue;
        }
        match &case["action"] {
            Value::Array(exchanges) => {
                for exchange in exchanges {
                    deliver(&app, &name, exchange).await;
                }
            }
            exchange => deliver(&app, &name, exchange).await,
        }
        let expected = recorded_bodies(&case);
        let calls = app.calls(before + expected.len()).await;
        let bodies = calls[before..].iter().map(|call| masked(call.json()));
        pretty_eq(&name, &sorted(bodies), &expected);
        before += expected.len();
    }
    let poison = queue("webjobs-blobtrigger-poison");
    let text = eventually("poison message", || async {
        texts(&poison)
            .await
            .into_iter()
            .find(|text| text.contains("bad.jpg"))
    })
    .await;
    assert_eq!(
        text,
        cases("blob-events")["event-poison"]["effects"]["poison"][0]["decoded"]
    );
    assert_eq!(
        app.handler.calls().len(),
        before,
        "nothing else has called the function"
    );
}

#[track_caller]
pub(crate) fn pretty_eq(case: &str, got: &[Value], expected: &[Value]) {
    let text = |bodies: &[Value]| serde_json::to_string_pretty(bodies).unwrap();
    assert_eq!(text(got), text(expected), "{case}");
}

#[tokio::test]
async fn queue_messages() {
    let cases = cases("queue");
    for retry in [
        None,
        Some(json!({
            "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:00.01",
        })),
    ] {
        let builder = AppBuilder::queue();
        let queue_name = builder.queue_name();
        let watched = queue(&queue_name);
        watched.create(None).await.unwrap();
        let is_retry = retry.is_some();
        let builder = match retry {
            Some(policy) => builder.named("QueueRetry").retry(policy),
            None => builder.named("QueuePlain"),
        };
        let app = builder
            .host_json(
                "extensions",
                json!({"queues": {
                    "maxDequeueCount": 1, "maxPollingInterval": "00:00:00.1",
                }}),
            )
            .start(move |_| {
                if is_retry {
                    Reply::status(500)
                } else {
                    Reply::empty()
                }
            })
            .await;
        let mut before = 0;
        for (name, case) in &cases {
            // Functions with inputs have their own tests.
            if (name == "retry-fixed") != is_retry || name.starts_with("queue-inputs") {
                continue;
            }
            // The senders of the recording encoded every text, as the extension does.
            let text = case["action"].as_str().unwrap_or("x");
            send(&watched, &base64(text)).await;
            let expected = recorded_bodies(case);
            let calls = app.calls(before + expected.len()).await;
            let bodies = calls[before..].iter().map(|call| masked(call.json()));
            pretty_eq(name, &sorted(bodies), &expected);
            before += expected.len();
        }
        if is_retry {
            let poison = queue(&format!("{queue_name}-poison"));
            let moved = eventually("poison message", || async { texts(&poison).await.pop() }).await;
            assert_eq!(moved, "x");
        }
    }
}

pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
