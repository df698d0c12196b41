//! `./dev soak`: plays uploads, versions and deletions while everything around the handler goes
//! wrong.
//!
//! The soak test itself is one of the end-to-end tests, `tests/it/soak.rs`; a short one runs with
//! them.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The seed of the schedule. The same seed gives the same schedule
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of uploads, new versions, deletions and repeated events
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    events: u32,
    /// Start nothing new after this number of minutes
    #[arg(long)]
    minutes: Option<u32>,
}

/// Plays and checks. Fails if anything was lost, doubled, outdated or restored.
pub(crate) fn soak(options: &Options) -> Result<ExitCode> {
    let status = command(options)
        .status()
        .context("cargo cannot be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn command(options: &Options) -> Command {
    let mut command = workspace::cargo();
    command
        .args([
            "test",
            "--locked",
            "--quiet",
            "--package",
            "darkroom",
            "--test",
            "it",
            "--",
        ])
        .args([
            "soak::a_long_soak_finds_nothing",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env("DARKROOM_SOAK_SEED", options.seed.to_string())
        .env("DARKROOM_SOAK_EVENTS", options.events.to_string())
        // The message says what was found; the place in the code does not matter.
        .env("RUST_BACKTRACE", "0");
    if let Some(minutes) = options.minutes {
        command.env("DARKROOM_SOAK_MINUTES", minutes.to_string());
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_that_is_run_is_there() {
        let path = workspace::root().join("tests/it/soak.rs");
        let source = std::fs::read_to_string(path).unwrap();
        assert!(source.contains("async fn a_long_soak_finds_nothing()"));
        let options = Options {
            seed: 7,
            events: 20,
            minutes: Some(3),
        };
        let command = command(&options);
        for (name, value) in [("SEED", "7"), ("EVENTS", "20"), ("MINUTES", "3")] {
            let name = format!("DARKROOM_SOAK_{name}");
            assert!(source.contains(&name), "{name}");
            let value = Some(value.as_ref());
            assert!(
                command
                    .get_envs()
                    .any(|pair| pair == (name.as_ref(), value))
            );
        }
    }
}
