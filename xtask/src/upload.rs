//! `./dev upload`: files go into the container `uploads`; their records are waited for and printed.
//!
//! 1. [`files`]: which files, and under which names
//! 2. [`account`]: where to, and whether anything answers there
//! 3. [`arrival`]: one file up, its own record down
//! 4. [`report`]: the record as a person reads it

pub(crate) mod account;
pub(crate) mod arrival;
mod files;
mod report;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use futures::stream::{FuturesUnordered, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};

use self::{
    account::Account,
    arrival::{Arrival, Waiting},
};
use crate::text;

/// What `upload` prints is an answer even where it is a refusal: an image that was rejected has
/// its record, so it counts as arrived.
#[derive(clap::Args)]
#[command(after_help = "\
The exit status is 0 when every file got its record, processed or rejected, and 1 when one did \
not.\nThe accounts are those of local.settings.json; settings in the environment come first.")]
pub(crate) struct Options {
    /// Files to upload; a folder stands for all files in it, named by their path in it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Give up when no record has arrived for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The port of Blob Storage, where `./dev run` was given one
    #[arg(long, value_name = "PORT")]
    blob_port: Option<u16>,
    /// The port of Cosmos DB, where `./dev run` was given one
    #[arg(long, value_name = "PORT")]
    cosmos_port: Option<u16>,
}

/// Uploads the files all at once and prints what became of each as soon as it is known.
pub(crate) async fn upload(options: &Options) -> Result<ExitCode> {
    let uploads = files::find(&options.files)?;
    let account = Account::connect(options.blob_port, options.cosmos_port).await?;
    let waiting = Waiting::new(Duration::from_secs(options.timeout));
    let bar = progress_bar(uploads.len());

    let mut missing = 0;
    let mut arrivals: FuturesUnordered<_> = uploads
        .iter()
        .map(async |upload| (upload, arrival::of(upload, &account, &waiting).await))
        .collect();
    while let Some((upload, arrival)) = arrivals.next().await {
        let text = report::of(&upload.name, &arrival);
        bar.suspend(|| println!("{text}"));
        bar.inc(1);
        missing += usize::from(!matches!(arrival, Arrival::Recorded { .. }));
    }
    bar.finish_and_clear();
    if missing == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "error: {} of {} got no record",
        missing,
        text::count(uploads.len(), "file")
    );
    Ok(ExitCode::FAILURE)
}

/// A bar on stderr; it hides itself where that is no terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(files as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos} of {len} recorded, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
