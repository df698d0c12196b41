//! The host as a whole: reads the script root, starts the handler, and runs the triggers.

mod cosmos;
mod error;
mod events;
mod kafka;
mod keys;
mod options;

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{
    CosmosEmulator, KafkaBroker, SystemTopic,
    handler_process::{HandlerProcess, Launch},
    inputs::Input,
    invocation::{Invoker, RunnableFunction},
    outputs::Output,
    script_root::{ConfigurationError, ScriptRoot},
    triggers::{EventGridWebhook, Functions, HttpTrigger, Pace, Runtime, Trigger},
    web::{self, Web},
};
pub use error::HostError;
pub use options::Options;

/// A running host. Dropping it kills the handler and ends everything else.
#[derive(Debug)]
pub struct Host {
    /// The triggers end before the handler does, because an invocation that is broken only by the
    /// end of the host must not count as an attempt.
    triggers: JoinSet<()>,
    /// The event subscriptions, which end when they are dropped.
    _topics: Vec<SystemTopic>,
    process: HandlerProcess,
    cosmos: Vec<CosmosEmulator>,
    kafka: Option<Arc<KafkaBroker>>,
}

/// The in-memory stores that a host has served, with their contents.
///
/// While they exist, the next host uses them: the accounts because somebody listens at their ports,
/// and the broker if [`Options::kafka`] holds it.
#[derive(Debug, Default)]
pub struct Stores {
    /// The Cosmos DB accounts.
    pub cosmos: Vec<CosmosEmulator>,
    /// The Kafka broker.
    pub kafka: Option<Arc<KafkaBroker>>,
}

impl Host {
    /// Starts the handler and the triggers; returns when the handler is ready.
    ///
    /// The listener is for HTTP-triggered functions, at `/api/{route}`, and for the host's own
    /// status, at `/admin/host/status`.
    pub async fn start(options: Options, listener: TcpListener) -> Result<Self, HostError> {
        let mut root = ScriptRoot::load(
            &options.script_root,
            options.executable,
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
            kafka::serve(&mut root, options.kafka)?
        } else {
            None
        };
        let runnable = read_triggers(&root, pace)?;
        if let Some(broker) = &kafka {
            kafka::create_topics(broker, &runnable);
        }
        let cosmos = if options.serve_cosmos {
            cosmos::serve(&runnable).await?
        } else {
            Vec::new()
        };
        cosmos::open(&runnable).await;
        let process = start_handler(&root, options.restart_after_exit_0)?;
        let handler = process.handler();
        handler
            .ready()
            .await
            .map_err(|gone| HostError::Handler(gone.to_string()))?;
        print_functions(&runnable);

        let invoker =
            Invoker::new(handler.clone(), root.host.function_timeout).map_err(|error| {
                HostError::Handler(format!("no HTTP client can be created: {error}"))
            })?;
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
                let keys = &runtime.keys;
                let mut topics = events::subscribe(&runnable, &root, address, keys, event_grid)?;
                topics.extend(events::subscribe_functions(
                    &options.event_subscriptions,
                    &root,
                    address,
                    keys,
                    event_grid,
                )?);
                topics
            }
            None => Vec::new(),
        };
        let web = Web {
            functions: http_functions(&runnable),
            blob_events: blob_events
                .as_ref()
                .map(|events| Arc::clone(&events.webhook)),
            event_grid: event_grid_webhook(&runnable),
            by_hand: Functions::new(runnable.iter().map(Trigger::by_hand)),
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

    /// Restarts the handler's executable: at once if no invocation is in flight, otherwise when
    /// they have ended or `patience` is over. New invocations wait for the new handler.
    ///
    /// Returns whether there was a handler. One that has exited with status 0, or failed too often,
    /// is restarted only with the host as a whole.
    #[must_use]
    pub fn replace_handler(&self, patience: Duration) -> bool {
        self.process.handler().replace(patience)
    }

    /// Returns only when the host cannot go on.
    pub async fn failed(&self) -> HostError {
        HostError::Handler(self.process.handler().given_up().await)
    }

    /// Ends the host: the triggers first, then the handler, which is killed as on Azure. When this
    /// returns, its ports are free for the next host.
    pub async fn stop(self) {
        for mut cosmos in self.stop_all_but_stores().await.cosmos {
            cosmos.stop().await;
        }
    }

    /// Ends the host, but keeps the in-memory stores that it serves.
    pub async fn stop_all_but_stores(mut self) -> Stores {
        self.triggers.shutdown().await;
        Stores {
            cosmos: self.cosmos,
            kafka: self.kafka,
        }
    }

    /// The process id of the handler while it is ready.
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
        self.kafka.as_deref()
    }
}

/// The triggers of all functions that this host can run.
fn read_triggers(root: &ScriptRoot, pace: Pace) -> Result<Vec<Trigger>, ConfigurationError> {
    let mut found = Vec::new();
    for function in &root.functions {
        let function = function.clone().resolve_settings(&root.settings)?;
        let runnable = RunnableFunction {
            name: function.name.clone(),
            inputs: Input::all(&function, &root.settings)?,
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

fn event_grid_webhook(triggers: &[Trigger]) -> EventGridWebhook {
    EventGridWebhook::new(triggers.iter().filter_map(|trigger| match trigger {
        Trigger::EventGrid(events) => Some(Arc::clone(events)),
        _ => None,
    }))
}

fn start_handler(
    root: &ScriptRoot,
    restart_after_exit_0: bool,
) -> Result<HandlerProcess, HostError> {
    let launch = Launch {
        executable: root.host.executable.clone(),
        arguments: root.host.arguments.clone(),
        root: root.path.clone(),
        environment: root
            .settings
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        port: root.host.port,
        restart_after_exit_0,
    };
    HandlerProcess::start(launch).map_err(HostError::system("the handler cannot be started"))
}

fn print_functions(triggers: &[Trigger]) {
    tracing::info!("Functions:");
    for trigger in triggers {
        tracing::info!("\t{}: {}", trigger.function().name, trigger.describe());
    }
}
