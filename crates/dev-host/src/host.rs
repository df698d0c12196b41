//! The host as a whole: reads the script root, starts the handler, lets the triggers run.

mod error;
mod events;
mod kafka;
mod keys;
mod options;

use std::{io, sync::Arc};

use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{
    CosmosEmulator, KafkaBroker, SystemTopic,
    handler_process::{HandlerProcess, Launch},
    invocation::{Invoker, RunnableFunction},
    outputs::{CosmosOutput, Output, Target},
    script_root::{ConfigurationError, ScriptRoot},
    triggers::{HttpTrigger, Pace, Runtime, Trigger},
    web::{self, Web},
};
pub use error::HostError;
pub use options::Options;

/// A running host. Dropping it kills the handler and ends everything else.
#[derive(Debug)]
pub struct Host {
    /// The triggers end before the handler does: an invocation that only the end of the host has
    /// broken must not count as an attempt.
    triggers: JoinSet<()>,
    /// The event subscriptions, which end when they are dropped.
    _topics: Vec<SystemTopic>,
    process: HandlerProcess,
    cosmos: Vec<CosmosEmulator>,
    kafka: Option<KafkaBroker>,
}

impl Host {
    /// Starts the handler and the triggers; returns when the handler is ready.
    ///
    /// The listener is for HTTP-triggered functions, at `/api/{route}`, and for the host's own
    /// status, at `/admin/host/status`.
    pub async fn start(options: Options, listener: TcpListener) -> Result<Self, HostError> {
        let mut root = ScriptRoot::load(
            &options.script_root,
            options.settings_file.as_deref(),
            options.environment,
        )?;
        if let Some(limit) = options.function_timeout {
            root.host.function_timeout = Some(limit);
        }
        let pace = Pace {
            scan_interval: options.scan_interval,
            retry_delay: options.retry_delay,
            message_lease: options.message_lease,
        };
        let kafka = if options.serve_kafka {
            kafka::serve(&mut root)?
        } else {
            None
        };
        let runnable = read_triggers(&root, pace)?;
        if let Some(broker) = &kafka {
            kafka::create_topics(broker, &runnable);
        }
        let mut cosmos = Vec::new();
        for output in cosmos_outputs(&runnable) {
            if options.serve_cosmos {
                cosmos.extend(serve_cosmos(output).await?);
            }
            if let Err(error) = output.open().await {
                // The first write tries again, and fails its invocation if need be.
                tracing::warn!(
                    "Cosmos DB at {} cannot be opened: {error}",
                    output.connection().endpoint()
                );
            }
        }
        let process = start_handler(&root)?;
        let handler = process.handler();
        handler
            .ready()
            .await
            .map_err(|gone| HostError::Handler(gone.to_string()))?;
        print_functions(&runnable);

        let invoker = Invoker::new(handler.clone(), root.host.function_timeout)
            .map_err(|error| HostError::Handler(format!("no HTTP client can be made: {error}")))?;
        let runtime = Runtime {
            invoker: Arc::new(invoker),
            blob_permits: Arc::new(Semaphore::new(root.host.blobs.max_degree_of_parallelism)),
            keys: Arc::new(keys::of(options.require_keys, &root.settings)),
            queues: Arc::default(),
        };
        let blob_events = events::queue(&runnable, &root, pace)?;
        let topics = match &options.event_grid {
            Some(event_grid) => {
                let address = listener
                    .local_addr()
                    .map_err(HostError::system("the host has no address"))?;
                events::subscribe(&runnable, &root, address, &runtime.keys, event_grid)?
            }
            None => Vec::new(),
        };
        let web = Web {
            functions: http_functions(&runnable),
            blob_events: blob_events
                .as_ref()
                .map(|events| Arc::clone(&events.webhook)),
            runtime: runtime.clone(),
            kafka: kafka.as_ref().map(|broker| broker.brokers().to_owned()),
        };
        let mut triggers = JoinSet::new();
        triggers.spawn(web::serve(listener, web));
        if let Some(events) = blob_events {
            triggers.spawn(events.run(runtime.clone()));
        }
        for trigger in runnable {
            triggers.spawn(trigger.run(runtime.clone()));
        }
        Ok(Self {
            triggers,
            _topics: topics,
            process,
            cosmos,
            kafka,
        })
    }

    /// Returns only when the host cannot go on.
    pub async fn failed(&self) -> HostError {
        HostError::Handler(self.process.handler().given_up().await)
    }

    /// Ends the host: the triggers first, then the handler, which is killed as on Azure.
    pub async fn stop(mut self) {
        self.triggers.shutdown().await;
    }

    /// The process id of the handler, while it is ready.
    #[must_use]
    pub fn handler_pid(&self) -> Option<u32> {
        self.process.handler().pid()
    }

    /// The Cosmos DB accounts that this host serves itself.
    pub fn cosmos(&mut self) -> &mut [CosmosEmulator] {
        &mut self.cosmos
    }

    /// The Kafka broker that this host serves itself.
    #[must_use]
    pub fn kafka(&self) -> Option<&KafkaBroker> {
        self.kafka.as_ref()
    }
}

/// The triggers of all functions that this host can run.
fn read_triggers(root: &ScriptRoot, pace: Pace) -> Result<Vec<Trigger>, ConfigurationError> {
    let mut found = Vec::new();
    for function in &root.functions {
        let function = function.clone().resolve_settings(&root.settings)?;
        let runnable = RunnableFunction {
            name: function.name.clone(),
            outputs: Output::all(&function, &root.settings)?,
        };
        found.push(Trigger::new(&function, runnable, root, pace)?);
    }
    Ok(found)
}

fn http_functions(triggers: &[Trigger]) -> Vec<Arc<HttpTrigger>> {
    let http = triggers.iter().filter_map(|trigger| match trigger {
        Trigger::Http(http) => Some(Arc::clone(http)),
        _ => None,
    });
    http.collect()
}

fn cosmos_outputs(triggers: &[Trigger]) -> impl Iterator<Item = &CosmosOutput> {
    triggers
        .iter()
        .flat_map(|trigger| &trigger.function().outputs)
        .filter_map(|output| match &output.target {
            Target::Cosmos(cosmos) => Some(cosmos),
            Target::Blob(_) | Target::Queue(_) | Target::Http => None,
        })
}

/// Serves the account of an output if it is a local one and nobody listens there yet.
async fn serve_cosmos(output: &CosmosOutput) -> Result<Option<CosmosEmulator>, HostError> {
    let endpoint = output.connection().endpoint();
    let Some(port) = output.local_port() else {
        return Ok(None);
    };
    let failed = || HostError::system(format!("Cosmos DB cannot be served at {endpoint}"));
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
        other => other.map_err(failed())?,
    };
    let emulator = CosmosEmulator::start(listener).map_err(failed())?;
    tracing::info!("Cosmos DB (in memory) listens on {}", emulator.endpoint());
    Ok(Some(emulator))
}

fn start_handler(root: &ScriptRoot) -> Result<HandlerProcess, HostError> {
    let launch = Launch {
        executable: root.host.executable.clone(),
        arguments: root.host.arguments.clone(),
        root: root.path.clone(),
        environment: root
            .settings
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    };
    HandlerProcess::start(launch).map_err(HostError::system("the handler cannot be started"))
}

fn print_functions(triggers: &[Trigger]) {
    tracing::info!("Functions:");
    for trigger in triggers {
        tracing::info!("\t{}: {}", trigger.function().name, trigger.describe());
    }
}
