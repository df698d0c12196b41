//! The web application on real parts: Azurite and Microsoft's Cosmos DB engine.

#![expect(missing_docs, reason = "tests are named after what they show")]

mod access;
mod deleting;
mod events;
mod gallery;
mod hostile;
mod pages;
mod renditions;
mod support;
mod uploads;
