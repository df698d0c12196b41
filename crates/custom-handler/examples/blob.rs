//! A copy of every text that is uploaded, in capital letters.
//!
//! function.json: `blobTrigger` named `original` on `texts/{name}`; `blob` output named `copy` on
//! `capitals/{name}`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Blob, BlobContent, Event, Failure, Outputs, StartError, run};

async fn copy(blob: Event<Blob>) -> Result<Outputs, Failure> {
    let BlobContent::Inline(bytes) = &blob.payload.content else {
        return Err("the host did not send the blob's bytes".into());
    };
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => Outputs::new().text("copy", text.to_uppercase()),
        // It would fail again, so an error would only cause five attempts.
        Err(error) => Outputs::new().log(format!("{:?}: {error}", blob.payload.name())),
    })
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Copy", post(copy))).await
}
