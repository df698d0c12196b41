//! The program in a separate process.

use std::{path::Path, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{App, PATIENCE};

/// `functions-dev-host start` on an app, with its log.
pub(crate) struct Program {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub(crate) fn start(app: &App) -> Self {
        Self::start_with(app.root.path(), &["--port", "0"])
    }

    /// Starts it with these arguments besides those that every test needs.
    pub(crate) fn start_with(root: &Path, arguments: &[&str]) -> Self {
        let usual = ["start", "--scan-interval", "0.05", "--retry-delay", "0.01"];
        let mut command = program(&usual);
        command.args(arguments).arg("--script-root").arg(root);
        Self::spawn(command)
    }

    /// Any command, with its standard output as the log.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line that contains all of these texts, and returns it.
    pub(crate) async fn line(&mut self, parts: &[&str]) -> String {
        let found = tokio::time::timeout(PATIENCE, async {
            let mut seen = String::new();
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if parts.iter().all(|part| line.contains(part)) {
                    return line;
                }
                seen.push_str(&line);
                seen.push('\n');
            }
            panic!("no line holds {parts:?}:\n{seen}");
        });
        found
            .await
            .unwrap_or_else(|_| panic!("no line contains {parts:?} in time"))
    }

    /// Waits until the handler is ready, and returns its process id.
    pub(crate) async fn handler(&mut self) -> Pid {
        let line = self.line(&["The handler is ready (process "]).await;
        let pid = line
            .split("(process ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        Pid::from_raw(pid.parse().unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

/// The program, not yet started.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_functions-dev-host"));
    command.args(arguments).kill_on_drop(true);
    command
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
