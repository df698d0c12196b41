//! One process of the local stack.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// How long a part may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A running process that dies with this one.
pub(crate) struct Part {
    name: &'static str,
    child: Child,
    group: Pid,
}

impl Part {
    /// Starts `command` as the part called `name`.
    pub(crate) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        // In its own process group a part does not get the terminal's Ctrl+C, so that parts are
        // stopped from here, in order.
        command
            .stdin(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        die_with_this_process(&mut command);
        let program = command.as_std().get_program().to_owned();
        let child = command
            .spawn()
            .with_context(|| format!("{name} cannot be started ({})", program.display()))?;
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            .with_context(|| format!("{name} has no process id"))?;
        Ok(Self { name, child, group })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Waits for the process to die and returns how it did.
    pub(crate) async fn death(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => format!("{} stopped ({status})", self.name),
            Err(error) => format!("{} is lost: {error}", self.name),
        }
    }

    /// Asks the process to stop. If it does not, kills it together with what it started.
    pub(crate) async fn stop(mut self) {
        // A group that is gone already counts as stopped.
        let _ = kill_process_group(self.group, Signal::TERM);
        let _ = timeout(GRACE, self.child.wait()).await;
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait().await;
    }
}

/// Makes the kernel stop the child if this process dies without being able to stop anything, for
/// example by SIGKILL. Only Linux can do that; elsewhere such a death leaves the parts running.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only so can code run between fork and exec")]
fn die_with_this_process(command: &mut Command) {
    use rustix::process::set_parent_process_death_signal;

    // SAFETY: between fork and exec only async-signal-safe calls are allowed. The closure makes a
    // single system call, and neither allocates nor locks.
    unsafe {
        command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::TERM))?));
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_this_process(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, BufReader},
        net::unix::pipe,
    };

    use super::*;

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let Err(error) = Part::start("The part", Command::new("/nowhere/program")) else {
            panic!("there is no such program")
        };
        assert_eq!(
            error.to_string(),
            "The part cannot be started (/nowhere/program)"
        );
    }

    #[tokio::test]
    async fn stopping_takes_along_what_the_part_started() {
        let (output, end) = std::io::pipe().unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", "(echo started; exec sleep 600) & wait"])
            .stdout(end);
        let part = Part::start("The shell", command).unwrap();
        let output = pipe::Receiver::from_owned_fd(output.into()).unwrap();
        let mut lines = BufReader::new(output).lines();
        let mut next_line = async || timeout(GRACE, lines.next_line()).await.unwrap().unwrap();
        assert_eq!(next_line().await.as_deref(), Some("started"));
        part.stop().await;
        // The pipe ends when the last process that holds it is gone.
        assert_eq!(next_line().await, None);
    }
}
