//! Building the handler, with cargo or with a command of the user's own.

mod cargo;

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{error::CommandError, project::HostJson};
pub(crate) use cargo::Cargo;

/// How the handler is built.
#[derive(Debug, Clone)]
pub(crate) enum Build {
    /// Not at all: host.json names an executable that is there.
    None,
    Cargo(Cargo),
    /// A command for the shell.
    Command(String),
}

impl Build {
    /// Builds what is in the folder. Returns the executable, if it is another than host.json names.
    ///
    /// The build's own messages go where those of this program go.
    pub(crate) async fn run(&self, root: &Path) -> Result<Option<PathBuf>, CommandError> {
        match self {
            Self::None => Ok(None),
            Self::Cargo(cargo) => {
                // Whoever has renamed the executable in host.json means the new one.
                let host = HostJson::read(root)?;
                cargo.build(root, host.binary()).await.map(Some)
            }
            Self::Command(command) => run_in_shell(command, root).await.map(|()| None),
        }
    }

    /// The command line, for the log.
    pub(crate) fn describe(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Cargo(cargo) => Some(cargo.describe()),
            Self::Command(command) => Some(command.clone()),
        }
    }
}

async fn run_in_shell(command: &str, root: &Path) -> Result<(), CommandError> {
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(root)
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| {
            CommandError::Failed(format!(
                "the build cannot be started: {error}. Make sure that there is a shell, sh"
            ))
        })?;
    if status.success() {
        return Ok(());
    }
    Err(CommandError::Failed(format!(
        "the build failed with {status}: mend what it says, or give another command with --build ({command})"
    )))
}
