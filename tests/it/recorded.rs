//! The handler accepts the requests that were recorded from Microsoft's host: the cases of
//! dev-host's conformance tests, with this test's containers and accounts instead of the recorded
//! ones.

use std::{fs, path::Path};

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::RecordId;
use serde_json::{Value, json};

use crate::support::{
    handler::{Answer, call, handler},
    images,
    stack::{Plan, Stack},
};

/// The account of the recordings.
const ACCOUNT: &str = "http://127.0.0.1:10000/devstoreaccount1";

/// A request that the host sent.
struct Recorded {
    case: String,
    body: Value,
}

/// The requests for functions with these names, in a group of cases.
fn recorded(group: &str, functions: &[&str]) -> Vec<Recorded> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/dev-host/conformance/cases");
    let mut requests = Vec::new();
    for entry in fs::read_dir(cases.join(group)).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let name = case["case"].as_str().unwrap();
        let sent = case["requests"].as_array().unwrap();
        let sent = sent.iter().filter(|request| {
            let url = request["url"].as_str().unwrap();
            functions.contains(&url.trim_start_matches('/'))
        });
        requests.extend(sent.map(|request| Recorded {
            case: name.to_owned(),
            body: serde_json::from_str(request["body"].as_str().unwrap()).unwrap(),
        }));
    }
    assert!(
        !requests.is_empty(),
        "{group} has no case for {functions:?}"
    );
    requests
}

impl Recorded {
    /// A text of the metadata, whose values are JSON in strings.
    fn metadata(&self, name: &str) -> Option<String> {
        let text = self.body["Metadata"].get(name)?.as_str()?;
        serde_json::from_str(text).ok()
    }

    /// The request as if its blob were in another container of the stack's account.
    fn moved(&self, stack: &Stack, container: &str) -> String {
        let uri = self.metadata("Uri").unwrap();
        let path = uri.strip_prefix(ACCOUNT).unwrap();
        let (_, blob) = path.trim_start_matches('/').split_once('/').unwrap();
        let mut body = self.body.clone();
        body["Metadata"]["Uri"] = json!(stack.uri(container, blob)).to_string().into();
        body.to_string()
    }

    async fn send(stack: &Stack, function: &str, body: String) -> Answer {
        call(handler(&stack.settings), function, body).await
    }
}

async fn start() -> Stack {
    Plan::without_triggers().start().await
}

/// Tests every name, deferred and inline.
#[tokio::test]
async fn polled_originals() {
    let stack = start().await;
    let functions = [
        "BlobPlain",
        "BlobString",
        "BlobBinary",
        "BlobDeferred",
        "BlobDeferredCosmosFirst",
        "BlobDeferredBlobFirst",
    ];
    for request in recorded("blob", &functions) {
        let case = &request.case;
        let name = request.metadata("name").unwrap();
        let inline = request.body["Data"]["original"].as_str();
        let bytes = inline.map_or_else(
            || images::jpeg(80, 60, 1),
            |content| STANDARD.decode(content).unwrap(),
        );
        stack.upload(&name, bytes.clone()).await;
        let body = request.moved(&stack, "uploads");
        let answer = Recorded::send(&stack, "/ProcessUpload", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{case}");
        let record = &answer.json["Outputs"]["record"];
        assert_eq!(record["id"], RecordId::from_name(&name).as_str(), "{case}");
        // Clients of Blob Storage change these names, or headers cannot hold them.
        let is_odd = |part: &str| part.is_empty() || part.ends_with('.');
        if name.split('/').any(is_odd) || name.contains(char::is_control) {
            let code = record["error"]["code"].as_str().unwrap();
            assert!(code.starts_with("name-"), "{case}: {code}");
            continue;
        }
        assert_eq!(record["file"]["bytes"], bytes.len(), "{case}");
        // None of the recorded contents is an image.
        let status = if inline.is_some() {
            "rejected"
        } else {
            "processed"
        };
        assert_eq!(record["status"], status, "{case}");
    }
}

/// The host checks neither an event's type nor its container.
#[tokio::test]
async fn announced_originals() {
    let stack = start().await;
    let mut foreign = 0;
    for request in recorded("blob-events", &["BlobEvents"]) {
        let Some(name) = request.metadata("name") else {
            // A blob of another container matches no placeholder.
            let body = request.moved(&stack, "elsewhere");
            let answer = Recorded::send(&stack, "/ProcessUpload", body).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", request.case);
            assert_eq!(answer.json["Outputs"], json!({}), "{}", request.case);
            foreign += 1;
            continue;
        };
        stack.upload(&name, images::jpeg(80, 60, 1)).await;
        let body = request.moved(&stack, "uploads");
        let answer = Recorded::send(&stack, "/ProcessUpload", body.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", request.case);
        let record = &answer.json["Outputs"]["record"];
        assert_eq!(record["status"], "processed", "{}", request.case);

        // An event about a blob that is gone when it arrives creates nothing.
        stack.delete("uploads", &name).await;
        let answer = Recorded::send(&stack, "/ProcessUpload", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", request.case);
        assert_eq!(answer.json["Outputs"], json!({}), "{}", request.case);
    }
    assert!(foreign > 0, "no event about another container was recorded");
}

/// Each message has a record or is kept as a dead letter.
#[tokio::test]
async fn messages() {
    let stack = start().await;
    // A message without a value refers to the original of its name in this container.
    stack.put("incoming", "another", "x").await;
    for request in recorded("kafka", &["KafkaBinary"]) {
        let kept = stack.blob_names("dead-letter").await.len();
        let mut body = request.body.clone();
        let value = body["Data"]["event"].take();
        body["Data"] = json!({"original": value});
        let answer = Recorded::send(&stack, "/ProcessMessage", body.to_string()).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{} {}",
            request.case,
            answer.json
        );
        // None of the recorded values is an image.
        let letters = stack.blob_names("dead-letter").await.len();
        assert_eq!(letters, kept + 1, "{}", request.case);
    }
}
