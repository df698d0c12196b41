//! Answers that the host would skip, misread or hang on.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    function_json::{Bindings, Functions},
    outputs::Written,
};

/// What answers are held to.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) functions: Functions,
    /// Whether functions that have nothing but HTTP get the client's own request.
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

/// Turns an answer into 500 where it names an output that function.json does not have, or would make
/// the host wait for its time-out and then kill the process. What is wrong is logged.
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
    match problem(bindings, &response) {
        None => response,
        Some(problem) => {
            tracing::error!(function, problem, "the answer is of no use to the host");
            (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
    }
}

fn problem(bindings: &Bindings, response: &Response) -> Option<String> {
    if !response.status().is_success() {
        return None;
    }
    if let Some(written) = response.extensions().get() {
        let written: &Written = written;
        return bindings.problem(written);
    }
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let is_json = matches!(essence, "application/json" | "text/json");
    (!is_json || response.status() == StatusCode::NO_CONTENT)
        .then(|| "a function answers with Outputs, and with nothing else".to_owned())
}
