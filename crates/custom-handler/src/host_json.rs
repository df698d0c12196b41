//! The parts of host.json that a handler needs.

use std::{fs, io, path::Path};

use serde::Deserialize;

/// Why host.json cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostJsonError {
    /// The file exists and cannot be read.
    #[error("host.json: {0}")]
    Read(#[source] io::Error),
    /// The file is not valid JSON or not a host.json.
    #[error("host.json:{}: {source}", source.line())]
    Json {
        /// The error.
        source: serde_json::Error,
    },
    /// The value is not a time of at least one second.
    #[error("functionTimeout is {0:?}, not hh:mm:ss or -1")]
    FunctionTimeout(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HostJson {
    pub(crate) function_timeout: Option<String>,
    custom_handler: CustomHandler,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CustomHandler {
    enable_forwarding_http_request: bool,
    enable_proxying_http_request: bool,
}

impl HostJson {
    /// Reads the file in the script root. A missing file counts as an empty one.
    pub(crate) fn read(root: &Path) -> Result<Self, HostJsonError> {
        match fs::read(root.join("host.json")) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|source| HostJsonError::Json { source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(HostJsonError::Read(error)),
        }
    }

    /// Whether functions with only HTTP bindings get the client's own request and not an
    /// invocation.
    pub(crate) fn forwards_http(&self) -> bool {
        let handler = &self.custom_handler;
        handler.enable_forwarding_http_request || handler.enable_proxying_http_request
    }
}
