//! Work of a run: queueing its next images, or making one image again.

use std::sync::Arc;

use axum::{Extension, extract::State};
use azure_functions_custom_handler::{Invocation, Outputs};
use contract::{RunMessage, names};
use serde::de::IgnoredAny;

use crate::{
    app::App,
    error::Retry,
    original::{Arrived, Event},
    runs,
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "work";
/// The queue, in the account of the uploads.
pub const QUEUE: &str = names::RUNS_QUEUE;

/// Does what the message asks for.
///
/// # Errors
///
/// Passing trouble; the message comes again.
pub async fn reprocess(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    mut invocation: Invocation<IgnoredAny>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, arrived);
    let patience = event.patience();
    let text: Result<String, _> = invocation.json(TRIGGER);
    let Some(message) = text.ok().as_deref().and_then(read) else {
        // Nothing is lost: a run that is started again queues its images again.
        tracing::warn!("a message in {QUEUE} does not belong to a run and is dropped");
        return Ok(Outputs::new().log("dropped: it does not belong to a run"));
    };
    match message {
        RunMessage::Feed { run, after } => {
            runs::feed(&app, &patience, &run, after.as_deref()).await?;
            Ok(Outputs::new().log(format!("the run {run} continues")))
        }
        RunMessage::Image { run, name } => {
            Box::pin(runs::image(&app, &patience, &run, name, event)).await
        }
    }
}

/// Parses the message's text, which is JSON. The host encodes the text once more before it puts it
/// into the request.
fn read(text: &str) -> Option<RunMessage> {
    let decoded: Result<String, _> = serde_json::from_str(text);
    serde_json::from_str(decoded.as_deref().unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_is_and_encoded_once_more() {
        let text = r#"{"do": "image", "run": "r", "name": "a b.jpg"}"#;
        let encoded = serde_json::Value::from(text).to_string();
        for text in [text, &encoded] {
            assert!(
                matches!(read(text), Some(RunMessage::Image { .. })),
                "{text}"
            );
        }
        assert!(read("hello").is_none());
    }
}
