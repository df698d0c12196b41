//! An HTTP client that is created at its first request.
//!
//! Creating one reads the system's certificates, which takes milliseconds, and a process creates many clients before it
//! needs the first.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use azure_core::{
    Result,
    http::{AsyncRawResponse, ClientOptions, HttpClient, Request, Transport, new_http_client},
};

/// The SDK's own HTTP client, created at the first request.
struct FirstUse(LazyLock<Arc<dyn HttpClient>>);

impl fmt::Debug for FirstUse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FirstUse")
    }
}

#[async_trait]
impl HttpClient for FirstUse {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        self.0.execute_request(request).await
    }
}

/// A transport for all clients of an account, which share its connections.
pub(crate) fn transport() -> Transport {
    let client = FirstUse(LazyLock::new(|| new_http_client(None)));
    Transport::new(Arc::new(client))
}

/// Options of a client that uses this transport.
pub(crate) fn options(transport: &Transport) -> ClientOptions {
    ClientOptions {
        transport: Some(transport.clone()),
        ..Default::default()
    }
}
