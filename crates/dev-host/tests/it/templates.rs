//! Compiles the templates of `new`, so that they stay in step with the crate that they use.

#![expect(dead_code, reason = "they are only compiled, not run")]

#[path = "../../templates/blob/main.rs"]
mod blob;
#[path = "../../templates/cosmos/main.rs"]
mod cosmos;
#[path = "../../templates/event-grid/main.rs"]
mod event_grid;
#[path = "../../templates/http/main.rs"]
mod http;
#[path = "../../templates/kafka/main.rs"]
mod kafka;
#[path = "../../templates/queue/main.rs"]
mod queue;
#[path = "../../templates/timer/main.rs"]
mod timer;
