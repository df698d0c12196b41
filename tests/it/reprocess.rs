//! Runs of reprocessing: compares what they predict with what they do.
//!
//! Those that are ignored print numbers: `cargo test --test it -- --ignored --nocapture reprocess::`

mod long_run;

use std::{env, time::Duration};

use serde_json::{Value, json};

use crate::support::{
    eventually, images,
    stack::{Mode, Plan, Stack},
};

/// A stack whose runs begin at once.
async fn stack() -> Stack {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.look_at_queues_often();
    plan.start().await
}

impl Stack {
    /// Deploys a new version of presets.toml.
    fn deploy_presets(&self, from: &str, to: &str) {
        self.root.edit_presets(from, to);
        assert!(self.host.replace_handler(Duration::from_secs(30)));
    }

    async fn rendition(&self, name: &str, preset: &str) -> Value {
        let record = self.record(name).await.expect("a record");
        let renditions = record["renditions"].as_array().expect("a list").clone();
        let mut of_preset = renditions.into_iter().filter(|one| one["preset"] == preset);
        of_preset.next().unwrap_or(Value::Null)
    }

    async fn made_by_a_run(&self, name: &str) -> Value {
        eventually(&format!("{name} is reprocessed"), || async {
            let record = self.record(name).await?;
            record["processing"]["run"].is_string().then_some(record)
        })
        .await
    }
}

#[tokio::test]
async fn a_changed_preset_is_seen_before_it_is_paid_for_and_then_made_once() {
    let stack = stack().await;
    for number in 0..4_u8 {
        let name = format!("{number}.jpg");
        let etag = stack.upload(&name, images::jpeg(900, 600, number)).await;
        stack.record_of(&name, &etag).await;
    }
    stack.store(&json!({"id": "inline", "status": "processed", "createdAt": "2026-01-01T00:00:00.000000000Z",
        "source": {"kind": "kafka", "name": "inline", "topic": "images", "partition": 0, "offset": 1}})).await;
    let unchanged = stack
        .operate(&[
            "reprocess",
            "--where",
            "presets-version != current and name ^= 0",
        ])
        .await;
    assert_eq!(unchanged.number("images"), 0);

    stack.deploy_presets("width = 640\nheight = 640", "width = 320\nheight = 320");
    let dry = stack.operate(&["reprocess", "--dry-run"]).await;
    assert_eq!(dry.number("images"), 5);
    assert_eq!(dry.number("originals came in messages and are not kept"), 1);
    assert_eq!(dry.number("renditions to write"), 4);
    assert_eq!(dry.number("renditions of removed presets to delete"), 0);
    assert_eq!(stack.rendition("0.jpg", "small").await["width"], 640);

    let before = stack.rendition("0.jpg", "medium").await;
    stack
        .operate(&["reprocess", "--per-minute", "600", "--watch"])
        .await
        .well();
    for number in 0..4 {
        let name = format!("{number}.jpg");
        let record = stack.made_by_a_run(&name).await;
        assert_eq!(record["status"], "processed");
        assert_eq!(stack.rendition(&name, "small").await["width"], 320);
    }
    assert_eq!(
        stack.rendition("0.jpg", "medium").await["sha256"],
        before["sha256"]
    );
    let stored = stack.blob_names("renditions").await;
    assert_eq!(stored.len(), 4 * 4, "{stored:?}");

    let runs = stack.operate(&["runs"]).await.well();
    assert!(
        runs.contains("finished: 4 of 5 images reprocessed, 1 unchanged"),
        "{runs}"
    );
    // Only originals that cannot be processed are still stale.
    let again = stack.operate(&["reprocess", "--dry-run"]).await;
    assert_eq!(again.number("images"), 1);
}

#[tokio::test]
async fn originals_that_were_there_before_are_made_in_a_run() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.look_at_queues_often();
    plan.settings.insert(
        "AzureWebJobs.ProcessUpload.Disabled".to_owned(),
        "true".to_owned(),
    );
    plan.event_grid = None;
    let stack = plan.start().await;
    for name in ["old/1.jpg", "old/2.jpg", "new/3.jpg"] {
        stack.upload(name, images::jpeg(320, 240, 1)).await;
    }
    let dry = stack
        .operate(&["reprocess", "--missing", "--prefix", "old/", "--dry-run"])
        .await;
    assert!(dry.well().starts_with("2 originals without a record"));
    stack
        .operate(&["reprocess", "--missing", "--prefix", "old/"])
        .await
        .well();
    for name in ["old/1.jpg", "old/2.jpg"] {
        assert_eq!(stack.any_record(name).await["status"], "processed");
    }
    assert_eq!(stack.record("new/3.jpg").await, None);
}

#[tokio::test]
async fn an_image_that_a_run_would_refuse_stays_as_it_is() {
    let stack = stack().await;
    let etag = stack.upload("a.jpg", images::jpeg(900, 600, 1)).await;
    let before = stack.record_of("a.jpg", &etag).await;
    stack.deploy_presets("max_pixels = 100_000_000", "max_pixels = 1000");
    let said = stack.operate(&["reprocess", "--watch"]).await.well();
    assert!(
        said.contains("0 of 1 images reprocessed, 1 unchanged"),
        "{said}"
    );
    assert_eq!(
        stack.record("a.jpg").await.unwrap()["_etag"],
        before["_etag"]
    );
    assert_eq!(stack.blob_names("renditions").await.len(), 4);
    let kept = stack.blob_names("runs").await;
    let refusal = kept
        .iter()
        .find(|path| path.starts_with("refused/") && path.ends_with("/a.jpg.json"))
        .expect("a refusal");
    let refusal: Value =
        serde_json::from_slice(&stack.blob("runs", refusal).await.unwrap()).unwrap();
    assert_eq!(refusal["error"]["code"], "too-many-pixels");
}

