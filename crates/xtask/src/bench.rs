//! `./dev bench`: Darkroom and a Node handler with sharp, side by side.
//!
//! The package `bench` measures; this command prepares both sides.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

use crate::workspace::{self, Profile};

/// These are the options of `darkroom-bench`, which gets them as they are.
#[derive(clap::Args)]
#[command(
    after_help = "The full run takes about half an hour on two cores. Nothing else should run on \
                  the machine at the same time. The report says how much did."
)]
pub(crate) struct Options {
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

/// Builds the handler as it is deployed, installs its peer, and then runs the bench.
pub(crate) fn bench(options: &Options) -> Result<ExitCode> {
    install_peer()?;
    let binaries = [("darkroom", "darkroom"), ("bench", "darkroom-bench")];
    workspace::build(Profile::Release, &binaries)?;
    let mut command = Command::new(workspace::binary(Profile::Release, "darkroom-bench"));
    command.arg("--repository").arg(workspace::root());
    command
        .arg("--handler")
        .arg(workspace::binary(Profile::Release, "darkroom"));
    command.arg("--rounds").arg(options.rounds.to_string());
    if let Some(folder) = &options.originals {
        command.arg("--originals").arg(folder);
    }
    for (given, flag) in [(options.quick, "--quick"), (options.write, "--write")] {
        if given {
            command.arg(flag);
        }
    }
    // It replaces this process, so that stopping one stops the other.
    Err(command.exec()).context("darkroom-bench cannot be started")
}

/// Installs the peer's packages exactly as its lock file says, if that has changed since the last
/// time.
fn install_peer() -> Result<()> {
    let peer = workspace::root().join("bench/peers/sharp");
    let lock = fs::read(peer.join("package-lock.json"))?;
    let installed = peer.join("node_modules/.installed");
    if fs::read(&installed).is_ok_and(|earlier| earlier == lock) {
        return Ok(());
    }
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .arg("--loglevel=error")
        .current_dir(&peer)
        .status()
        .context("npm is missing: install Node.js 20 or later with npm, then try again")?;
    ensure!(
        status.success(),
        "the packages of {} cannot be installed",
        peer.display()
    );
    fs::write(&installed, lock)?;
    Ok(())
}
