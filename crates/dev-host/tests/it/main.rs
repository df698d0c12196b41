//! Tests of the host with real parts: Azurite for blobs and queues, Microsoft's engine for Cosmos
//! DB, and a handler process that passes every call on to the test.

#![expect(clippy::unwrap_used, reason = "tests report failures by panicking")]
// A payload with all its properties is one large JSON literal.
#![recursion_limit = "256"]

mod answers;
mod blob_events;
mod blob_trigger;
mod by_hand;
mod command_line;
mod conformance;
mod cosmos;
mod cosmos_emulator;
mod cosmos_sdks;
mod cosmos_trigger;
mod event_grid;
mod fault_proxy;
mod faults;
mod http_trigger;
mod inputs;
mod invoke;
mod kafka_faults;
mod kafka_trigger;
mod new;
mod outputs;
mod package;
mod produce;
mod queue_trigger;
mod recorded;
mod recorded_events;
mod replacement;
mod support;
mod templates;
mod timer_trigger;
mod watch;
