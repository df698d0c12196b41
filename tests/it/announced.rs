//! Measures how soon and how reliably `./dev run` handles uploads that Event Grid announces.
//!
//! Both tests take a while and print numbers: `cargo test --test it -- --ignored --nocapture
//! announced::`

use std::{collections::BTreeMap, time::Duration};

use functions_dev_host::{Disorder, EventGridOptions, ProxyFaults};
use futures::{StreamExt as _, stream};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::support::{
    images,
    stack::{Mode, Plan, Stack},
};

/// Uploads come one after another, so that nothing waits for anything else.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, which is meaningless on a busy machine"]
async fn from_upload_to_record() {
    const UPLOADS: usize = 40;
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.event_grid = Some(EventGridOptions::default());
    let stack = plan.start().await;
    let photo = images::jpeg(640, 480, 1);
    let mut times = Vec::new();
    for number in 0..=UPLOADS {
        let name = format!("{number}.jpg");
        let begun = Instant::now();
        let etag = stack.upload(&name, photo.clone()).await;
        stack.record_of(&name, &etag).await;
        // The first one opens connections, so it is not counted.
        if number > 0 {
            times.push(begun.elapsed());
        }
    }
    times.sort_unstable();
    println!(
        "upload to record by Event Grid, {UPLOADS} uploads: median {:?}, slowest {:?}",
        times[UPLOADS / 2],
        times[UPLOADS - 1]
    );
}

/// Duplicates, changed order and a store that often refuses: nothing is lost, and nothing is done
/// twice.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes a minute or two"]
async fn a_thousand_uploads_in_disorder() {
    const UPLOADS: usize = 1000;
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.proxied = true;
    plan.event_grid = Some(EventGridOptions {
        disorder: Some(Disorder {
            seed: 1,
            duplicates: 0.1,
            longest_delay: Duration::from_secs(2),
        }),
        ..plan.event_grid.unwrap_or_default()
    });
    let stack = plan.start().await;
    let proxy = stack.proxy.as_ref().expect("the plan asked for a proxy");
    proxy.set_faults(Some(ProxyFaults {
        seed: 1,
        only: String::new(),
        refused: 0.1,
        cut_before: 0.0,
        cut_after: 0.0,
        held: 0.0,
        hold_for: Duration::ZERO,
        longest_delay: Duration::ZERO,
    }));
    let begun = Instant::now();
    let uploads = stream::iter(0..UPLOADS).map(|number| {
        let stack = &stack;
        async move {
            let name = format!("{number}.jpg");
            let picture = images::jpeg(32, 24, number.to_le_bytes()[0]);
            let etag = stack.upload(&name, picture).await;
            (name, etag)
        }
    });
    let uploads: Vec<_> = uploads.buffered(16).collect().await;
    let mut records = BTreeMap::new();
    for (name, etag) in uploads {
        let record = stack.record_of(&name, &etag).await;
        records.insert(name, record);
    }
    let took = begun.elapsed();
    let before = state(&stack, &records).await;
    // Duplicates come at most this much later.
    sleep(Duration::from_secs(4)).await;
    let after = state(&stack, &records).await;
    assert_eq!(before, after, "a duplicate has done something");
    assert!(
        records
            .values()
            .all(|record| record["status"] == "processed")
    );
    assert_eq!(stack.poison().await, Vec::<Value>::new());
    println!(
        "{UPLOADS} uploads with 10 % duplicates, reordered, 10 % of requests refused: {took:?}"
    );
}

/// Each record as it is in the database, and the names of all renditions.
async fn state(stack: &Stack, records: &BTreeMap<String, Value>) -> (Vec<Value>, Vec<String>) {
    let mut stored = Vec::new();
    for name in records.keys() {
        let record = stack.record(name).await.expect("it was there");
        stored.push(record["_etag"].clone());
    }
    (stored, stack.blob_names("renditions").await)
}
