//! `./dev conformance`: compares the local Functions host with recordings of Microsoft's.
//!
//! Every recorded case is played again: the handler gives the recorded answer, the same event is
//! caused, and then the request to the handler and the results are compared. The cases and the
//! scripts that play them are in `crates/dev-host/conformance`.
//!
//! - [`plan`]: the groups of cases, and what each needs
//! - [`stage`]: the storage, the database, the broker and the host

mod plan;
mod stage;

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::workspace::{self, Profile};
use plan::{PHASES, Step, group_names};
use stage::Stage;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Groups of cases, by the names of their folders [default: all]
    #[arg(value_name = "GROUP", value_parser = clap::builder::PossibleValuesParser::new(group_names()))]
    groups: Vec<String>,
    /// Replay only the cases whose names match a regular expression
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// The functions-dev-host to test, instead of a newly built one
    #[arg(long, value_name = "PROGRAM")]
    host: Option<PathBuf>,
}

/// Plays the cases and prints the differences. Fails if there are any that `differences.json` does
/// not list.
pub(crate) async fn conformance(options: &Options) -> Result<ExitCode> {
    let host = if let Some(program) = &options.host {
        program
            .canonicalize()
            .with_context(|| program.display().to_string())?
    } else {
        workspace::build(Profile::Dev, &workspace::STACK)?;
        workspace::binary(Profile::Dev, "functions-dev-host")
    };
    let work = Work::new()?;
    let mut stage = Stage::set(host, &work.path).await?;
    let outcome = play(&mut stage, &work, options).await;
    stage.clear().await;
    outcome?;
    let equal = compare(&work, &options.groups, false).await?;
    Ok(if equal {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The folder of the host's log, the handler's records and the results.
struct Work {
    path: PathBuf,
}

impl Work {
    fn new() -> Result<Self> {
        let path = workspace::target().join("conformance");
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| path.display().to_string())?;
        }
        let work = Self { path };
        fs::create_dir_all(work.got()).with_context(|| work.path.display().to_string())?;
        Ok(work)
    }

    fn got(&self) -> PathBuf {
        self.path.join("got")
    }
}

async fn play(stage: &mut Stage, work: &Work, options: &Options) -> Result<()> {
    let chosen = |step: &&Step| {
        options.groups.is_empty() || options.groups.iter().any(|group| group == step.group)
    };
    let mut left: Vec<_> = PHASES
        .iter()
        .flat_map(|phase| phase.steps)
        .filter(chosen)
        .collect();
    for phase in PHASES {
        let steps: Vec<_> = phase.steps.iter().filter(chosen).collect();
        if steps.is_empty() {
            continue;
        }
        stage.serve(phase.app).await?;
        for step in steps {
            let start = Instant::now();
            run(stage, work, step, options.only.as_deref()).await?;
            left.remove(0);
            // A group may continue in another phase.
            if left.iter().all(|later| later.group != step.group) {
                print!("{:<13}{:>4} s  ", step.group, start.elapsed().as_secs());
                std::io::stdout().flush()?;
                compare(work, &[step.group.to_owned()], true).await?;
            }
        }
        stage.stop_serving().await;
    }
    Ok(())
}

/// Plays the cases of a step. The output of its script goes into a file.
async fn run(stage: &Stage, work: &Work, step: &Step, only: Option<&str>) -> Result<()> {
    let log = fs::File::create(work.path.join(format!("{}.log", step.group)))?;
    let errors = log.try_clone()?;
    let mut command = stage.script(step.script);
    command
        .env("OUT", work.got())
        .env("ONLY", only.unwrap_or_default())
        .stdout(log)
        .stderr(errors);
    if let Some((name, value)) = step.variable {
        command.env(name, value);
    }
    let status = command.status().await.context("node cannot be started")?;
    ensure!(
        status.success(),
        "the cases of {} were interrupted: see {}",
        step.group,
        work.path.join(format!("{}.log", step.group)).display()
    );
    Ok(())
}

/// Compares the cases of these groups, or of all, and prints the differences. Returns true if there
/// are none.
async fn compare(work: &Work, groups: &[String], brief: bool) -> Result<bool> {
    let folder = folder();
    let status = Command::new("node")
        .arg(folder.join("run/compare.mjs"))
        .args([folder.join("cases"), work.got()])
        .args(brief.then_some("--brief"))
        .args(groups)
        .stdin(Stdio::null())
        .status()
        .await
        .context("node cannot be started")?;
    Ok(status.success())
}

/// The folder of the cases and their scripts.
fn folder() -> PathBuf {
    workspace::root().join("crates/dev-host/conformance")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_recorded_group_is_played() {
        let planned: BTreeSet<_> = group_names().into_iter().map(str::to_owned).collect();
        let folders = fs::read_dir(folder().join("cases")).unwrap();
        let recorded: BTreeSet<_> = folders
            .map(|folder| folder.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(planned, recorded);
    }

    #[test]
    fn every_script_is_there() {
        for step in PHASES.iter().flat_map(|phase| phase.steps) {
            let script = folder().join("run").join(step.script);
            assert!(script.exists(), "{}", script.display());
        }
    }
}
