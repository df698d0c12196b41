//! Why a host ends.

use std::io;

use crate::script_root::ConfigurationError;

/// Why a host does not start, or stops on its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The script root or the settings have to be changed.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The handler cannot be kept running.
    #[error("the host stops: {0}")]
    Handler(String),
    /// The system refused something that the host needs.
    #[error("{what}: {source}")]
    System {
        /// What the host was about to do.
        what: String,
        /// The system's error.
        source: io::Error,
    },
}

impl HostError {
    pub(super) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}
