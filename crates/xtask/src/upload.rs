//! `./dev upload`: puts files into the container `uploads`, waits for their records and prints
//! them.
//!
//! 1. [`files`]: finds the files and their names
//! 2. [`account`]: finds the accounts, and whether they answer
//! 3. [`arrival`]: uploads one file and waits for its record
//! 4. [`report`]: formats the record for people
//!
//! `./dev publish` shares all of it except how files are sent.

pub(crate) mod account;
pub(crate) mod arrival;
pub(crate) mod files;
mod report;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;
use futures::stream::{FuturesUnordered, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};

use self::{
    account::Account,
    arrival::{Arrival, Waiting},
    files::UploadFile,
    report::Tally,
};
use crate::text;

// A rejected image has a record, too, so it counts as arrived.
#[derive(clap::Args)]
#[command(
    after_help = "The exit status is 0 if every file got its record, processed or rejected, and 1 if one did not.
The accounts are those of local.settings.json. Settings in the environment take precedence."
)]
pub(crate) struct Options {
    /// Files to upload. A folder means all files in it, which are named by their path in the folder
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Give up if no record has arrived for this number of seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The port of Blob Storage, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    blob_port: Option<u16>,
    /// The port of Cosmos DB, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    cosmos_port: Option<u16>,
}

/// Uploads the files in parallel and prints each result as soon as it is known.
pub(crate) async fn upload(options: &Options) -> Result<ExitCode> {
    let uploads = files::find(&options.files)?;
    let account = Account::connect(options.blob_port, options.cosmos_port).await?;
    let waiting = Waiting::new(Duration::from_secs(options.timeout));
    let send = async |upload: &UploadFile| {
        let put = arrival::put(upload, &account);
        arrival::of(&upload.name, &account, &waiting, put).await
    };
    Ok(follow(&uploads, send).await)
}

/// Sends every file and prints each result as soon as it is known. Fails if one got no record.
pub(crate) async fn follow(
    uploads: &[UploadFile],
    send: impl AsyncFn(&UploadFile) -> Arrival,
) -> ExitCode {
    let bar = progress_bar(uploads.len());
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut arrivals: FuturesUnordered<_> = uploads
        .iter()
        .map(async |upload| (upload, send(upload).await))
        .collect();
    while let Some((upload, arrival)) = arrivals.next().await {
        let text = report::of(&upload.name, &arrival);
        bar.suspend(|| println!("{text}"));
        bar.inc(1);
        tally.add(&arrival);
    }
    bar.finish_and_clear();
    if uploads.len() > 1 {
        println!(
            "{} in {}",
            report::total(&tally),
            text::seconds(started.elapsed())
        );
    }
    if tally.missing == 0 {
        return ExitCode::SUCCESS;
    }
    let files = text::count(uploads.len(), "file");
    eprintln!("error: {} of {files} got no record", tally.missing);
    ExitCode::FAILURE
}

/// A bar on stderr. It hides itself if stderr is not a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(files as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos} of {len} recorded, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
