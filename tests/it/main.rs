//! End to end, on real parts: Azurite, Microsoft's Cosmos DB engine, the local Functions host and
//! the built handler. Images are made by the tests.

#![expect(missing_docs, reason = "tests are named after what they show")]

mod flow_a;
mod start_up;
mod support;
mod wire;
