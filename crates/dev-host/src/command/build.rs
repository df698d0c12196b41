//! Builds the handler, with cargo or with the user's own command.

mod cargo;

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{error::CommandError, project::HostJson};
pub(crate) use cargo::Cargo;

/// How the handler is built.
#[derive(Debug, Clone)]
pub(crate) enum Build {
    /// It is not built: host.json names an existing executable.
    None,
    Cargo(Cargo),
    /// A command for the shell.
    Command(String),
}

impl Build {
    /// Builds the project in the folder. Returns the executable if it differs from the one in
    /// host.json.
    ///
    /// The output of the build goes where the output of this program goes.
    pub(crate) async fn run(&self, root: &Path) -> Result<Option<PathBuf>, CommandError> {
        match self {
            Self::None => Ok(None),
            Self::Cargo(cargo) => {
                // If the user has renamed the executable in host.json, the new name counts.
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
        "the build failed with {status}: correct the errors that it prints, or give another \
         command with --build ({command})"
    )))
}
