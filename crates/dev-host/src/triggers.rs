//! The triggers: what starts an invocation, and what happens afterwards.
//!
//! There is one module for each binding type; [`Trigger::new`] lists them.

mod blob;
mod blob_events;
mod by_hand;
mod cosmos;
mod delivery;
mod event_grid;
mod http;
mod json_fields;
mod kafka;
mod queue;
mod retries;
mod timer;

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
pub(crate) use by_hand::{ByHand, Functions};
use cosmos::CosmosTrigger;
pub(crate) use event_grid::{EventGridFunction, EventGridWebhook};
pub(crate) use http::{Extension, HttpTrigger, Keys};
use kafka::KafkaTrigger;
pub(crate) use kafka::{client_config as kafka_client, setting_of_brokers};
use queue::QueueTrigger;
pub(crate) use queue::QueueWakes;
use timer::TimerFunction;

/// The pauses of the triggers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The pause between two scans of a container.
    pub(crate) scan_interval: Duration,
    /// The pause before the second attempt. Each later one is twice as long.
    pub(crate) retry_delay: Duration,
    /// How long a queue message that is being handled stays hidden, unless that is renewed.
    pub(crate) message_lease: Duration,
}

/// What the invocations of all functions share.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    pub(crate) invoker: Arc<Invoker>,
    /// One permit for each blob-triggered invocation that may be in flight.
    pub(crate) blob_permits: Arc<Semaphore>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) queues: Arc<QueueWakes>,
}

/// The trigger of one function.
pub(crate) enum Trigger {
    Blob(Box<BlobTrigger>),
    /// Shared with the host's endpoint, where Event Grid delivers, and with the single queue that
    /// holds the blobs of all such functions.
    BlobEvents(Arc<EventFunction>),
    Cosmos(Arc<CosmosTrigger>),
    /// Shared with the host's endpoint, where Event Grid delivers.
    EventGrid(Arc<EventGridFunction>),
    Kafka(KafkaTrigger),
    /// Shared with the host's endpoint, which receives the requests.
    Http(Arc<HttpTrigger>),
    Queue(Box<QueueTrigger>),
    Timer(Arc<TimerFunction>),
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
            BindingType::TimerTrigger => TimerFunction::new(function, runnable, root)
                .map(|timer| Self::Timer(Arc::new(timer))),
            BindingType::EventGridTrigger => EventGridFunction::new(function, runnable)
                .map(|events| Self::EventGrid(Arc::new(events))),
            BindingType::CosmosDbTrigger => CosmosTrigger::new(function, runnable, root)
                .map(|cosmos| Self::Cosmos(Arc::new(cosmos))),
            kind => Err(format!("the type {} is not a trigger", kind.name())),
        }
        .map_err(|problem| {
            let name = &function.trigger.name;
            ConfigurationError::file(&function.file, format!("the trigger {name}: {problem}"))
        })
    }

    pub(crate) fn function(&self) -> &RunnableFunction {
        match self {
            Self::Blob(blob) => blob.function(),
            Self::BlobEvents(events) => events.function(),
            Self::Cosmos(cosmos) => &cosmos.function,
            Self::EventGrid(events) => &events.function,
            Self::Kafka(kafka) => kafka.function(),
            Self::Http(http) => http.function(),
            Self::Queue(queue) => queue.function(),
            Self::Timer(timer) => &timer.function,
        }
    }

    /// The form in which it can be started by hand.
    pub(crate) fn by_hand(&self) -> ByHand {
        match self {
            Self::Blob(blob) => ByHand::Blob(blob.shared()),
            Self::BlobEvents(events) => ByHand::BlobEvents(Arc::clone(events)),
            Self::Cosmos(cosmos) => ByHand::Cosmos(Arc::clone(cosmos)),
            Self::EventGrid(events) => ByHand::EventGrid(Arc::clone(events)),
            Self::Kafka(kafka) => ByHand::Kafka(kafka.shared()),
            Self::Http(http) => ByHand::Http(Arc::clone(http)),
            Self::Queue(queue) => ByHand::Queue(queue.shared()),
            Self::Timer(timer) => ByHand::Timer(Arc::clone(timer)),
        }
    }

    /// The type, and for HTTP the path.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Blob(_) => BindingType::BlobTrigger.name().to_owned(),
            Self::BlobEvents(_) => format!("{} (EventGrid)", BindingType::BlobTrigger.name()),
            Self::Cosmos(_) => BindingType::CosmosDbTrigger.name().to_owned(),
            Self::EventGrid(_) => BindingType::EventGridTrigger.name().to_owned(),
            Self::Kafka(_) => BindingType::KafkaTrigger.name().to_owned(),
            Self::Timer(_) => BindingType::TimerTrigger.name().to_owned(),
            Self::Http(http) => http.describe(),
            Self::Queue(_) => BindingType::QueueTrigger.name().to_owned(),
        }
    }

    /// Runs until it is dropped, or until the trigger has nothing to do on its own.
    pub(crate) async fn run(self, runtime: Runtime) {
        match self {
            Self::Blob(blob) => blob.run(runtime).await,
            Self::Kafka(kafka) => kafka.run(runtime).await,
            Self::Queue(queue) => queue.run(runtime).await,
            Self::Cosmos(cosmos) => cosmos.run(runtime).await,
            Self::Timer(timer) => timer.run(runtime).await,
            Self::BlobEvents(_) | Self::EventGrid(_) | Self::Http(_) => {}
        }
    }
}

/// A property that the trigger requires.
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

/// A `DateTimeOffset` as .NET writes it. Storage stores only whole seconds.
fn date_time_offset(time: OffsetDateTime) -> Option<String> {
    let time = Timestamp::from_second(time.unix_timestamp()).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
}

/// Adds the name of the property to an expression error.
fn in_property(property: &'static str) -> impl Fn(ExpressionError) -> String {
    move |error| format!("{property}: {error}")
}

/// `sys`: what is known about the invocation, whatever triggered it.
fn system(function: &str) -> Value {
    json!({
        "MethodName": function,
        "UtcNow": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
        "RandGuid": Uuid::new_v4().to_string(),
    })
}
