//! `darkroom runs`

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use contract::{Run, RunState, Selection};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;

use super::{arguments::Runs, patience};
use crate::{
    app::App,
    runs::start,
    stores::{container::Written, runs::KnownRun},
};

/// The pause between two looks at a run.
const EVERY: Duration = Duration::from_secs(2);

/// The progress of a run.
struct Progress {
    run: Run,
    made: u64,
    unchanged: u64,
    /// Messages in the queue, including those of other runs.
    waiting: u64,
}

#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn runs(app: &Arc<App>, options: Runs) -> anyhow::Result<ExitCode> {
    match options {
        Runs::List => {
            for run in app.runs.all(&patience()).await? {
                println!("{}", line(&progress(app, run).await?));
            }
        }
        Runs::Show(id) => println!("{}", line(&progress(app, find(app, &id).await?.run).await?)),
        Runs::Watch(id) => watch(app, &id).await?,
        Runs::Stop(id) => {
            set(app, &id, RunState::Stopped).await?;
            println!(
                "{id} is stopped, and its images in the queue are skipped. `darkroom runs resume \
                 {id}` continues it."
            );
        }
        Runs::Resume(id) => {
            let run = set(app, &id, RunState::Running).await?;
            start(app, &patience(), &run).await?;
            println!("{id} continues.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the progress of a run until it ends or is stopped.
#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn watch(app: &App, id: &str) -> anyhow::Result<()> {
    let mut seen = progress(app, find(app, id).await?.run).await?;
    let bar = ProgressBar::new(seen.run.expected);
    let style = "{bar:40} {pos} of {len} images, {msg}";
    bar.set_style(ProgressStyle::with_template(style)?);
    while !seen.is_over() {
        bar.set_length(seen.run.expected.max(seen.run.queued));
        bar.set_position(seen.made + seen.unchanged);
        bar.set_message(format!("{} in the queue so far", seen.run.queued));
        sleep(EVERY).await;
        seen = progress(app, find(app, id).await?.run).await?;
    }
    bar.finish_and_clear();
    println!("{}", line(&seen));
    Ok(())
}

async fn find(app: &App, id: &str) -> anyhow::Result<KnownRun> {
    app.runs
        .find(&patience(), id)
        .await?
        .with_context(|| format!("there is no run {id}: `darkroom runs` lists them"))
}

async fn set(app: &App, id: &str, state: RunState) -> anyhow::Result<Run> {
    loop {
        let known = find(app, id).await?;
        let mut run = known.run.clone();
        if run.selection == Selection::Chosen && state == RunState::Running {
            bail!("the images of {id} were chosen on the web pages, so choose them there again");
        }
        // A run that was resumed makes the images again that it dropped when it was stopped.
        if state == RunState::Running {
            (run.after, run.before, run.queued) = (None, None, 0);
        }
        run.state = state;
        if app.runs.put(&patience(), &run, Some(&known)).await? == Written::Done {
            return Ok(run);
        }
    }
}

async fn progress(app: &App, run: Run) -> anyhow::Result<Progress> {
    Ok(Progress {
        made: app.records.count_of_run(&patience(), &run.id).await?,
        unchanged: app.runs.refused(&patience(), &run.id).await?,
        waiting: app.work.length(&patience()).await?,
        run,
    })
}

impl Progress {
    fn is_over(&self) -> bool {
        match self.run.state {
            RunState::Running => false,
            RunState::Stopped => true,
            // Images that events made or deleted meanwhile are not counted.
            RunState::Queued => self.made + self.unchanged >= self.run.queued || self.waiting == 0,
        }
    }
}

fn line(progress: &Progress) -> String {
    let Progress {
        run,
        made,
        unchanged,
        ..
    } = progress;
    let state = match run.state {
        RunState::Running => "running",
        RunState::Stopped => "stopped",
        RunState::Queued if progress.is_over() => "finished",
        RunState::Queued => "all in the queue",
    };
    let selection = match &run.selection {
        Selection::Records { condition } => condition.clone(),
        Selection::Chosen => "chosen one by one".to_owned(),
        Selection::Missing { prefix } => format!("originals without a record, {prefix}*"),
    };
    format!(
        "{}  {state}: {made} of {} images reprocessed, {unchanged} unchanged, at most {} per \
         minute ({selection})",
        run.id, run.expected, run.per_minute
    )
}
