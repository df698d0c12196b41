//! The payloads of triggers, tested with requests recorded from Microsoft's host.

pub(crate) mod blob;
pub(crate) mod cosmos;
pub(crate) mod event_grid;
pub(crate) mod http;
pub(crate) mod kafka;
pub(crate) mod kafka_batch;
pub(crate) mod kafka_text;
pub(crate) mod queue;
pub(crate) mod timer;
