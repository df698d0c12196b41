//! Copies each blob of the container `uploads` to `copies`.

use std::error::Error;

use axum::{
    Router,
    routing::{get, post},
};
use azure_functions_custom_handler::{
    BlobContent, InvalidInvocation, Invocation, Outputs, encoded, listen, serve,
};
use serde::Deserialize;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new()
        .route("/", get(|| async { "ready" }))
        .route("/{{name}}", post(handle));
    let listener = listen(|name| std::env::var(name).ok())?;
    serve(listener.try_into()?, router).await;
    Ok(())
}

#[derive(Deserialize)]
struct Upload {
    /// What stands for `{name}` in the path of the trigger.
    #[serde(deserialize_with = "encoded")]
    name: String,
}

async fn handle(mut upload: Invocation<Upload>) -> Result<Outputs, InvalidInvocation> {
    let outputs = Outputs::new().log(format!("Copying {}", upload.metadata.name));
    Ok(match upload.blob("original")? {
        BlobContent::Inline(bytes) => outputs.bytes("copy", bytes),
        BlobContent::Deferred | BlobContent::Oversized { .. } => outputs,
    })
}
