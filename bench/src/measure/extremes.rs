//! The largest picture that is accepted, and one that only claims to be large.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

use crate::{
    contender::Contender,
    extreme::{Png, bomb},
    goal::Goal,
    invocation::{self, Answer},
    report::{Section, Table},
    statistics::{Spread, mebibytes, milliseconds},
    versus::Versus,
};

/// Sends 100-megapixel PNGs, then a decompression bomb `bombs` times, each to a fresh process.
pub(crate) async fn measure(versus: &Versus, pngs: &[Png], bombs: usize) -> Result<Section> {
    let mut table = Table::new(&[
        "",
        "size",
        "Darkroom",
        "Darkroom, ms",
        "Darkroom, peak MiB",
        "sharp",
        "sharp, ms",
        "sharp, peak MiB",
    ]);
    let mut goals = Vec::new();
    for png in pngs {
        let file = png.make()?;
        let size = format!("{:.1} MiB", mebibytes(file.len() as u64));
        let body = invocation::inline(&file);
        drop(file);
        let ours = once(versus.contender(0), &body).await?;
        let theirs = once(versus.contender(1), &body).await?;
        ensure!(
            ours.status == "processed",
            "a 100-megapixel PNG was {}",
            ours.status
        );
        let what = format!("100-megapixel PNG, {}", png.name());
        crate::progress(&format!(
            "{what}: {:.0} and {:.0} MiB",
            ours.peak_mib, theirs.peak_mib
        ));
        add(&mut table, &what, &size, &ours, &theirs);
        goals.push(Goal::at_most(
            &format!("{what}: peak memory"),
            ours.peak_mib,
            1024.0,
            " MiB",
            0,
        ));
    }

    let file = bomb()?;
    let size = format!("{:.1} KiB", mebibytes(file.len() as u64) * 1024.0);
    let body = invocation::inline(&file);
    let mut attempts = [Vec::new(), Vec::new()];
    for round in 0..bombs {
        for side in Versus::turn(round) {
            attempts[side].push(once(versus.contender(side), &body).await?);
        }
    }
    for attempt in &attempts[0] {
        ensure!(
            attempt.status == "rejected",
            "the decompression bomb was {}",
            attempt.status
        );
    }
    let took = Spread::of(attempts[0].iter().map(|attempt| milliseconds(attempt.took)));
    let growth = Spread::of(attempts[0].iter().map(|attempt| attempt.growth_mib));
    let [ours, theirs] = attempts.map(|side| side.into_iter().next_back());
    let (ours, theirs) = ours.zip(theirs).context("there was no attempt")?;
    add(
        &mut table,
        "decompression bomb, 60,000×60,000 PNG",
        &size,
        &ours,
        &theirs,
    );
    goals.push(Goal::at_most(
        "Decompression bomb: refused within",
        took.most,
        10.0,
        " ms",
        1,
    ));
    goals.push(Goal::at_most(
        "Decompression bomb: memory added",
        growth.most,
        10.0,
        " MiB",
        1,
    ));

    let markdown = format!(
        "### Extremes\n\nOne event is sent to a fresh process. Times are those of the whole \
         request. The bomb was sent {bombs} times: refused in {took:.1} ms with {growth:.1} MiB \
         added to the process's memory (median, least–most).\n\n{table}"
    );
    Ok(Section { markdown, goals })
}

/// The result of one event.
struct Outcome {
    status: String,
    took: Duration,
    peak_mib: f64,
    /// Peak memory above the memory that was resident before.
    growth_mib: f64,
}

async fn once(contender: &Contender, body: &Bytes) -> Result<Outcome> {
    let handler = contender.start().await?;
    let before = handler.memory()?.resident;
    let started = Instant::now();
    let answer = handler.invoke(body).await.context(contender.name)?;
    let took = started.elapsed();
    let peak = handler.memory()?.peak;
    handler.stop().await?;
    Ok(Outcome {
        status: Answer::parse(&answer)?.status,
        took,
        peak_mib: mebibytes(peak),
        growth_mib: mebibytes(peak.saturating_sub(before)),
    })
}

fn add(table: &mut Table, what: &str, size: &str, ours: &Outcome, theirs: &Outcome) {
    let ms = |outcome: &Outcome| format!("{:.1}", milliseconds(outcome.took));
    let mib = |outcome: &Outcome| format!("{:.0}", outcome.peak_mib);
    table.add(&[
        &what,
        &size,
        &ours.status,
        &ms(ours),
        &mib(ours),
        &theirs.status,
        &ms(theirs),
        &mib(theirs),
    ]);
}
