//! Tests of the web application with real parts: Azurite and Microsoft's Cosmos DB engine.

#![expect(
    clippy::unwrap_used,
    reason = "what is requested here is part of the test"
)]

mod access;
mod deleting;
mod direct;
mod events;
mod existing;
mod gallery;
mod hostile;
mod kafka;
mod logs;
mod originals;
mod pages;
mod quota;
mod renditions;
mod selection;
mod sessions;
mod similar;
mod support;
mod uploads;
