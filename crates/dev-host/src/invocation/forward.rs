//! An original HTTP request, handed through to the handler and its answer handed back.

mod request;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use futures::TryStreamExt as _;
use uuid::Uuid;

use super::call::{CallError, Caller};
use request::{has_content, headers_to_send, target};

/// How often the host sends a request without a body whose connection breaks.
const TRIES: usize = 4;

/// Headers that are about one connection and not about what is sent over it.
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>.
const OF_THE_CONNECTION: [&str; 7] = [
    "connection",
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
        if parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(CallError::Chunked);
        }
        let target = format!("http://127.0.0.1:{port}{}", target(&parts.uri));
        let headers = headers_to_send(&parts, Self::host_headers(id));
        let mut answer = if has_content(&parts.headers) {
            self.forwarding
                .request(parts.method, target)
                .headers(headers)
                .body(reqwest::Body::wrap_stream(body.into_data_stream()))
                .send()
                .await?
        } else {
            self.send_again_and_again(&parts, &target, headers).await?
        };
        let mut headers = std::mem::take(answer.headers_mut());
        remove_those_of_the_connection(&mut headers);
        let status = answer.status();
        let body = Body::from_stream(answer.bytes_stream().map_err(reqwest::Error::without_url));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// Sends a request without a body until an answer comes, but not for ever.
    async fn send_again_and_again(
        &self,
        parts: &Parts,
        target: &str,
        headers: HeaderMap,
    ) -> Result<reqwest::Response, CallError> {
        let mut tries = 1;
        loop {
            let request = self
                .forwarding
                .request(parts.method.clone(), target)
                .headers(headers.clone());
            match request.send().await {
                Err(_) if tries < TRIES => tries += 1,
                result => return Ok(result?),
            }
        }
    }
}

fn remove_those_of_the_connection(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}
