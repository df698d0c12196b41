//! One handler under one load.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{
    contender::{Contender, Handler},
    invocation::Answer,
    statistics::{mebibytes, milliseconds},
};

/// How many images, and how many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) at_once: usize,
    pub(crate) images: usize,
}

/// The measurements of a handler under a load.
pub(crate) struct Sample {
    pub(crate) images_per_second: f64,
    /// Processor time per image, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Times from sending an event to the end of its answer.
    pub(crate) latencies: Vec<Duration>,
    /// The peak of resident memory, in MiB.
    pub(crate) peak_mib: f64,
}

/// Starts a handler, sends it one image to warm up, checks that answer, and then applies the load.
pub(crate) async fn run(
    contender: &Contender,
    body: &Bytes,
    presets: usize,
    load: Load,
) -> Result<Sample> {
    let handler = contender.start().await?;
    let sample = apply(&handler, body, presets, load).await;
    handler.stop().await?;
    sample.with_context(|| format!("{} with {} at once", contender.name, load.at_once))
}

async fn apply(handler: &Handler, body: &Bytes, presets: usize, load: Load) -> Result<Sample> {
    let first = handler.invoke(body).await?;
    Answer::parse(&first)?.ensure_processed(presets)?;

    let cpu = handler.cpu_time()?;
    let started = Instant::now();
    let latencies = stream::iter(0..load.images)
        .map(|_| timed(handler, body, first.len()))
        .buffer_unordered(load.at_once)
        .try_collect::<Vec<_>>()
        .await?;
    let took = started.elapsed();
    let cpu = handler.cpu_time()?.saturating_sub(cpu);

    #[expect(
        clippy::cast_precision_loss,
        reason = "there are some hundreds at most"
    )]
    let images = load.images as f64;
    Ok(Sample {
        images_per_second: images / took.as_secs_f64(),
        cpu_ms: milliseconds(cpu) / images,
        latencies,
        peak_mib: mebibytes(handler.memory()?.peak),
    })
}

/// Sends one event. Its answer has the length of the first one, except for the digits of the times
/// in the record. Parsing each answer would take processor time from the handler.
async fn timed(handler: &Handler, body: &Bytes, expected: usize) -> Result<Duration> {
    let started = Instant::now();
    let answer = handler.invoke(body).await?;
    let latency = started.elapsed();
    ensure!(
        answer.len().abs_diff(expected) < 1024,
        "an answer has {} bytes and the first had {expected}",
        answer.len()
    );
    Ok(latency)
}
