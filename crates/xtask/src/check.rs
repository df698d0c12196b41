//! `./dev check`: checks that are too large or too slow for `./dev test`.
//!
//! - `deploy`: the deployment files, checked with the tools that people deploy with. The checks are
//!   in Python, in deploy/checks/deploy.
//! - `formats`: public suites of images, compared with what a browser draws.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::workspace::{self, Profile};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What to check
    #[arg(value_enum)]
    subject: Subject,
    /// Renew the stored results: docs/formats.md, or the snapshots of the deployment, whose changes are to be reviewed
    #[arg(long)]
    update: bool,
}

/// What can be checked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// Bicep, command lines of the Azure CLI, workflows, azure.yaml and Dockerfiles.
    Deploy,
    /// Public suites of images, compared with what a browser displays.
    Formats,
}

/// Runs the checks with the tools that `./dev` has installed for them.
pub(crate) fn check(options: &Options) -> Result<ExitCode> {
    match options.subject {
        Subject::Deploy => deploy(options.update),
        Subject::Formats => formats(options.update),
    }
}

fn deploy(update: bool) -> Result<ExitCode> {
    let root = workspace::root();
    let python = root.join("deploy/checks/deploy/.venv/bin/python");
    let status = Command::new(&python)
        .args(["-m", "checks.deploy"])
        .args(update.then_some("--update"))
        .env("PYTHONPATH", root.join("deploy"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(root)
        .status()
        .with_context(|| format!("{}: type `./dev check deploy`", python.display()))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn formats(update: bool) -> Result<ExitCode> {
    let root = workspace::root();
    let work = workspace::target().join("formats");
    let originals = work.join("originals");
    if !originals.exists() {
        println!("Fetching the suites ...");
        // They go into another folder until all of them are there.
        let fetched = work.join("fetched");
        let mut fetch = Command::new(root.join("tools/.venv/bin/python"));
        fetch
            .arg(root.join("tools/formats/suites.py"))
            .arg(&fetched);
        succeed(&mut fetch)?;
        fs::rename(fetched, &originals)?;
    }
    let mut build = workspace::cargo();
    // It uses the features of the whole workspace, so that nothing is built twice.
    build.args(["build", "--locked", "--workspace", "--all-features"]);
    succeed(build.args(["--example", "full_size"]))?;
    for suite in fs::read_dir(&originals)? {
        render(&suite?.path(), &work.join("ours"))?;
    }
    let mut judge = Command::new("node");
    judge
        .arg(root.join("crates/upload-web/browser-tests/formats.js"))
        .arg(&work)
        .args(update.then(|| root.join("docs/formats.md")));
    succeed(&mut judge)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a PNG of each file of a suite, and a table of the results.
fn render(suite: &Path, ours: &Path) -> Result<()> {
    let name = suite.file_name().context("a suite has a name")?;
    fs::create_dir_all(ours)?;
    let table = ours.join(name).with_extension("tsv");
    let mut example = Command::new(workspace::binary(Profile::Dev, "examples/full_size"));
    example
        .arg(suite)
        .arg(ours.join(name))
        .stdout(Stdio::from(fs::File::create(table)?));
    succeed(&mut example)
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("{program} cannot be started"))?;
    ensure!(status.success(), "{program} failed");
    Ok(())
}
