//! Checks for answers that the host would skip, misread or hang on.

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    function_json::{Bindings, Functions},
    outputs::Written,
};

/// The rules that answers are checked against.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) functions: Functions,
    /// Whether functions with only HTTP bindings get the client's own request.
    pub(crate) forwards_http: bool,
}

impl Rules {
    fn of(&self, request: &Request) -> Option<&Bindings> {
        let function = request.uri().path().strip_prefix('/')?;
        let bindings = self.functions.find(function)?;
        let is_forwarded = self.forwards_http && bindings.is_http();
        (request.method() == Method::POST && !is_forwarded).then_some(bindings)
    }
}

/// Turns an answer into a 500 if it names an output that function.json does not have, or if it
/// would make the host wait for its time-out and then kill the process. The problem is logged.
pub(crate) async fn check_answers(
    State(rules): State<Arc<Rules>>,
    request: Request,
    next: Next,
) -> Response {
    let function = request.uri().path().trim_start_matches('/').to_owned();
    let Some(bindings) = rules.of(&request) else {
        return next.run(request).await;
    };
    let response = next.run(request).await;
    match checked(bindings, response).await {
        Ok(response) => response,
        Err(problem) => {
            tracing::error!(function, problem, "the host cannot use the answer");
            (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
    }
}

async fn checked(bindings: &Bindings, response: Response) -> Result<Response, String> {
    if !response.status().is_success() {
        return Ok(response);
    }
    if let Some(written) = response.extensions().get::<Written>() {
        return bindings.problem(written).map_or(Ok(response), Err);
    }
    let response = if is_json(&response) {
        not_null(response).await
    } else {
        None
    };
    response.ok_or_else(|| "a function answers with Outputs, and with nothing else".to_owned())
}

fn is_json(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|media_type| media_type.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json")
}

/// Returns the answer if it has a body other than `null`. An empty body and `null` both make the
/// host wait.
async fn not_null(response: Response) -> Option<Response> {
    const NULL: &[u8] = b"null";
    let length = response.body().size_hint().exact();
    if length.is_none_or(|length| length > NULL.len() as u64) {
        return Some(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, NULL.len()).await.ok()?;
    let is_something = !body.trim_ascii().is_empty() && body != NULL;
    is_something.then(|| Response::from_parts(parts, Body::from(body)))
}
