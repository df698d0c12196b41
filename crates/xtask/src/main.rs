//! The commands of `./dev`, one file for each.
//!
//! - [`run`]: runs all of Darkroom on this machine
//! - [`upload`]: uploads files and prints their records
//! - [`publish`]: the same through Kafka
//! - [`dead_letters`]: messages that were refused
//! - [`show`]: prints one record, for people or for programs
//! - [`package`]: makes the folder and the zip that are deployed
//! - [`mod@test`]: runs all tests
//! - [`check`]: the deployment files, and public suites of images, with large tools
//! - [`soak`]: plays many uploads while everything goes wrong
//! - [`fuzz`]: feeds random bytes to everything that reads bytes from outside
//! - [`conformance`]: compares the local Functions host with recordings of Microsoft's
//! - [`simulate`]: simulates bursts of uploads on each hosting plan
//! - [`instructions`]: counts the instructions of each step
//! - [`mod@bench`]: compares speed, memory and quality with a peer
//!
//! They share: [`workspace`] (paths, and cargo), [`settings`] (local.settings.json and the
//! environment), [`ports`] (the ports of the local services), [`stack`] (the processes that `run`
//! starts), [`kafka`] (sending messages) and [`text`] (numbers for people).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool prints"
)]

mod bench;
mod check;
mod conformance;
mod dead_letters;
mod fuzz;
mod instructions;
mod kafka;
mod operate;
mod package;
mod ports;
mod publish;
mod run;
mod settings;
mod show;
mod simulate;
mod soak;
mod stack;
mod test;
mod text;
mod upload;
mod workspace;

use std::{env, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Darkroom's development commands.
#[derive(Parser)]
#[command(name = "./dev", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

// The first line of each command is also in `./dev help`, which must not wait for a build. A test
// below compares the two.
#[derive(Subcommand)]
enum Command {
    /// Build Darkroom and run it on this machine, with storage, database and a Functions host
    Run(run::Options),
    /// Upload image files, wait for their records and print the results
    Upload(upload::Options),
    /// Send image files through Kafka, wait for their records and print the results
    Publish(publish::Options),
    /// List, show and send again the messages that were refused
    DeadLetters(dead_letters::Options),
    /// Show the record of one image
    Show(show::Options),
    /// Reprocess or check images, and export or erase the images of one person
    #[command(disable_help_flag = true)]
    Darkroom(operate::Options),
    /// Build target/functionapp and its zip, or target/webapp.zip, for deployment
    Package(package::Options),
    /// Run all tests
    Test(test::Options),
    /// Run checks that are too large for the tests: deployment files, public suites of images
    Check(check::Options),
    /// Upload and delete images while faults happen, and check the result
    Soak(soak::Options),
    /// Fuzz the code that reads bytes from outside, each target for a minute
    Fuzz(fuzz::Options),
    /// Replay the recorded cases of Microsoft's Functions host on the local one, and compare
    Conformance(conformance::Options),
    /// Estimate how each hosting plan handles a burst of uploads, and what images cost
    Simulate(simulate::Options),
    /// Count the instructions of each step, and compare them with the stored counts
    Instructions(instructions::Options),
    /// Measure speed, memory and quality beside a Node handler with sharp
    Bench(bench::Options),
}

// One thread is enough, and it has to be the main one, because a child is tied to the life of the
// *thread* that started it (see `stack::part`).
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match dispatch(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> Result<ExitCode> {
    return_to_the_callers_directory()?;
    match command {
        Command::Run(options) => run::run(&options).await,
        Command::Upload(options) => upload::upload(&options).await,
        Command::Publish(options) => publish::publish(&options).await,
        Command::DeadLetters(options) => dead_letters::dead_letters(&options).await,
        Command::Show(options) => show::show(&options).await,
        Command::Darkroom(options) => operate::operate(&options),
        Command::Package(options) => package::package(&options),
        Command::Test(options) => test::test(&options).await,
        Command::Check(options) => check::check(&options),
        Command::Soak(options) => soak::soak(&options),
        Command::Fuzz(options) => fuzz::fuzz(&options),
        Command::Conformance(options) => conformance::conformance(&options).await,
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Instructions(options) => instructions::instructions(&options),
        Command::Bench(options) => bench::bench(&options),
    }
}

/// Returns to the caller's directory: `./dev` works at the top of the repository because of cargo,
/// but file names on the command line are relative to where the user typed it.
fn return_to_the_callers_directory() -> Result<()> {
    match env::var_os("DEV_CALLED_FROM") {
        Some(directory) => {
            env::set_current_dir(&directory).with_context(|| format!("cd {}", directory.display()))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn dev_help_lists_every_command_with_its_line() {
        let script = std::fs::read_to_string(workspace::root().join("dev")).unwrap();
        for command in Cli::command().get_subcommands() {
            let about = command.get_about().unwrap().to_string();
            let line = format!("  {:<13} {about}\n", command.get_name());
            assert!(script.contains(&line), "`dev` lacks the line {line:?}");
        }
    }
}
