//! The JSON API under `/api/v1`.
//!
//! - [`images`]: list, read, delete
//! - [`uploads`]: take a file in one request
//! - [`sessions`]: take a file in blocks
//! - [`existing`]: which files were uploaded before
//! - [`events`]: the results of images, live
//! - [`insights`]: totals of the records
//! - [`similar`]: images that look the same
//! - [`usage`]: how much a user has and may have
//! - [`openapi`]: the description of the API

pub mod events;
pub mod existing;
pub mod images;
pub mod insights;
pub mod openapi;
pub mod sessions;
pub mod similar;
pub mod uploads;
pub mod usage;
