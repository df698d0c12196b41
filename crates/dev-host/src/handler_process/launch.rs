//! Starts the executable as the host does.

use std::{path::PathBuf, process::Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::child_process::die_with_parent;

/// How the handler is started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// The script root; also the working directory.
    pub(crate) root: PathBuf,
    /// The whole environment: every app setting, on top of the host's own environment.
    pub(crate) environment: Vec<(String, String)>,
    /// The fixed port of the handler, instead of a free one.
    pub(crate) port: Option<u16>,
    /// Whether it is restarted after status 0, as after 200.
    pub(crate) restart_after_exit_0: bool,
}

/// A running executable. Dropping it kills its process group.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) pid: u32,
    pub(super) output: [JoinHandle<()>; 2],
}

impl Launch {
    pub(super) fn spawn(&self, port: u16) -> std::io::Result<Running> {
        let worker = Uuid::new_v4().to_string();
        let mut command = std::process::Command::new(&self.executable);
        command
            .args(&self.arguments)
            .current_dir(&self.root)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker)
            .env("FUNCTIONS_HTTPWORKER_ID", &worker)
            .env("FUNCTIONS_APP_ROOT_PATH", &self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // On Azure the handler gets no signal before it is killed. Its own process group keeps the
        // terminal's Ctrl+C away from it, so that it ends here in the same way.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        die_with_parent(&mut command);
        let mut child = Command::from(command).kill_on_drop(true).spawn()?;
        let output = [
            tokio::spawn(copy_lines(child.stdout.take(), log_stdout)),
            tokio::spawn(copy_lines(child.stderr.take(), log_stderr)),
        ];
        Ok(Running {
            pid: child.id().unwrap_or_default(),
            child,
            output,
        })
    }
}

impl Running {
    /// Kills the process and everything that it has started, and waits for its end.
    pub(super) async fn kill(&mut self) {
        self.kill_group();
        // It fails only for a process that was waited for already.
        let _ = self.child.wait().await;
    }

    fn kill_group(&self) {
        // Once the child has been waited for, its id may belong to another process.
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(group) = pid.and_then(Pid::from_raw) {
            // It may be ending at this moment, which is just as good.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill_group();
    }
}

async fn copy_lines(stream: Option<impl AsyncRead + Unpin>, log: fn(&str)) {
    let Some(stream) = stream else { return };
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(stream.read_until(b'\n', &mut line).await, Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !text.is_empty() {
            log(text);
        }
        line.clear();
    }
}

fn log_stdout(line: &str) {
    tracing::info!("{line}");
}

/// Logs a line of stderr. The host treats it as an error, unless it mentions a warning.
fn log_stderr(line: &str) {
    if line.to_ascii_lowercase().contains("warn") {
        tracing::warn!("{line}");
    } else {
        tracing::error!("{line}");
    }
}
