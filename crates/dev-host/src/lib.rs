//! A local Azure Functions host for custom handlers.
//!
//! It does what the Functions host does on Azure: it watches the triggers, calls the handler over
//! HTTP and writes the handler's outputs. It exists because the Core Tools are not available
//! everywhere, and because a test has to be able to kill, hang and starve a host at will.
//!
//! The path of one event: `triggers` finds a blob without a receipt → `payload` writes the
//! invocation → `invocation` posts it to the process that `handler_process` keeps alive → `answer`
//! applies the host's rules to the response → `outputs` writes blobs and documents → the trigger
//! writes the receipt, or tries again, or puts the event into the poison queue.
//!
//! - `script_root`: host.json, the function folders and the settings
//! - `expressions`: `%setting%` and `{expression}`; `path_pattern`: the path of a blob trigger
//! - `handler_process`: starts, watches, restarts and kills the handler
//! - `payload`, `invocation`, `answer`: one call of the handler
//! - `json_net`: JSON as the host reads and writes it
//! - `inputs`: the blob and the cosmosDB input
//! - `outputs`: the blob, the cosmosDB, the queue, the Kafka and the http output
//! - `triggers`: the blob trigger, its receipts and its poison queue, or its webhook for Event
//!   Grid; the Kafka trigger, its partitions, retries and commits; the HTTP trigger, its envelope
//!   and its keys; the queue trigger
//! - `storage_queue`: a queue of a storage account; `dice`: seeded random numbers
//! - `event_grid`: announces new blobs, for functions that do not poll for them
//! - `cosmos_emulator`: Microsoft's in-memory Cosmos DB behind HTTP; `kafka_broker`: librdkafka's
//!   in-memory Kafka; `kafka_producer`: sends messages to it or to any other broker
//! - `fault_proxy`: a proxy in front of a store that injects faults
//! - `web`: the host's own HTTP endpoint for incoming requests; `http_server`: the loop that
//!   accepts connections; `log`: lines as `func start` prints them
//! - `host`: puts it all together
//!
//! The payloads are built from raw JSON, never from a handler's own types, so that a wrong
//! assumption on either side shows.

// The properties of a blob are one large JSON literal.
#![recursion_limit = "256"]

mod answer;
mod child_process;
mod cosmos_container;
mod cosmos_emulator;
mod dice;
mod event_grid;
mod expressions;
mod fault_proxy;
mod handler_process;
mod host;
mod http_server;
mod inputs;
mod invocation;
mod json_net;
mod kafka_broker;
mod kafka_producer;
pub mod log;
mod outputs;
mod path_pattern;
mod payload;
mod script_root;
mod storage_queue;
mod triggers;
mod web;

pub use child_process::die_with_parent;
pub use cosmos_emulator::{CosmosEmulator, Faults};
pub use event_grid::{Disorder, EventGridOptions, EventSubscription, SystemTopic};
pub use fault_proxy::{FaultProxy, ProxyFaults};
pub use host::{Host, HostError, Options, Stores};
pub use kafka_broker::KafkaBroker;
pub use kafka_producer::{ProduceError, produce};
pub use script_root::ConfigurationError;
