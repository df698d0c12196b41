//! The parts of host.json that concern a custom handler.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    ConfigurationError,
    custom_handler::{CustomHandler, Profile},
    read_json, time_span,
};
use crate::storage_queue::LARGEST_BATCH;

/// The host's default on every plan except Consumption (there it is 5 minutes). Source:
/// <https://learn.microsoft.com/azure/azure-functions/functions-host-json#functiontimeout>.
const DEFAULT_FUNCTION_TIMEOUT: Duration = Duration::from_mins(30);

/// Host.json after validation.
#[derive(Debug)]
pub(crate) struct HostJson {
    /// The handler's executable, which exists.
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// The fixed port of the handler, instead of a free one.
    pub(crate) port: Option<u16>,
    /// The bindings of functions without a folder, which `customHandler.http.routes` or a profile describes.
    pub(super) routed_functions: Vec<Vec<Map<String, Value>>>,
    /// The longest time a handler may take to answer; `None` means no limit.
    pub(crate) function_timeout: Option<Duration>,
    pub(crate) blobs: Blobs,
    pub(crate) kafka: Kafka,
    pub(crate) queues: Queues,
    pub(crate) http: Http,
}

/// How requests reach HTTP-triggered functions.
#[derive(Debug)]
pub(crate) struct Http {
    /// The prefix of every route: `api` unless `extensions.http.routePrefix` sets another.
    pub(crate) route_prefix: String,
    /// How the handler gets original requests, if a function's bindings allow it.
    pub(crate) handing_on: Option<HandingOn>,
}

/// How the handler gets original requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandingOn {
    /// `enableForwardingHttpRequest`: the host sends a new request built from the original.
    Forwarding,
    /// `enableProxyingHttpRequest`, the newer one: the host is a proxy, and changes nothing.
    Proxying,
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

