//! One step of `./dev test`: a command line that succeeds or fails.

use std::{
    fmt,
    io::{self, IsTerminal},
    os::fd::OwnedFd,
    pin::pin,
    process::{Command, ExitStatus},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::unix::pipe,
    time::timeout,
};

use super::counts::Counts;
use crate::workspace;

pub(super) struct Step {
    pub(super) name: &'static str,
    /// The command as typed at the top of the repository: variables, program, arguments, all
    /// without spaces inside.
    pub(super) command: &'static str,
    counted: bool,
}

/// The result of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped { missing: String },
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("passed"),
            Self::Failed => formatter.write_str("FAILED"),
            Self::Skipped { missing } => write!(formatter, "skipped, {missing} is not installed"),
        }
    }
}

impl Step {
    pub(super) const fn new(name: &'static str, command: &'static str) -> Self {
        Self {
            name,
            command,
            counted: false,
        }
    }

    /// Marks a command that prints how many tests it ran.
    pub(super) const fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    pub(super) async fn run(&self, tools: &Tools, counts: &mut Counts) -> Result<Outcome> {
        let mut words = self.command.split(' ').peekable();
        let mut variables = Vec::new();
        while let Some(variable) = words.next_if(|word| word.contains('=')) {
            variables.extend(variable.split_once('='));
        }
        let program = words.next().context("a step without a command")?;
        let tool = match words.peek() {
            Some(subcommand) if program == "cargo" => format!("{program} {subcommand}"),
            _ => program.to_owned(),
        };
        if !tools.has(&tool) {
            return Ok(Outcome::Skipped {
                missing: tool.replace(' ', "-"),
            });
        }
        let mut command = match program {
            "cargo" => workspace::cargo(),
            _ => Command::new(program),
        };
        command
            .args(words)
            .envs(variables)
            .current_dir(workspace::root());
        let status = if self.counted {
            run_and_count(command, counts).await
        } else {
            command.status()
        };
        Ok(if status.with_context(|| program.to_owned())?.success() {
            Outcome::Passed
        } else {
            Outcome::Failed
        })
    }
}

/// Runs `command` and passes its output on, while counting its tests.
async fn run_and_count(mut command: Command, counts: &mut Counts) -> io::Result<ExitStatus> {
    // Both streams go through one pipe, so that their lines keep their order.
    let (output, end) = io::pipe()?;
    command.stdout(end.try_clone()?).stderr(end);
    if io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    // The command is dropped with this statement, and with it its ends of the pipe.
    let mut child = tokio::process::Command::from(command).spawn()?;
    let output = BufReader::new(pipe::Receiver::from_owned_fd(OwnedFd::from(output))?);
    let mut output = pin!(print_and_count(output, counts));
    tokio::select! {
        printed = &mut output => printed?,
        // A process that a test left behind would keep the pipe open forever.
        status = child.wait() => {
            let _ = timeout(Duration::from_secs(1), output).await;
            return status;
        }
    }
    child.wait().await
}

async fn print_and_count(output: BufReader<pipe::Receiver>, counts: &mut Counts) -> io::Result<()> {
    let mut lines = output.split(b'\n');
    while let Some(line) = lines.next_segment().await? {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts.add(&line);
    }
    Ok(())
}

/// The tools that are installed.
pub(super) struct Tools {
    cargo_subcommands: String,
}

impl Tools {
    pub(super) fn find() -> Result<Self> {
        let list = workspace::cargo()
            .arg("--list")
            .output()
            .context("cargo --list")?;
        let cargo_subcommands = String::from_utf8_lossy(&list.stdout).into_owned();
        Ok(Self { cargo_subcommands })
    }

    /// Whether `tool` is installed: a program, or `cargo` and a subcommand.
    pub(super) fn has(&self, tool: &str) -> bool {
        if let Some((_, subcommand)) = tool.split_once(' ') {
            let mut lines = self.cargo_subcommands.lines();
            return lines.any(|line| line.split_whitespace().next() == Some(subcommand));
        }
        let mut command = Command::new(tool);
        command.arg("--version").current_dir(workspace::root());
        command.output().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(step: &Step) -> (Outcome, Counts) {
        let mut counts = Counts::default();
        let outcome = step
            .run(&Tools::find().unwrap(), &mut counts)
            .await
            .unwrap();
        (outcome, counts)
    }

    #[tokio::test]
    async fn a_command_passes_or_fails() {
        assert_eq!(run(&Step::new("good", "true")).await.0, Outcome::Passed);
        assert_eq!(run(&Step::new("bad", "false")).await.0, Outcome::Failed);
    }

    #[tokio::test]
    async fn what_is_not_installed_is_skipped_by_name() {
        for (command, name) in [
            ("no-such-tool --flag", "no-such-tool"),
            ("cargo no-such-tool", "cargo-no-such-tool"),
        ] {
            let (outcome, _) = run(&Step::new("missing", command)).await;
            assert_eq!(
                outcome.to_string(),
                format!("skipped, {name} is not installed")
            );
        }
    }

    #[tokio::test]
    async fn variables_come_before_the_program() {
        let step = Step::new("set", "GREETING=hello printenv GREETING");
        assert_eq!(run(&step).await.0, Outcome::Passed);
    }

    #[tokio::test]
    async fn both_streams_are_counted() {
        let (outcome, counts) = run_script(
            "echo 'test result: ok. 2 passed;'; echo '  Summary [ 1s] 3 passed' >&2; exit 1",
        )
        .await;
        assert_eq!(outcome, Outcome::Failed);
        assert_eq!(counts.to_string(), "5 tests passed, 0 failed, 0 ignored");
    }

    #[tokio::test]
    async fn a_process_left_behind_holds_up_nothing() {
        let started = std::time::Instant::now();
        let (outcome, counts) = run_script("sleep 30 & echo 'test result: ok. 1 passed;'").await;
        assert!(started.elapsed() < Duration::from_secs(20));
        assert_eq!(outcome, Outcome::Passed);
        assert_eq!(counts.to_string(), "1 tests passed, 0 failed, 0 ignored");
    }

    async fn run_script(text: &str) -> (Outcome, Counts) {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("script");
        std::fs::write(&script, text).unwrap();
        let command = format!("sh {}", script.display()).leak();
        run(&Step::new("script", command).counted()).await
    }
}
