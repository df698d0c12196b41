//! An original HTTP request, handed through to the handler and its answer handed back.

use axum::{body::Body, extract::Request, http::HeaderMap, response::Response};
use futures::TryStreamExt as _;
use uuid::Uuid;

use super::call::{CallError, Caller};

/// Headers that are about one connection and not about what is sent over it.
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>.
const OF_THE_CONNECTION: [&str; 8] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Caller {
    /// Streams a request to the same path of the handler, and its response back. Neither is ever
    /// held whole.
    pub(super) async fn forward(&self, id: Uuid, request: Request) -> Result<Response, CallError> {
        let instance = self.handler.ready().await?;
        let sent = self.send_on(instance.port, id, request);
        self.within_limits(instance, sent).await
    }

    async fn send_on(&self, port: u16, id: Uuid, request: Request) -> Result<Response, CallError> {
        let (parts, body) = request.into_parts();
        let mut headers = parts.headers;
        remove_those_of_the_connection(&mut headers);
        let mut own = Self::host_headers(id);
        if headers.contains_key("traceparent") {
            // The caller's trace goes on.
            own.remove("traceparent");
        }
        let sent = self
            .http
            .request(
                parts.method,
                format!("http://127.0.0.1:{port}{}", parts.uri),
            )
            .headers(headers)
            .headers(own)
            .body(reqwest::Body::wrap_stream(body.into_data_stream()));
        let mut answer = sent.send().await?;
        let mut headers = std::mem::take(answer.headers_mut());
        remove_those_of_the_connection(&mut headers);
        let status = answer.status();
        let body = Body::from_stream(answer.bytes_stream().map_err(reqwest::Error::without_url));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn remove_those_of_the_connection(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}
