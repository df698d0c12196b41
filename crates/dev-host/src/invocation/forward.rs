//! Passes an original HTTP request on to the handler and its answer back.
//!
//! Proxying changes nothing about the request. Forwarding builds a new request from it, as
//! recorded.

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
use crate::script_root::HandingOn;
use request::{has_content, headers_to_send, target};

/// How often the host sends a request without a body if its connection breaks.
const TRIES: usize = 4;

/// Headers about one connection and not about what is sent over it. Source:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>.
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
    /// held in full.
    pub(super) async fn hand_on(
        &self,
        id: Uuid,
        way: HandingOn,
        request: Request,
    ) -> Result<Response, CallError> {
        let instance = self.handler.ready().await?;
        let port = instance.port;
        let answered = async {
            match way {
                HandingOn::Forwarding => self.forward(port, id, request).await,
                HandingOn::Proxying => self.proxy(port, id, request).await,
            }
        };
        let answer = self.within_limits(instance, answered).await?;
        Ok(handed_back(answer))
    }

    async fn proxy(
        &self,
        port: u16,
        id: Uuid,
        request: Request,
    ) -> Result<reqwest::Response, CallError> {
        let (mut parts, body) = request.into_parts();
        remove_those_of_the_connection(&mut parts.headers);
        add_those_of_the_host(&mut parts.headers, &Self::host_headers(id));
        let target = format!("http://127.0.0.1:{port}{}", parts.uri);
        let body = reqwest::Body::wrap_stream(body.into_data_stream());
        let request = self.handing_on.request(parts.method, target);
        Ok(request.headers(parts.headers).body(body).send().await?)
    }

    async fn forward(
        &self,
        port: u16,
        id: Uuid,
        request: Request,
    ) -> Result<reqwest::Response, CallError> {
        let (parts, body) = request.into_parts();
        if parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(CallError::Chunked);
        }
        let target = format!("http://127.0.0.1:{port}{}", target(&parts.uri));
        let mut headers = headers_to_send(&parts);
        add_those_of_the_host(&mut headers, &Self::host_headers(id));
        if has_content(&parts.headers) {
            let body = reqwest::Body::wrap_stream(body.into_data_stream());
            let request = self.handing_on.request(parts.method, target);
            Ok(request.headers(headers).body(body).send().await?)
        } else {
            self.send_again_and_again(&parts, &target, headers).await
        }
    }

    /// Sends a request without a body until an answer comes, but only a limited number of times.
    async fn send_again_and_again(
        &self,
        parts: &Parts,
        target: &str,
        headers: HeaderMap,
    ) -> Result<reqwest::Response, CallError> {
        let mut tries = 1;
        loop {
            let request = self
                .handing_on
                .request(parts.method.clone(), target)
                .headers(headers.clone());
            match request.send().await {
                Err(_) if tries < TRIES => tries += 1,
                result => return Ok(result?),
            }
        }
    }
}

/// The response unchanged, except for the headers about the connection.
fn handed_back(mut answer: reqwest::Response) -> Response {
    let mut headers = std::mem::take(answer.headers_mut());
    remove_those_of_the_connection(&mut headers);
    let status = answer.status();
    let body = Body::from_stream(answer.bytes_stream().map_err(reqwest::Error::without_url));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn add_those_of_the_host(headers: &mut HeaderMap, host: &HeaderMap) {
    for (name, value) in host {
        // The caller's trace continues.
        if name.as_str() != "traceparent" || !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
}

fn remove_those_of_the_connection(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}
