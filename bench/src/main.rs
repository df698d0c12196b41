//! Measures Darkroom and a Node handler with sharp side by side: whole processes, driven over the
//! Functions host's protocol, alternating in one run.
//!
//! - [`originals`]: the usual originals; [`extreme`]: originals that hardly anybody sends
//! - [`invocation`], [`script_root`], [`contender`]: the host's requests, and how it starts a
//!   handler
//! - [`mod@measure`]: one file for each part of the report
//! - [`process_stats`], [`machine`], [`statistics`]: turn the kernel's numbers into those of a
//!   table
//! - [`goal`], [`report`]: the goals, and the Markdown
//!
//! `./dev bench` builds both sides and runs this.

mod contender;
mod extent;
mod extreme;
mod goal;
mod invocation;
mod machine;
mod measure;
mod originals;
mod process_stats;
mod report;
mod script_root;
mod statistics;
mod stores;
mod versus;

use std::{path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    contender::Contender,
    extent::Extent,
    machine::Neighbours,
    measure::{
        extremes, jpeg_only, quality, start_up,
        throughput::{self, Aims},
    },
    report::Section,
    script_root::ScriptRoot,
    stores::Stores,
    versus::Versus,
};

/// Measure Darkroom against a Node handler with sharp
#[derive(Parser)]
struct Options {
    /// The root folder of the repository
    #[arg(long, value_name = "DIR")]
    repository: PathBuf,
    /// Darkroom's handler, built for deployment
    #[arg(long, value_name = "FILE")]
    handler: PathBuf,
    /// Measure only a few images in one round, to see that it works
    #[arg(long)]
    quick: bool,
    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Measure the JPEGs in this folder instead of generated pictures
    #[arg(long, value_name = "DIR")]
    originals: Option<PathBuf>,
    /// Also write the report into docs/performance.md
    #[arg(long)]
    write: bool,
}

/// One thread is enough, because it only sends and waits, and the handlers need the processors.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut terminate = signal(SignalKind::terminate())?;
    // Whatever ends the run, its handlers are dropped and so killed.
    tokio::select! {
        done = run(&options) => done,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let neighbours = Neighbours::watch()?;
    let root = ScriptRoot::new(&options.repository, &options.handler)?;
    let stores = Stores::start().await?;
    let peers = options.repository.join("bench/peers/sharp");
    let beside = |peer| Versus::new(Contender::darkroom(root.path(), &stores), peer);
    let (plain, expert) = (
        beside(Contender::plain_sharp(&peers)),
        beside(Contender::expert_sharp(&peers)),
    );
    let peer = plain.peer_versions().await?;
    let sections = measure(options, [&plain, &expert], &root, &stores).await?;
    let heading = format!(
        "{} Other processes used {:.0} % of its processor time during the run, which took {:.0} \
         minutes.\n\nPeers: {peer}. *sharp* is used as most people write it, with its own \
         defaults: one pipeline per rendition, all at once, WebP effort 4. *Expert sharp* decodes \
         once at a reduced size, makes each size from the next larger one and writes WebP with \
         effort 2. Both make the same four renditions at the same quality settings, and no \
         metadata, hashes, palette or placeholder.\n\nMade by `{}`.",
        machine::describe() + ".",
        neighbours.share()? * 100.0,
        started.elapsed().as_secs_f64() / 60.0,
        command(options),
    );
    let report = report::compose(&heading, &sections);
    println(&report);
    if options.write {
        report::write(&options.repository.join("docs/performance.md"), &report)?;
    }
    Ok(())
}

async fn measure(
    options: &Options,
    [versus, expert]: [&Versus; 2],
    root: &ScriptRoot,
    stores: &Stores,
) -> Result<Vec<Section>> {
    let extent = if options.quick {
        Extent::quick()
    } else {
        Extent::full(options.rounds)
    };
    progress("making originals");
    let originals = match &options.originals {
        Some(folder) => originals::read(folder)?,
        None => originals::made(extent.sizes)?,
    };
    let presets = root.presets.iter().count();
    let (repository, handler) = (&options.repository, &options.handler);
    progress("starting handlers");
    Ok(vec![
        start_up::measure(versus, extent.starts).await?,
        jpeg_only::measure(repository, handler, stores, &originals, extent.decodes).await?,
        quality::measure(versus, &originals, &root.presets).await?,
        extremes::measure(versus, extent.pngs, extent.bombs).await?,
        throughput::measure(
            versus,
            &originals,
            presets,
            extent.loads,
            extent.rounds,
            &Aims::PLAIN,
        )
        .await?,
        throughput::measure(
            expert,
            &originals,
            presets,
            extent.expert_loads,
            extent.rounds,
            &Aims::EXPERT,
        )
        .await?,
    ])
}

/// The command line that makes the same report.
fn command(options: &Options) -> String {
    let extent = if options.quick {
        "--quick".to_owned()
    } else {
        format!("--rounds {}", options.rounds)
    };
    let originals = options
        .originals
        .as_ref()
        .map_or("", |_| " --originals DIR");
    format!("./dev bench {extent}{originals}")
}

#[expect(clippy::print_stdout, reason = "a command-line tool prints")]
fn println(report: &str) {
    println!("{report}");
}

/// Prints one line about the progress, apart from the report.
#[expect(clippy::print_stderr, reason = "a command-line tool prints")]
pub(crate) fn progress(line: &str) {
    eprintln!("{line}");
}
