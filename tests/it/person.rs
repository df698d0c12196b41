//! `darkroom export` and `darkroom erase`: everything about one uploader.

use serde_json::{Value, json};

use crate::support::{
    images, log,
    stack::{Mode, Stack},
};

const ANA: &str = "aad:ana-7f3b";

#[tokio::test]
async fn everything_about_one_uploader_is_exported_and_erased() {
    log::keep();
    let stack = Stack::in_mode(Mode::Deployed).await;
    for (name, uploader) in [("a/1.jpg", ANA), ("2.jpg", ANA), ("3.jpg", "aad:bob")] {
        let metadata = [("uploader", uploader)];
        let etag = stack
            .upload_with(name, images::jpeg(96, 64, 1), &metadata)
            .await;
        stack.record_of(name, &etag).await;
    }
    // Its record is not written yet.
    let unrecorded = [("uploader", ANA)];
    stack
        .upload_with("4.jpg", images::jpeg(96, 64, 1), &unrecorded)
        .await;
    stack.any_record("4.jpg").await;
    stack.forget("4.jpg").await;
    let encoded =
        |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let letter = |uploader: &str| {
        json!({"error": {"code": "x", "message": "y"}, "topic": "images", "partition": 0, "offset": 1,
            "headers": [{"key": "uploader", "value": encoded(uploader)}], "value": ""})
    };
    stack
        .put("dead-letter", "images/0/1", letter(ANA).to_string())
        .await;
    stack
        .put("dead-letter", "images/0/2", letter("aad:bob").to_string())
        .await;

    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ana");
    let copy_text = copy.to_str().unwrap();
    stack
        .operate(&["export", "--uploader", ANA, "--to", copy_text])
        .await
        .well();
    let report: Value =
        serde_json::from_slice(&std::fs::read(copy.join("records.json")).unwrap()).unwrap();
    let exported = report["images"].as_array().unwrap();
    assert_eq!(exported.len(), 2);
    assert_eq!(report["deadLetters"].as_array().unwrap().len(), 1);
    for image in exported {
        let files = image["files"].as_array().unwrap();
        assert_eq!(files.len(), 5, "{files:?}");
        let original = copy.join(files[0]["file"].as_str().unwrap());
        assert_eq!(std::fs::read(original).unwrap(), images::jpeg(96, 64, 1));
    }

    let counted = stack.operate(&["erase", "--uploader", ANA]).await.well();
    assert!(
        counted.starts_with("2 images, 1 originals without a record and 1 dead letters"),
        "{counted}"
    );
    assert!(
        stack
            .record("2.jpg")
            .await
            .is_some_and(|record| record["status"] == "processed")
    );
    stack
        .operate(&["erase", "--uploader", ANA, "--yes"])
        .await
        .well();
    assert_eq!(stack.blob_names("uploads").await, ["3.jpg"]);
    assert!(
        stack
            .blob_names("renditions")
            .await
            .iter()
            .all(|path| path.starts_with("3.jpg/"))
    );
    assert_eq!(stack.blob_names("dead-letter").await, ["images/0/2"]);
    let records = stack.query("SELECT * FROM c").await;
    assert!(!json!(records).to_string().contains(ANA));
    assert_eq!(stack.record("3.jpg").await.unwrap()["status"], "processed");
    // Nothing can be erased from logs, so they never name an uploader.
    let text = log::text();
    assert!(text.contains("4.jpg"), "{text}");
    assert!(!text.contains(ANA), "{text}");
}
