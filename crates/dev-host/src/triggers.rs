//! The triggers: what starts an invocation, and what becomes of it afterwards.
//!
//! One module for each binding type; [`Trigger::new`] is the table of contents.

mod blob;
mod blob_events;
mod http;
mod json_fields;
mod kafka;
mod queue;
mod retries;

use std::{sync::Arc, time::Duration};

use azure_core::time::OffsetDateTime;
use connections::StorageConnection;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    expressions::ExpressionError,
    invocation::{Invoker, RunnableFunction},
    script_root::{Binding, BindingType, ConfigurationError, Function, ScriptRoot},
};

use blob::BlobTrigger;
pub(crate) use blob::append_name;
pub(crate) use blob_events::{BlobEvents, EventFunction, Webhook};
pub(crate) use http::{HttpTrigger, Keys};
use kafka::KafkaTrigger;
pub(crate) use kafka::{client_config as kafka_client, setting_of_brokers};
use queue::QueueTrigger;
pub(crate) use queue::QueueWakes;

/// How patient the triggers are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The pause between two scans of a container.
    pub(crate) scan_interval: Duration,
    /// The pause before the second attempt; each later one is twice as long.
    pub(crate) retry_delay: Duration,
    /// How long a queue's message in hand stays hidden, unless that is renewed.
    pub(crate) message_lease: Duration,
}

/// What the invocations of all functions share.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    pub(crate) invoker: Arc<Invoker>,
    /// As many permits as blob-triggered invocations may be in flight.
    pub(crate) blob_permits: Arc<Semaphore>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) queues: Arc<QueueWakes>,
}

/// The trigger of one function.
pub(crate) enum Trigger {
    Blob(Box<BlobTrigger>),
    /// Shared with the host's endpoint, where Event Grid delivers, and with the one queue that
    /// holds the blobs of all such functions.
    BlobEvents(Arc<EventFunction>),
    Kafka(KafkaTrigger),
    /// Shared with the host's endpoint, where the requests come in.
    Http(Arc<HttpTrigger>),
    Queue(Box<QueueTrigger>),
    /// Nothing starts the function yet: this host knows its trigger, and does not run it.
    Idle(RunnableFunction, BindingType),
}

impl Trigger {
    pub(crate) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, ConfigurationError> {
        match function.trigger.kind {
            BindingType::BlobTrigger if blob_events::is_source(&function.trigger) => {
                EventFunction::new(function, runnable, root)
                    .map(|events| Self::BlobEvents(Arc::new(events)))
            }
            BindingType::BlobTrigger => BlobTrigger::new(function, runnable, root, pace)
                .map(|blob| Self::Blob(Box::new(blob))),
            BindingType::KafkaTrigger => {
                KafkaTrigger::new(function, runnable, root).map(Self::Kafka)
            }
            BindingType::HttpTrigger => {
                HttpTrigger::new(function, runnable, root).map(|http| Self::Http(Arc::new(http)))
            }
            BindingType::QueueTrigger => QueueTrigger::new(function, runnable, root, pace)
                .map(|queue| Self::Queue(Box::new(queue))),
            _ => Ok(Self::idle(function, runnable)),
        }
        .map_err(|problem| {
            let name = &function.trigger.name;
            ConfigurationError::file(&function.file, format!("the trigger {name}: {problem}"))
        })
    }

    fn idle(function: &Function, runnable: RunnableFunction) -> Self {
        let kind = function.trigger.kind;
        tracing::warn!(
            "'Functions.{}' will not be called: this host does not run a {} yet",
            function.name,
            kind.name()
        );
        Self::Idle(runnable, kind)
    }

    pub(crate) fn function(&self) -> &RunnableFunction {
        match self {
            Self::Idle(function, _) => function,
            Self::Blob(blob) => blob.function(),
            Self::BlobEvents(events) => events.function(),
            Self::Kafka(kafka) => kafka.function(),
            Self::Http(http) => http.function(),
            Self::Queue(queue) => queue.function(),
        }
    }

    /// The type, and for HTTP the path.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Blob(_) => BindingType::BlobTrigger.name().to_owned(),
            Self::BlobEvents(_) => format!("{} (EventGrid)", BindingType::BlobTrigger.name()),
            Self::Kafka(_) => BindingType::KafkaTrigger.name().to_owned(),
            Self::Http(http) => http.describe(),
            Self::Queue(_) => BindingType::QueueTrigger.name().to_owned(),
            Self::Idle(_, kind) => format!("{} (not run)", kind.name()),
        }
    }

    /// Runs until it is dropped, or until the trigger has nothing to do of its own accord.
    pub(crate) async fn run(self, runtime: Runtime) {
        match self {
            Self::Blob(blob) => blob.run(runtime).await,
            Self::Kafka(kafka) => kafka.run(runtime).await,
            Self::Queue(queue) => queue.run(runtime).await,
            Self::BlobEvents(_) | Self::Http(_) | Self::Idle(..) => {}
        }
    }
}

/// A property that the trigger cannot do without.
fn required<'a>(binding: &'a Binding, property: &str) -> Result<&'a str, String> {
    binding
        .text(property)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("{property} is missing"))
}

/// The account that a connection names.
fn storage(connection: &str, root: &ScriptRoot) -> Result<StorageConnection, String> {
    StorageConnection::from_settings(connection, root.settings.lookup())
        .map_err(|error| error.to_string())
}

/// A `DateTimeOffset` as .NET writes it. Storage knows whole seconds only.
fn date_time_offset(time: OffsetDateTime) -> Option<String> {
    let time = Timestamp::from_second(time.unix_timestamp()).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
}

/// Says which property an expression error is about.
fn in_property(property: &'static str) -> impl Fn(ExpressionError) -> String {
    move |error| format!("{property}: {error}")
}

/// `sys`: what is known about the invocation whatever has triggered it.
fn system(function: &str) -> Value {
    json!({
        "MethodName": function,
        "UtcNow": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
        "RandGuid": Uuid::new_v4().to_string(),
    })
}