#[tokio::test]
async fn an_image_that_ends_the_process_in_a_run_stays_as_it_is() {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.look_at_queues_often();
    plan.message_lease = Duration::from_secs(2);
    let stack = plan.start().await;
    let name = "deadly.jpg";
    let etag = stack.upload(name, images::jpeg(3000, 2000, 3)).await;
    let before = stack.record_of(name, &etag).await;
    let etag = stack.upload("harmless.jpg", images::jpeg(64, 48, 4)).await;
    stack.record_of("harmless.jpg", &etag).await;
    stack.deploy_presets("width = 640\nheight = 640", "width = 32\nheight = 32");
    stack.operate(&["reprocess"]).await.well();
    for count in [1, 2] {
        eventually("the next attempt", || async {
            stack.attempt(name).await.filter(|found| *found == count)
        })
        .await;
        stack.kill_handler().await;
    }
    let refusal = eventually("the refusal", || async {
        let kept = stack.blob_names("runs").await;
        kept.into_iter()
            .find(|path| path.starts_with("refused/") && path.ends_with("/deadly.jpg.json"))
    });
    let refusal = stack.blob("runs", &refusal.await).await.unwrap();
    let refusal: Value = serde_json::from_slice(&refusal).unwrap();
    assert_eq!(refusal["error"]["code"], "processing-crashed");
    assert_eq!(stack.record(name).await.unwrap()["_etag"], before["_etag"]);
    stack.made_by_a_run("harmless.jpg").await;
    assert_eq!(stack.blob_names("renditions").await.len(), 2 * 4);
}

#[tokio::test]
async fn a_run_that_is_stopped_drops_what_waits_and_goes_on_when_it_is_resumed() {
    let stack = stack().await;
    for number in 0..6_u8 {
        let name = format!("{number}.jpg");
        let etag = stack.upload(&name, images::jpeg(320, 240, number)).await;
        stack.record_of(&name, &etag).await;
    }
    stack.deploy_presets("width = 640\nheight = 640", "width = 100\nheight = 100");
    // One image every six seconds.
    let begun = stack
        .operate(&["reprocess", "--per-minute", "10"])
        .await
        .well();
    let run = begun
        .split_whitespace()
        .find(|word| word.contains('Z'))
        .expect("the run")
        .to_owned();
    stack.made_by_a_run("0.jpg").await;
    stack.operate(&["runs", "stop", &run]).await.well();
    let shown = stack.operate(&["runs", "show", &run]).await.well();
    assert!(shown.contains("stopped"), "{shown}");
    assert_eq!(
        stack.record("5.jpg").await.unwrap()["processing"].get("run"),
        None
    );
    stack.operate(&["runs", "resume", &run]).await.well();
    for number in 0..6 {
        stack.made_by_a_run(&format!("{number}.jpg")).await;
    }
}

/// Compares prediction and measurement for the photos in the folder `PHOTOS`, each with the facts
/// of its record.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, and needs photos"]
async fn what_a_dry_run_predicts() {
    let photos = env::var("PHOTOS").expect("PHOTOS names a folder of photos");
    let stack = stack().await;
    let mut names = Vec::new();
    for photo in std::fs::read_dir(photos).expect("a folder") {
        let path = photo.expect("an entry").path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let etag = stack.upload(&name, std::fs::read(path).unwrap()).await;
        let record = stack.record_of(&name, &etag).await;
        if record["status"] == "processed" {
            names.push(name);
        }
    }
    for (from, to) in [
        ("width = 640\nheight = 640", "width = 800\nheight = 800"),
        ("format = \"jpeg\"", "format = \"jpeg\"\nquality = 70"),
    ] {
        stack.deploy_presets(from, to);
        let dry = stack
            .operate(&["reprocess", "--where", "status = processed", "--dry-run"])
            .await;
        let run = stack
            .operate(&["reprocess", "--where", "status = processed", "--watch"])
            .await;
        run.well();
        let (mut bytes, mut milliseconds) = (0, 0.0);
        for name in &names {
            let record = stack.record(name).await.expect("a record");
            let renditions = record["renditions"].as_array().expect("a list");
            bytes += renditions
                .iter()
                .filter_map(|one| one["bytes"].as_u64())
                .sum::<u64>();
            let stages = [
                "inspect", "decode", "colour", "resize", "encode", "metadata",
            ];
            let times = &record["processing"]["milliseconds"];
            milliseconds += stages
                .iter()
                .filter_map(|stage| times[*stage].as_f64())
                .sum::<f64>();
        }
        println!(
            "{} photos, {to:?}:\n{}came out: {:.1} MB, {:.1} seconds of processor time",
            names.len(),
            dry.text,
            bytes as f64 / 1e6,
            milliseconds / 1e3
        );
    }
}
