//! Why a command fails, and its exit status.

use std::process::ExitCode;

use functions_dev_host::{ConfigurationError, HostError};

/// The exit status if something has to be changed before the command can work (`EX_USAGE` of
/// sysexits.h).
pub(crate) const EXIT_CONFIGURATION: u8 = 64;

/// Why a command fails. Every text says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Host(#[from] HostError),
    /// The command line or a file of the project has to be changed.
    #[error("{0}")]
    Configuration(String),
    /// The work itself did not succeed.
    #[error("{0}")]
    Failed(String),
}

impl From<ConfigurationError> for CommandError {
    fn from(error: ConfigurationError) -> Self {
        Self::Host(error.into())
    }
}

impl CommandError {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Host(HostError::Configuration(_)) | Self::Configuration(_) => {
                ExitCode::from(EXIT_CONFIGURATION)
            }
            _ => ExitCode::FAILURE,
        }
    }
}
