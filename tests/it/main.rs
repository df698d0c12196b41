//! End-to-end tests on real parts: Azurite, Microsoft's Cosmos DB engine, the local Functions host
//! and the built handler. The tests make the images.

#![expect(
    clippy::unwrap_used,
    reason = "what is requested here is part of the test"
)]

mod analytics;
mod announced;
mod apache_kafka;
mod broker;
mod check;
mod deletions;
mod deliveries;
mod events;
mod flow_a;
mod flow_b;
mod person;
mod privacy;
mod recorded;
mod reprocess;
mod resilience;
mod soak;
mod start_up;
mod support;
mod traces;
mod wire;
