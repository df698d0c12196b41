//! A long run with kills in it, while uploads come in.
//!
//! `RUN_RECORDS` is the number of images, and `RUN_PER_MINUTE` the cap of the run. Unset `RUST_BACKTRACE`, because the
//! traces of errors that are expected take more time than the run. If it takes longer than ten minutes,
//! `NODE_OPTIONS` has to name `tools/azurite-without-gc.cjs`, which says why.

use std::{
    env,
    time::{Duration, Instant},
};

use functions_dev_host::Host;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::support::{
    images,
    signal::signal,
    stack::{Mode, Plan, Stack},
};

/// Uploads beside the run, before it and during it.
const LIVE: usize = 40;

const ALL: &str = "SELECT VALUE COUNT(1) FROM c";
const REPROCESSED: &str = "SELECT VALUE COUNT(1) FROM c WHERE IS_DEFINED(c.processing.run)";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes minutes, and measures"]
async fn a_long_run_with_kills() {
    let records = number("RUN_RECORDS", 10_000);
    let per_minute = number("RUN_PER_MINUTE", 600);
    let stack = stack_with(records).await;
    let idle = live(&stack, "idle").await;
    stack.deploy_presets("width = 640\nheight = 640", "width = 32\nheight = 32");
    let dry = stack.operate(&["reprocess", "--dry-run"]).await;
    let expected = dry.number("images");
    let cap = per_minute.to_string();
    stack
        .operate(&["reprocess", "--per-minute", &cap])
        .await
        .well();
    let (busy, ()) = tokio::join!(live(&stack, "busy"), async {
        for part in [1, 2] {
            wait_for(&stack, REPROCESSED, expected * part / 4).await;
            kill_handler(&stack.host);
        }
    });
    // A third death of the handler within half an hour would end the host, so its instance is lost.
    wait_for(&stack, REPROCESSED, expected * 3 / 4).await;
    let stack = stack.on_another_host().await;
    wait_for(&stack, REPROCESSED, expected).await;
    let times = reprocessed(&stack).await;
    let took = times[times.len() - 1]
        .duration_since(times[0])
        .as_secs_f64();
    let left = stack.operate(&["reprocess", "--dry-run"]).await;
    let stale = left.number("images");
    let rate = expected as f64 / took * 60.0;
    println!(
        "{expected} records, {stale} left stale, 3 kills, {took:.0} s: {rate:.0} a minute, {:.3} of the cap of \
         {per_minute}; in the fastest minute {}; uploads beside it: p99 {idle:?} idle, {busy:?} busy",
        rate / per_minute as f64,
        most_in_a_minute(&times),
    );
    assert_eq!((expected, stale), ((records + LIVE) as u64, 0));
    let renditions = stack.blob_names("renditions").await;
    assert_eq!(renditions.len(), (records + 2 * LIVE) * 4);
}

fn number(name: &str, default: usize) -> usize {
    let value = env::var(name).ok();
    value.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A stack with so many images.
async fn stack_with(records: usize) -> Stack {
    let mut plan = Plan::in_mode(Mode::Deployed);
    plan.look_at_queues_often();
    plan.message_lease = Duration::from_secs(5);
    let stack = plan.start().await;
    let uploads = stream::iter(0..records).map(|number| {
        let stack = &stack;
        async move {
            let picture = images::jpeg(64, 48, number.to_le_bytes()[0]);
            stack.upload(&format!("{number}.jpg"), picture).await;
        }
    });
    uploads.buffer_unordered(32).collect::<Vec<()>>().await;
    wait_for(&stack, ALL, records as u64).await;
    stack
}

/// Waits until a query counts so many records.
async fn wait_for(stack: &Stack, counting: &str, records: u64) {
    let begun = Instant::now();
    loop {
        let rows = stack.query(counting).await;
        let counted = rows[0].as_u64().expect("a count");
        if counted >= records {
            return;
        }
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_hours(1), "{counted} of {records}");
        // The local database looks at every record for this.
        sleep(Duration::from_secs(5)).await;
    }
}

fn kill_handler(host: &Host) {
    if let Some(pid) = host.handler_pid() {
        signal("KILL", pid);
    }
}

/// When the run made each image again, in order.
async fn reprocessed(stack: &Stack) -> Vec<Timestamp> {
    let times = "SELECT VALUE c.processing.reprocessedAt FROM c WHERE IS_DEFINED(c.processing.run)";
    let times = stack.query(times).await;
    let mut times: Vec<Timestamp> = times
        .iter()
        .map(|time| time.as_str().expect("a text").parse().expect("a time"))
        .collect();
    times.sort_unstable();
    times
}

/// The most of these times that lie within a minute.
fn most_in_a_minute(times: &[Timestamp]) -> usize {
    let within = |first: usize| {
        let end = times[first] + Duration::from_mins(1);
        times[first..].partition_point(|time| *time < end)
    };
    (0..times.len()).map(within).max().unwrap_or_default()
}

/// Uploads one image after another. Returns the 99th percentile of the time to the record.
async fn live(stack: &Stack, prefix: &str) -> Duration {
    let mut times = Vec::new();
    for number in 0..LIVE {
        let name = format!("{prefix}-{number}.jpg");
        let picture = images::jpeg(640, 480, number.to_le_bytes()[0]);
        let begun = Instant::now();
        let etag = stack.upload(&name, picture).await;
        stack.record_of(&name, &etag).await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times[LIVE * 99 / 100]
}
