//! The options of a host.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{EventGridOptions, EventSubscription, KafkaBroker};

/// The options of a host. [`Options::new`] has the defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch, and any may be given with any other"
)]
pub struct Options {
    /// The folder that holds host.json and the function folders.
    pub script_root: PathBuf,
    /// The handler's executable instead of the one in host.json. Default: none.
    pub executable: Option<PathBuf>,
    /// The settings file to read instead of the script root's local.settings.json.
    pub settings_file: Option<PathBuf>,
    /// The environment of the host. It overrides the settings of the file, and the handler gets
    /// both. Default: that of this process.
    pub environment: Vec<(String, String)>,
    /// The pause between two scans of a container. Default: 1 s, while Azure takes about 10 s.
    pub scan_interval: Duration,
    /// The pause before the second attempt at an event. It doubles with each further one. Default: 1 s.
    pub retry_delay: Duration,
    /// How long a queue message that is being handled stays hidden from others, unless that is renewed. After this time
    /// another host takes the messages of a killed one. Whole seconds. Default: 10 min, as on Azure.
    pub message_lease: Duration,
    /// Whether, and how, to announce new blobs to functions with the source `EventGrid`. Default: not at all, so that
    /// tests can deliver events themselves.
    pub event_grid: Option<EventGridOptions>,
    /// The subscriptions of functions with an `eventGridTrigger`, delivered as `event_grid` says. On Azure such
    /// subscriptions are not part of a function app either. Default: none.
    pub event_subscriptions: Vec<EventSubscription>,
    /// Overrides `functionTimeout` of host.json.
    pub function_timeout: Option<Duration>,
    /// Whether to serve Cosmos DB if a binding names a local account at whose port nobody listens. Default: true.
    pub serve_cosmos: bool,
    /// Whether to serve Kafka if a binding's `brokerList` names a setting that is not set; the handler gets the
    /// setting, too. Default: true.
    pub serve_kafka: bool,
    /// The broker to serve instead of a new one. Default: none.
    pub kafka: Option<Arc<KafkaBroker>>,
    /// Whether the handler is restarted after it has exited with status 0, as by hosts since January 2026. Default:
    /// false, as recorded.
    pub restart_after_exit_0: bool,
    /// Whether functions that are called by HTTP require their keys, as on Azure. The settings `DEV_HOST_FUNCTION_KEY`,
    /// `DEV_HOST_MASTER_KEY` and, for Event Grid, `DEV_HOST_BLOBS_EXTENSION_KEY` and `DEV_HOST_EVENTGRID_EXTENSION_KEY`
    /// hold them; otherwise new ones are logged. Default: false, as under `func start`.
    pub require_keys: bool,
}

impl Options {
    /// The defaults for a script root.
    #[must_use]
    pub fn new(script_root: impl Into<PathBuf>) -> Self {
        Self {
            script_root: script_root.into(),
            executable: None,
            settings_file: None,
            // Variables that are not UTF-8 cannot be settings.
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            scan_interval: Duration::from_secs(1),
            retry_delay: Duration::from_secs(1),
            message_lease: Duration::from_mins(10),
            event_grid: None,
            event_subscriptions: Vec::new(),
            function_timeout: None,
            serve_cosmos: true,
            serve_kafka: true,
            kafka: None,
            restart_after_exit_0: false,
            require_keys: false,
        }
    }
}
