//! Flow A: a blob in `uploads` becomes renditions and a record.

use std::{collections::BTreeSet, time::Duration};

use contract::Record;
use futures::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{
    eventually, images,
    signal::signal,
    stack::{Mode, Plan, Stack, in_every_mode},
};

in_every_mode![
    a_photo_becomes_renditions_and_a_record,
    uploading_again_replaces_renditions_and_record,
    what_is_no_image_is_rejected_and_recorded,
    names_that_people_and_machines_make_up,
    a_name_too_long_for_renditions_is_rejected,
    fifty_at_once,
    an_upload_deleted_at_once_leaves_nothing_and_blocks_nothing,
    a_killed_handler_loses_and_doubles_nothing,
    ten_seconds_without_cosmos_only_delay,
    what_fails_five_times_is_parked,
];

const RENDITIONS: [&str; 4] = ["large.jpg", "medium.webp", "small.webp", "thumb.webp"];

/// Asserts that what the record says about each rendition is true of its blob. The host writes
/// outputs in parallel, so a blob may come a little after the record.
pub(crate) async fn assert_renditions_are_stored(stack: &Stack, name: &str, record: &Value) {
    let renditions = record["renditions"].as_array().unwrap();
    let mut files: Vec<_> = renditions
        .iter()
        .map(|one| one["path"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, RENDITIONS, "{name}");
    for rendition in renditions {
        let path = rendition["path"].as_str().unwrap();
        let digest = rendition["sha256"].as_str().unwrap();
        let bytes = eventually(&format!("{path} as recorded"), || async {
            stack
                .blob("renditions", path)
                .await
                .filter(|bytes| sha256(bytes) == digest)
        })
        .await;
        assert_eq!(rendition["bytes"], bytes.len(), "{path}");
        let decoded = imaging::inspect(&bytes, &imaging::Limits::default()).unwrap();
        assert_eq!(rendition["width"], decoded.width, "{path}");
        assert_eq!(rendition["height"], decoded.height, "{path}");
        assert_eq!(rendition["type"], decoded.format.content_type(), "{path}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

pub(crate) async fn assert_nothing_is_stored(stack: &Stack, name: &str) {
    let prefix = format!("{name}/");
    let names = stack.blob_names("renditions").await;
    assert!(
        !names.iter().any(|blob| blob.starts_with(&prefix)),
        "{names:?}"
    );
}

async fn a_photo_becomes_renditions_and_a_record(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let metadata = [
        ("filename", "IMG_1.jpg"),
        ("uploader", "ada"),
        ("title", "Sunrise"),
        ("focus", "0.25,0.75"),
    ];
    let etag = stack
        .upload_with("a.jpg", images::jpeg(2400, 1600, 1), &metadata)
        .await;
    let record = stack.record_of("a.jpg", &etag).await;

    assert_eq!(record["id"], "a.jpg");
    assert_eq!(record["status"], "processed");
    assert_eq!(record["error"], Value::Null);
    assert_eq!(record["source"]["kind"], "blob");
    assert_eq!(record["source"]["container"], "uploads");
    assert_eq!(record["source"]["uploader"], "ada");
    assert_eq!(record["file"]["name"], "IMG_1.jpg");
    assert_eq!(record["file"]["type"], "image/jpeg");
    assert_eq!(record["user"], json!({"title": "Sunrise"}));
    // Only the thumbnail is cropped.
    let focus = |record: &Value| -> Vec<Value> {
        let renditions = record["renditions"].as_array().unwrap();
        renditions.iter().map(|one| one["focus"].clone()).collect()
    };
    let given = json!({"x": 0.25, "y": 0.75, "from": "uploader"});
    let none = Value::Null;
    assert_eq!(focus(&record), [given, none.clone(), none.clone(), none]);
    assert_eq!(
        (&record["image"]["width"], &record["image"]["height"]),
        (&json!(2400), &json!(1600))
    );
    let sizes: Vec<_> = record["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["preset"].as_str().unwrap(),
                one["width"].clone(),
                one["height"].clone(),
            )
        })
        .collect();
    assert_eq!(
        sizes,
        [
            ("thumb", json!(250), json!(250)),
            ("small", json!(640), json!(427)),
            ("medium", json!(1280), json!(853)),
            ("large", json!(1920), json!(1280)),
        ]
    );
    assert_renditions_are_stored(&stack, "a.jpg", &record).await;
    serde_json::from_value::<Record>(record).expect("what is stored is a record");
}

#[tokio::test]
async fn inline_and_deferred_originals_give_the_same() {
    let plan = Plan::new();
    plan.root.send_inline();
    let inline = plan.start().await;
    let deferred = Stack::start().await;
    let photo = images::jpeg(900, 600, 2);
    inline.upload("a.jpg", photo.clone()).await;
    deferred.upload("a.jpg", photo).await;
    let (inline, deferred) = (
        inline.any_record("a.jpg").await,
        deferred.any_record("a.jpg").await,
    );
    for part in ["id", "status", "file", "image", "user"] {
        assert_eq!(inline[part], deferred[part], "{part}");
    }
    let hashes = |record: &Value| -> Vec<Value> {
        record["renditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["sha256"].clone())
            .collect()
    };
    assert_eq!(hashes(&inline), hashes(&deferred));
}

async fn uploading_again_replaces_renditions_and_record(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let first = stack.upload("a.jpg", images::jpeg(800, 600, 1)).await;
    let before = stack.record_of("a.jpg", &first).await;
    let second = stack.upload("a.jpg", images::png(300, 500)).await;
    let after = stack.record_of("a.jpg", &second).await;
    assert_ne!(before["file"]["sha256"], after["file"]["sha256"]);
    assert_eq!(after["image"]["format"], "png");
    assert_renditions_are_stored(&stack, "a.jpg", &after).await;
    assert_eq!(stack.blob_names("renditions").await.len(), RENDITIONS.len());
}

async fn what_is_no_image_is_rejected_and_recorded(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let mut cut = images::jpeg(800, 600, 1);
    cut.truncate(cut.len() / 2);
    for (name, bytes, code) in [
        (
            "note.jpg",
            b"hello, this is no image".to_vec(),
            "not-an-image",
        ),
        ("empty.jpg", Vec::new(), "empty"),
        ("cut.jpg", cut, "corrupt"),
    ] {
        let etag = stack.upload(name, bytes.clone()).await;
        let record = stack.record_of(name, &etag).await;
        assert_eq!(record["status"], "rejected", "{name}");
        assert_eq!(record["error"]["code"], code, "{name}");
        assert!(
            record["error"]["message"].as_str().unwrap().ends_with('.'),
            "{record}"
        );
        assert_eq!(record["file"]["bytes"], bytes.len(), "{name}");
        let outcomes: Vec<_> = record["renditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["outcome"])
            .collect();
        assert_eq!(outcomes, ["skipped"; 4], "{name}");
        assert_nothing_is_stored(&stack, name).await;
    }
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn names_that_people_and_machines_make_up(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let long = "x".repeat(954);
    let names = [
        "with spaces.jpg",
        "2026/11/24/in/a/folder.jpg",
        "100%.jpg",
        "a%2Fb.jpg",
        "sharp#tag?query&more=1.jpg",
        "plus+plus.jpg",
        "quotes'\"and;semi,colons.jpg",
        "{name}.jpg",
        "写真 📷.jpg",
        long.as_str(),
    ];
    let photo = images::jpeg(320, 240, 1);
    for name in names {
        let etag = stack.upload(name, photo.clone()).await;
        let record = stack.record_of(name, &etag).await;
        assert_eq!(record["status"], "processed", "{record}");
        assert_eq!(record["source"]["name"], name);
        assert_renditions_are_stored(&stack, name, &record).await;
    }
}

async fn a_name_too_long_for_renditions_is_rejected(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let name = "y".repeat(1020);
    stack.upload(&name, images::jpeg(320, 240, 1)).await;
    let record = stack.any_record(&name).await;
    assert_eq!(record["error"]["code"], "name-too-long");
}

async fn fifty_at_once(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let photo = images::jpeg(1000, 700, 3);
    let names: Vec<String> = (0..50)
        .map(|number| format!("batch/{number:02}.jpg"))
        .collect();
    join_all(names.iter().map(|name| stack.upload(name, photo.clone()))).await;
    for name in &names {
        assert_eq!(stack.any_record(name).await["status"], "processed");
    }
    assert_eq!(
        stack.blob_names("renditions").await.len(),
        50 * RENDITIONS.len()
    );
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn an_upload_deleted_at_once_leaves_nothing_and_blocks_nothing(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    for number in 0..5 {
        let name = format!("gone-{number}.jpg");
        stack.upload(&name, images::jpeg(64, 64, number)).await;
        stack
            .blobs
            .blob_client("uploads", &name)
            .delete(None)
            .await
            .unwrap();
    }
    let etag = stack.upload("stays.jpg", images::jpeg(64, 64, 9)).await;
    stack.record_of("stays.jpg", &etag).await;
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn a_killed_handler_loses_and_doubles_nothing(mode: Mode) {
    let stack = Stack::in_mode(mode).await;
    let photo = images::jpeg(3000, 2000, 4);
    let names: Vec<String> = (0..12).map(|number| format!("{number:02}.jpg")).collect();
    join_all(names.iter().map(|name| stack.upload(name, photo.clone()))).await;
    // The host gives up at the third crash, so there are two. Each comes once work is in progress.
    for done in [1, 4] {
        eventually("some records", || async {
            let records = join_all(names.iter().map(|name| stack.record(name))).await;
            (records.iter().flatten().count() >= done).then_some(())
        })
        .await;
        let pid = eventually("a running handler", || async { stack.host.handler_pid() }).await;
        signal("KILL", pid);
        eventually("another handler", || async {
            stack.host.handler_pid().filter(|next| *next != pid)
        })
        .await;
    }
    // The second kill may hit the same image as the first. That image is given up.
    let mut given_up = 0;
    for name in &names {
        let record = stack.any_record(name).await;
        if record["error"]["code"] == "processing-crashed" {
            given_up += 1;
            continue;
        }
        assert_eq!(record["status"], "processed", "{record}");
        assert_renditions_are_stored(&stack, name, &record).await;
    }
    assert!(given_up <= 1, "{given_up}");
    let stored: BTreeSet<_> = stack.blob_names("renditions").await.into_iter().collect();
    assert_eq!(stored.len(), (names.len() - given_up) * RENDITIONS.len());
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn ten_seconds_without_cosmos_only_delay(mode: Mode) {
    let mut plan = Plan::in_mode(mode);
    plan.retry_delay = Duration::from_secs(1);
    let mut stack = plan.start().await;
    stack.cosmos.stop().await;
    let etag = stack.upload("a.jpg", images::jpeg(800, 600, 1)).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    stack.cosmos.resume().await.unwrap();
    let record = stack.record_of("a.jpg", &etag).await;
    assert_renditions_are_stored(&stack, "a.jpg", &record).await;
    assert_eq!(stack.poison().await, Vec::<Value>::new());
}

async fn what_fails_five_times_is_parked(mode: Mode) {
    let mut plan = Plan::in_mode(mode);
    plan.retry_delay = Duration::from_millis(20);
    // The handler waits trouble out for nearly as long as the host allows.
    plan.root.edit("host.json", |json| {
        json["functionTimeout"] = json!("00:00:02");
    });
    let mut stack = plan.start().await;
    stack.cosmos.stop().await;
    let etag = stack.upload("a b.jpg", images::jpeg(64, 64, 1)).await;
    let poison = eventually("the poison message", || async {
        Some(stack.poison().await).filter(|messages| !messages.is_empty())
    })
    .await;
    assert_eq!(
        poison,
        [json!({
            "Type": "BlobTrigger",
            "FunctionId": "Host.Functions.ProcessUpload",
            "BlobType": "BlockBlob",
            "ContainerName": "uploads",
            "BlobName": "a b.jpg",
            "ETag": etag,
        })]
    );
    assert!(
        stack.blob("uploads", "a b.jpg").await.is_some(),
        "the original is still there"
    );
}
