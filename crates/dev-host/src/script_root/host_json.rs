//! host.json, as far as a custom handler is concerned.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{ConfigurationError, read_json};

/// What the host uses where host.json is silent, on every plan but Consumption (there 5 minutes).
/// Source: <https://learn.microsoft.com/azure/azure-functions/functions-host-json#functiontimeout>.
const DEFAULT_FUNCTION_TIMEOUT: Duration = Duration::from_mins(30);

/// Host.json after validation.
#[derive(Debug)]
pub(crate) struct HostJson {
    /// The handler's executable; it exists.
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// The longest time a handler may take to answer; `None` is no limit.
    pub(crate) function_timeout: Option<Duration>,
    pub(crate) blobs: Blobs,
}

/// `extensions.blobs` of host.json.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Blobs {
    /// How many invocations all blob-triggered functions may have in flight together.
    pub(crate) max_degree_of_parallelism: usize,
    /// How often one version of a blob is tried before it goes to the poison queue.
    pub(crate) poison_blob_threshold: u32,
}

impl Default for Blobs {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            max_degree_of_parallelism: 8 * cores,
            poison_blob_threshold: 5,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: Option<String>,
    function_timeout: Option<String>,
    custom_handler: Option<CustomHandler>,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize)]
struct CustomHandler {
    description: Option<Description>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    default_executable_path: Option<String>,
    #[serde(default)]
    arguments: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Extensions {
    blobs: Blobs,
}

impl HostJson {
    pub(super) fn load(root: &Path) -> Result<Self, ConfigurationError> {
        let path = root.join("host.json");
        let wrong = |problem: String| ConfigurationError::file(&path, problem);
        let file: File = read_json(
            &path,
            "is not there: --script-root must name the folder that holds it",
        )?;
        if file.version.as_deref() != Some("2.0") {
            return Err(wrong("version must be \"2.0\"".into()));
        }
        let description = file
            .custom_handler
            .and_then(|handler| handler.description)
            .ok_or_else(|| wrong("customHandler.description is missing".into()))?;
        let name = description
            .default_executable_path
            .filter(|name| !name.is_empty())
            .ok_or_else(|| {
                wrong("customHandler.description.defaultExecutablePath is missing".into())
            })?;
        let executable = root.join(&name);
        if !executable.is_file() {
            return Err(wrong(format!(
                "customHandler.description.defaultExecutablePath is {name}, and there is no file {}: build the handler, or correct the path",
                executable.display()
            )));
        }
        let function_timeout = match file.function_timeout.as_deref() {
            None => Some(DEFAULT_FUNCTION_TIMEOUT),
            Some("-1") => None,
            Some(text) => Some(parse_time_span(text).ok_or_else(|| {
                wrong(format!(
                    "functionTimeout {text} is not hours:minutes:seconds, for example 00:05:00"
                ))
            })?),
        };
        let blobs = file.extensions.blobs;
        if blobs.max_degree_of_parallelism == 0 || blobs.poison_blob_threshold == 0 {
            return Err(wrong(
                "maxDegreeOfParallelism and poisonBlobThreshold of extensions.blobs must be at least 1"
                    .into(),
            ));
        }
        Ok(Self {
            executable,
            arguments: description.arguments,
            function_timeout,
            blobs,
        })
    }
}

/// Reads a .NET `TimeSpan` of the form `hh:mm:ss`.
fn parse_time_span(text: &str) -> Option<Duration> {
    let parts: Vec<u64> = text
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts[..] {
        [hours, minutes, seconds] if minutes < 60 && seconds < 60 => {
            let total = hours * 3600 + minutes * 60 + seconds;
            (total > 0).then(|| Duration::from_secs(total))
        }
        _ => None,
    }
}
