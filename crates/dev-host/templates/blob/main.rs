//! Copies each blob of the container `uploads` to `copies`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Blob, BlobContent, Event, Failure, Outputs, StartError, run};

async fn handle(blob: Event<Blob>) -> Result<Outputs, Failure> {
    let outputs = Outputs::new().log(format!("Copying {:?}", blob.payload.name()));
    match blob.payload.content {
        BlobContent::Inline(bytes) => Ok(outputs.bytes("copy", bytes)),
        _ => Err("the host did not send the bytes of the blob".into()),
    }
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
