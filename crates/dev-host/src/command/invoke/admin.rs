//! Starts a function by hand, as `POST /admin/functions/NAME` of the real host does. Source:
//! <https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http>.

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::json;

use super::{KEY_ADVICE, Options};
use crate::{error::CommandError, print_note};

pub(super) async fn start(options: &Options, event: Option<Vec<u8>>) -> Result<(), CommandError> {
    let body = match event {
        None => json!({}),
        Some(event) => json!({"input": text(event)?}),
    };
    let path = format!("/admin/functions/{}", options.function);
    let request = options
        .request(Method::POST, &path)?
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    let status = options.send(request).await?.status();
    if status == StatusCode::ACCEPTED {
        print_note("Accepted. The host prints the result.");
        return Ok(());
    }
    let advice = match status {
        StatusCode::UNAUTHORIZED => KEY_ADVICE,
        StatusCode::NOT_FOUND => {
            "the host at this address has no such function: compare it with the functions that the \
             host printed when it started"
        }
        _ => "see what the host has printed about it",
    };
    Err(CommandError::Failed(format!(
        "the host has not accepted the event ({status}): {advice}"
    )))
}

fn text(event: Vec<u8>) -> Result<String, CommandError> {
    String::from_utf8(event).map_err(|_| {
        CommandError::Configuration(
            "the event is not UTF-8, which the host accepts only for functions with an HTTP \
             trigger: give a text"
                .into(),
        )
    })
}
