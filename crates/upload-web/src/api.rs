//! The JSON API under `/api/v1`.
//!
//! - [`images`]: list, read, delete
//! - [`uploads`]: take a file
//! - [`sessions`]: take a file in blocks
//! - [`events`]: what becomes of images, live
//! - [`insights`]: what the records add up to
//! - [`similar`]: images that look the same
//! - [`openapi`]: the description of all this

pub mod events;
pub mod images;
pub mod insights;
pub mod openapi;
pub mod sessions;
pub mod similar;
pub mod uploads;