/// `extensions.queues` of host.json, with the extension's defaults.
/// Source: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json>.
#[derive(Debug)]
pub(crate) struct Queues {
    /// How many messages are taken at once.
    pub(crate) batch_size: usize,
    /// Another batch is taken when only this many of a function's messages are still being handled.
    pub(crate) new_batch_threshold: usize,
    /// How often a message is tried before it goes to the poison queue.
    pub(crate) max_dequeue_count: u32,
    /// How long a failed message stays hidden before it is tried again.
    pub(crate) visibility_timeout: Duration,
    /// The longest pause between two looks at an empty queue.
    pub(crate) max_polling_interval: Duration,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct QueuesExtension {
    batch_size: Option<usize>,
    new_batch_threshold: Option<usize>,
    max_dequeue_count: Option<u32>,
    visibility_timeout: Option<String>,
    max_polling_interval: Option<String>,
}

impl Queues {
    /// The error says what is wrong.
    fn read(extension: &QueuesExtension) -> Result<Self, String> {
        let batch_size = extension.batch_size.unwrap_or(16);
        let max_dequeue_count = extension.max_dequeue_count.unwrap_or(5);
        if !(1..=LARGEST_BATCH).contains(&batch_size) || max_dequeue_count == 0 {
            return Err(format!(
                "batchSize of extensions.queues must be from 1 to {LARGEST_BATCH}, and maxDequeueCount at least 1"
            ));
        }
        let time = |name: &str, text: Option<&String>, default| {
            match text {
            None => Ok(default),
            Some(text) => time_span::parse(text).ok_or_else(|| {
                format!("{name} of extensions.queues is {text}, which is not hours:minutes:seconds, for example 00:00:30")
            }),
        }
        };
        Ok(Self {
            batch_size,
            new_batch_threshold: extension.new_batch_threshold.unwrap_or(batch_size / 2),
            max_dequeue_count,
            visibility_timeout: time(
                "visibilityTimeout",
                extension.visibility_timeout.as_ref(),
                Duration::ZERO,
            )?,
            max_polling_interval: time(
                "maxPollingInterval",
                extension.max_polling_interval.as_ref(),
                Duration::from_mins(1),
            )?,
        })
    }
}

/// `extensions.kafka` of host.json, with the extension's defaults.
/// Source: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-kafka#hostjson-settings>.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Kafka {
    /// How many messages of one partition may wait in memory, and how many make up a list.
    pub(crate) max_batch_size: usize,
    /// How long an incomplete list waits for more messages.
    pub(crate) subscriber_interval_in_seconds: u32,
    /// How long a consumer may be silent before its partitions go to another one, in ms.
    pub(crate) session_timeout_ms: u32,
    /// Where a consumer group begins that has not committed yet: `Earliest` or `Latest`.
    pub(crate) auto_offset_reset: String,
    /// Whether a message is finished if its function has failed.
    pub(crate) commit_on_failure: bool,
    /// How often a failed message is tried again at once, if it is not committed; -1 means forever.
    pub(crate) max_retries: i32,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            max_batch_size: 64,
            subscriber_interval_in_seconds: 1,
            session_timeout_ms: 10_000,
            auto_offset_reset: "Earliest".into(),
            commit_on_failure: true,
            max_retries: 5,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: Option<String>,
    function_timeout: Option<String>,
    configuration_profile: Option<String>,
    custom_handler: Option<CustomHandler>,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Extensions {
    blobs: Blobs,
    kafka: Kafka,
    queues: QueuesExtension,
    http: HttpExtension,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpExtension {
    route_prefix: Option<String>,
}

impl HostJson {
    /// Reads the file. `executable` replaces the one in it.
    pub(super) fn load(
        root: &Path,
        executable: Option<PathBuf>,
    ) -> Result<Self, ConfigurationError> {
        let path = root.join("host.json");
        let wrong = |problem: String| ConfigurationError::file(&path, problem);
        let file: File = read_json(
            &path,
            "does not exist: --script-root must name the folder that holds it",
        )?;
        if file.version.as_deref() != Some("2.0") {
            return Err(wrong("version must be \"2.0\"".into()));
        }
        let handler = file.custom_handler.unwrap_or_default();
        let profile = Profile::parse(file.configuration_profile.as_deref()).map_err(&wrong)?;
        let http = Http {
            route_prefix: file
                .extensions
                .http
                .route_prefix
                .unwrap_or_else(|| profile.route_prefix().into()),
            handing_on: handler.handing_on(profile),
        };
        let port = handler.port().map_err(&wrong)?;
        let routed_functions = handler.routed_functions(profile);
        let description = handler
            .description
            .ok_or_else(|| wrong("customHandler.description is missing".into()))?;
        let name = description
            .default_executable_path
            .filter(|name| !name.is_empty())
            .ok_or_else(|| {
                wrong("customHandler.description.defaultExecutablePath is missing".into())
            })?;
        let executable = executable.unwrap_or_else(|| root.join(&name));
        if !executable.is_file() {
            return Err(wrong(format!(
                "customHandler.description.defaultExecutablePath is {name}, and there is no file {}: build the handler, or correct the path",
                executable.display()
            )));
        }
        let function_timeout = match file.function_timeout.as_deref() {
            None => Some(DEFAULT_FUNCTION_TIMEOUT),
            Some("-1") => None,
            Some(text) => Some(time_span::parse(text).filter(|limit| !limit.is_zero()).ok_or_else(|| {
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
        let kafka = file.extensions.kafka;
        if kafka.max_batch_size == 0 || kafka.session_timeout_ms == 0 {
            return Err(wrong(
                "maxBatchSize and sessionTimeoutMs of extensions.kafka must be at least 1".into(),
            ));
        }
        if kafka.max_retries < -1 {
            return Err(wrong(
                "maxRetries of extensions.kafka must be at least -1, which means no limit".into(),
            ));
        }
        Ok(Self {
            executable,
            arguments: description.arguments,
            port,
            routed_functions,
            function_timeout,
            blobs,
            kafka,
            queues: Queues::read(&file.extensions.queues).map_err(wrong)?,
            http,
        })
    }
}
