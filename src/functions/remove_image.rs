//! A blob was deleted from the container of uploads, with any tool.
//!
//! The host calls no blob trigger for a blob that is gone, so Event Grid calls this function.

use std::sync::Arc;

use axum::{Extension, extract::State};
use azure_core::http::Url;
use azure_functions_custom_handler::{EventGridEvent, Invocation, Outputs};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    app::App,
    error::Retry,
    handling::remove,
    original::{Arrived, Event},
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "event";

const DELETED: &str = "Microsoft.Storage.BlobDeleted";

/// What the event says about the blob.
#[derive(Debug, Deserialize)]
struct Blob {
    url: String,
}

/// Removes everything that was made of the blob, if it is gone.
///
/// # Errors
///
/// Passing trouble; Event Grid delivers the event again.
pub async fn remove_image(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    mut invocation: Invocation<IgnoredAny>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, arrived);
    let deleted: EventGridEvent<Blob> = match invocation.json(TRIGGER) {
        Ok(deleted) => deleted,
        Err(invalid) => return Ok(ignore(&invalid.to_string())),
    };
    if deleted.event_type != DELETED {
        return Ok(ignore(&format!("it is a {}", deleted.event_type)));
    }
    let url = Url::parse(&deleted.data.url).ok();
    let Some(name) = url.and_then(|url| app.uploads.name_at(&url)) else {
        return Ok(ignore("it is about a blob of another container"));
    };
    Ok(remove(&app, &name, &event.patience()).await?.outputs)
}

/// Answers an event that needs no work. Nothing is deleted, so nothing can be lost.
fn ignore(reason: &str) -> Outputs {
    tracing::warn!(reason, "ignored: the event is not about a deleted upload");
    Outputs::new().log(format!("ignored: {reason}"))
}
