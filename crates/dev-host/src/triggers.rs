//! The triggers: what starts an invocation, and what becomes of it afterwards.
//!
//! One module for each binding type; [`Trigger::new`] is the table of contents.

mod blob;
mod http;
mod kafka;

use std::{sync::Arc, time::Duration};

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
pub(crate) use http::{HttpTrigger, Keys};
use kafka::KafkaTrigger;
pub(crate) use kafka::setting_of_brokers;

/// How patient the triggers are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The pause between two scans of a container.
    pub(crate) scan_interval: Duration,
    /// The pause before the second attempt; each later one is twice as long.
    pub(crate) retry_delay: Duration,
}

/// What the invocations of all functions share.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    pub(crate) invoker: Arc<Invoker>,
    /// As many permits as blob-triggered invocations may be in flight.
    pub(crate) blob_permits: Arc<Semaphore>,
    pub(crate) keys: Arc<Keys>,
}

/// The trigger of one function.
pub(crate) enum Trigger {
    Blob(Box<BlobTrigger>),
    Kafka(KafkaTrigger),
    /// Shared with the host's endpoint, where the requests come in.
    Http(Arc<HttpTrigger>),
}

impl Trigger {
    pub(crate) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, ConfigurationError> {
        match function.trigger.kind {
            BindingType::BlobTrigger => BlobTrigger::new(function, runnable, root, pace)
                .map(|blob| Self::Blob(Box::new(blob))),
            BindingType::KafkaTrigger => {
                KafkaTrigger::new(function, runnable, root).map(Self::Kafka)
            }
            BindingType::HttpTrigger => {
                HttpTrigger::new(function, runnable, root).map(|http| Self::Http(Arc::new(http)))
            }
            kind => Err(format!("the type {} triggers nothing", kind.name())),
        }
        .map_err(|problem| {
            let name = &function.trigger.name;
            ConfigurationError::file(&function.file, format!("the trigger {name}: {problem}"))
        })
    }

    pub(crate) fn function(&self) -> &RunnableFunction {
        match self {
            Self::Blob(blob) => blob.function(),
            Self::Kafka(kafka) => kafka.function(),
            Self::Http(http) => http.function(),
        }
    }

    /// The type, and for HTTP the path.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Blob(_) => BindingType::BlobTrigger.name().to_owned(),
            Self::Kafka(_) => BindingType::KafkaTrigger.name().to_owned(),
            Self::Http(http) => http.describe(),
        }
    }

    /// Runs until it is dropped, or until the trigger has nothing to do of its own accord.
    pub(crate) async fn run(self, runtime: Runtime) {
        match self {
            Self::Blob(blob) => blob.run(runtime).await,
            Self::Kafka(kafka) => kafka.run(runtime).await,
            Self::Http(_) => {}
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
