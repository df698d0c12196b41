//! `./dev check deploy`: the deployment files, held to the tools that people deploy with.
//!
//! The checks are in Python, in infra/checks/deploy. Their tools are large, so that they are no step
//! of `./dev test`.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What is checked
    #[arg(value_enum)]
    subject: Subject,
    /// Write the snapshots of the deployment anew, to be reviewed with the change that made them differ
    #[arg(long)]
    update: bool,
}

/// What can be checked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// Bicep, the command lines of the Azure CLI, workflows, azure.yaml and Dockerfiles.
    Deploy,
}

/// Runs the checks in the environment that `./dev` has installed for them.
pub(crate) fn check(options: &Options) -> Result<ExitCode> {
    let Subject::Deploy = options.subject;
    let root = workspace::root();
    let python = root.join("infra/checks/deploy/.venv/bin/python");
    let status = Command::new(&python)
        .args(["-m", "checks.deploy"])
        .args(options.update.then_some("--update"))
        .env("PYTHONPATH", root.join("infra"))
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
