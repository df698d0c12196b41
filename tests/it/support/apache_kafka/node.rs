//! One node of a cluster, which is a process.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command},
};

use super::tools;
use crate::support::signal::signal;

pub(super) struct Node {
    arguments: Vec<String>,
    pub(super) port: u16,
    process: Child,
}

fn log_of(folder: &Path, port: u16) -> File {
    let mut options = File::options();
    let log = options.create(true).append(true);
    log.open(folder.join(format!("{port}.log"))).expect("a log")
}

fn launch(arguments: &[String], log: &File) -> Child {
    let log = || log.try_clone().expect("a log");
    Command::new(tools().join("start.sh"))
        .args(arguments)
        .stdout(log())
        .stderr(log())
        .spawn()
        .expect("Apache Kafka starts")
}

impl Node {
    /// Starts a node, whose log is in a folder.
    pub(super) fn start(folder: &Path, port: u16, arguments: Vec<String>) -> Self {
        Self {
            process: launch(&arguments, &log_of(folder, port)),
            arguments,
            port,
        }
    }

    /// Starts a node that has ended, with its stored data.
    pub(super) fn start_again(&mut self, folder: &Path) {
        self.process = launch(&self.arguments, &log_of(folder, self.port));
    }

    pub(super) fn has_ended(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    pub(super) fn end(&mut self, name: &str) {
        signal(name, self.process.id());
        self.process.wait().expect("the node ends");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
