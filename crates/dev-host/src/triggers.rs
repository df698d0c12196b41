//! The triggers: what starts an invocation, and what becomes of it afterwards.
//!
//! One module for each binding type; [`Trigger::new`] is the table of contents.

mod blob;

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{
    expressions::ExpressionError,
    invocation::{Invoker, RunnableFunction},
    script_root::{Binding, BindingType, ConfigurationError, Function, ScriptRoot},
};

use blob::BlobTrigger;

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
}

/// The trigger of one function.
pub(crate) enum Trigger {
    Blob(BlobTrigger),
}

/// Whether this host can run functions with such a trigger.
pub(crate) fn is_supported(kind: BindingType) -> bool {
    matches!(kind, BindingType::BlobTrigger)
}

impl Trigger {
    pub(crate) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, ConfigurationError> {
        match function.trigger.kind {
            BindingType::BlobTrigger => {
                BlobTrigger::new(function, runnable, root, pace).map(Self::Blob)
            }
            kind => Err(format!("this host cannot run the type {}", kind.name())),
        }
        .map_err(|problem| {
            let name = &function.trigger.name;
            ConfigurationError::file(&function.file, format!("the trigger {name}: {problem}"))
        })
    }

    pub(crate) fn function(&self) -> &RunnableFunction {
        match self {
            Self::Blob(blob) => blob.function(),
        }
    }

    pub(crate) fn kind(&self) -> BindingType {
        match self {
            Self::Blob(_) => BindingType::BlobTrigger,
        }
    }

    /// Runs until it is dropped.
    pub(crate) async fn run(self, runtime: Runtime) {
        match self {
            Self::Blob(blob) => blob.run(runtime).await,
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
