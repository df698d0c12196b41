//! Sends signals to processes that a test started.

use std::process::Command;

/// Sends the signal with this name: `KILL`, `STOP` or `CONT`.
pub(crate) fn signal(name: &str, pid: u32) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(status.expect("kill exists").success(), "{name} {pid}");
}
