//! One event kind per file: its payload, its adapter, its tests.

pub mod process_message;
pub mod process_sink;
pub mod process_upload;
pub mod publish_events;
pub mod retry_upload;
