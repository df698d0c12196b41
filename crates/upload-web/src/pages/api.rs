//! The description of the API as a page, generated from the OpenAPI document.

use std::sync::LazyLock;

use askama::Template;
use axum::response::Response;
use serde_json::Value;
use utoipa::OpenApi as _;

use super::{Layout, html};
use crate::{api::openapi::ApiDoc, auth::User};

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    layout: Layout,
    operations: &'static [Operation],
}

/// One operation of the API.
struct Operation {
    method: String,
    path: String,
    summary: String,
    description: String,
    anchor: String,
    /// Name, location, whether it is required, description.
    parameters: Vec<(String, String, bool, String)>,
    /// Status and description.
    answers: Vec<(String, String)>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let document = serde_json::to_value(ApiDoc::openapi()).unwrap_or_default();
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(|(method, operation)| self::operation(method, path, operation))
        })
        .collect()
});

fn operation(method: &str, path: &str, operation: &Value) -> Operation {
    // The text contains backticks of Markdown, which this page does not render.
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('`', "");
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let answers = operation["responses"].as_object().into_iter().flatten();
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        anchor: text(&operation["operationId"]),
        parameters: parameters
            .map(|parameter| {
                (
                    text(&parameter["name"]),
                    text(&parameter["in"]),
                    parameter["required"].as_bool().unwrap_or_default(),
                    text(&parameter["description"]),
                )
            })
            .collect(),
        answers: answers
            .map(|(status, answer)| {
                (
                    status.clone(),
                    answer_text(status, &text(&answer["description"])),
                )
            })
            .collect(),
    }
}

/// A description, or otherwise the meaning of the status.
fn answer_text(status: &str, description: &str) -> String {
    if !description.is_empty() {
        return description.to_owned();
    }
    let status: Option<axum::http::StatusCode> = status.parse().ok();
    let reason = status.and_then(|status| status.canonical_reason());
    reason.unwrap_or_default().to_owned()
}

/// Answers with the page.
pub async fn api(user: User) -> Response {
    html(&ApiPage {
        layout: Layout::new(&user, "/api"),
        operations: &OPERATIONS,
    })
}
