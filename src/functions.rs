//! One event kind per file: its payload, its adapter, its tests.

pub mod process_upload;
