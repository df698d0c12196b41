//! `darkroom check`: finds and repairs every kind of inconsistency.
//!
//! A long run makes 500 inconsistencies: `cargo test --test it -- --ignored --nocapture check::`

use serde_json::json;

use crate::support::{
    eventually, images,
    stack::{Mode, Plan, Stack},
};

/// Breaks the given number of images, in alternating ways. Returns the problems that have to be
/// found.
async fn break_images(stack: &Stack, images_to_break: usize) -> Vec<(&'static str, String)> {
    let mut expected = Vec::new();
    for number in 0..images_to_break {
        let name = format!("{number}.jpg");
        let picture = images::jpeg(96, 64, number.to_le_bytes()[0]);
        let etag = stack.upload(&name, picture.clone()).await;
        stack.record_of(&name, &etag).await;
        let (what, about) = match number % 7 {
            0 => {
                stack.forget(&name).await;
                ("original without a record", name)
            }
            1 => {
                let mut record = stack.record(&name).await.unwrap();
                record["source"]["etag"] = "\"0x1\"".into();
                stack.store(&record).await;
                ("record of an earlier version", name)
            }
            2 => {
                let path = format!("{name}/thumb.webp");
                stack.delete("renditions", &path).await;
                ("rendition missing", path)
            }
            3 => {
                let path = format!("{name}/small.webp");
                let bytes = stack.blob("renditions", &path).await.unwrap();
                stack.put("renditions", &path, bytes[1..].to_vec()).await;
                ("rendition wrong", path)
            }
            4 => {
                let path = format!("{name}/poster.webp");
                stack.put("renditions", &path, "x").await;
                ("rendition without a record", path)
            }
            5 => {
                let mut record = stack.record(&name).await.unwrap();
                record["source"]["name"] = format!("gone/{name}").into();
                let id = contract::RecordId::from_name(&format!("gone/{name}"));
                record["id"] = id.as_str().into();
                record["renditions"] = json!([]);
                stack.store(&record).await;
                ("record without its original", format!("gone/{name}"))
            }
            _ => {
                let path = format!("nobody/{name}/thumb.webp");
                stack.put("renditions", &path, "x").await;
                ("rendition without a record", path)
            }
        };
        expected.push((what, about));
    }
    expected
}

async fn find_and_mend(images_to_break: usize) {
    let mut plan = Plan::in_mode(Mode::Deployed);
    // Without Event Grid, only the check can have repaired anything.
    plan.event_grid = None;
    plan.root.edit("ProcessUpload/function.json", |json| {
        json["bindings"][0]
            .as_object_mut()
            .expect("a trigger")
            .remove("source");
    });
    let stack = plan.start().await;
    let expected = break_images(&stack, images_to_break).await;

    let found = stack.operate(&["check", "--grace", "0"]).await;
    assert_eq!(found.status, 1);
    let missed: Vec<_> = expected
        .iter()
        .filter(|(what, about)| {
            !found
                .text
                .lines()
                .any(|line| line == format!("{what}: {about}"))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:?} not in\n{}", found.text);
    let all = format!("{images_to_break} of {images_to_break} problems remain.");
    assert!(found.text.contains(&all), "{}", found.text);

    let repaired = stack
        .operate(&["check", "--grace", "0", "--repair", "--really"])
        .await
        .well();
    assert!(
        repaired.contains(&format!("All {images_to_break} problems were repaired.")),
        "{repaired}"
    );
    let after = stack
        .operate(&["check", "--grace", "0", "--deep"])
        .await
        .well();
    assert!(after.contains("No problems found."), "{after}");
    let once_more = stack
        .operate(&["check", "--grace", "0", "--repair", "--really"])
        .await
        .well();
    assert!(once_more.contains("No problems found."), "{once_more}");
}

#[tokio::test]
async fn every_kind_of_inconsistency_is_found_and_repaired() {
    find_and_mend(7).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes minutes"]
async fn five_hundred_inconsistencies() {
    find_and_mend(500).await;
    println!("500 inconsistencies: all found, all repaired, nothing left to repair");
}

#[tokio::test]
async fn bytes_that_only_look_right_are_found_by_reading_them() {
    let stack = Stack::in_mode(Mode::Bindings).await;
    let etag = stack.upload("a.jpg", images::jpeg(96, 64, 1)).await;
    stack.record_of("a.jpg", &etag).await;
    let path = "a.jpg/small.webp";
    let mut bytes = stack.eventual_blob("renditions", path).await.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    stack.put("renditions", path, bytes).await;
    let shallow = stack.operate(&["check", "--grace", "0"]).await;
    assert!(shallow.well().contains("No problems found."));
    let deep = stack
        .operate(&["check", "--grace", "0", "--deep", "--repair"])
        .await
        .well();
    assert!(
        deep.contains(&format!("repaired: rendition wrong: {path}")),
        "{deep}"
    );
}

/// The timer calls this function every night; the test calls it through the host's own
/// administration.
#[tokio::test]
async fn the_nightly_check_looks_at_the_next_part_each_time() {
    let mut plan = Plan::in_mode(Mode::Direct);
    let settings = [
        ("DARKROOM_CHECK_SAMPLE", "2"),
        ("DARKROOM_CHECK_REPAIR", "true"),
    ];
    plan.settings
        .extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let stack = plan.start().await;
    for number in 0..3_u8 {
        let name = format!("{number}.jpg");
        let etag = stack.upload(&name, images::jpeg(96, 64, number)).await;
        let mut record = stack.record_of(&name, &etag).await;
        // Long enough ago that no event can be working on it.
        record["createdAt"] = "2026-01-01T00:00:00.000000000Z".into();
        stack.store(&record).await;
        stack.delete("uploads", &name).await;
    }
    let there = async || {
        let records = stack.query("SELECT c.status FROM c").await;
        let is_there = |record: &&serde_json::Value| record["status"] == "processed";
        records.iter().filter(is_there).count()
    };
    assert_eq!(there().await, 3);
    for left in [1, 0] {
        let url = format!("http://{}/admin/functions/CheckImages", stack.address);
        let request = reqwest::Client::new()
            .post(url)
            .header("Content-Type", "application/json")
            .body("{}");
        assert!(request.send().await.unwrap().status().is_success());
        eventually("the repair", || async {
            (there().await == left).then_some(())
        })
        .await;
        eventually("the place", || stack.blob("runs", "check/place.json")).await;
    }
}
