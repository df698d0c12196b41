//! Tests of the web application with real parts: Azurite and Microsoft's Cosmos DB engine.

#![expect(
    clippy::unwrap_used,
    reason = "what is requested here is part of the test"
)]

mod access;
mod deleting;
mod events;
mod gallery;
mod hostile;
mod kafka;
mod logs;
mod originals;
mod pages;
mod renditions;
mod selection;
mod sessions;
mod similar;
mod support;
mod uploads;
