//! The functions, one kind of event in each file: its payload, its adapter and its tests.

pub mod check_images;
pub mod process_message;
pub mod process_sink;
pub mod process_upload;
pub mod publish_events;
pub mod remove_image;
pub mod reprocess;
pub mod retry_upload;
