//! The wire protocol between the Azure Functions host and a *custom handler*, for axum.
//!
//! The host starts a custom handler as a child process, sends each event as
//! `POST /{FunctionName}` with a JSON body, and carries out what the JSON answer says through the
//! function's output bindings
//! (<https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers>). The public
//! documentation leaves out most of the encoding; this crate knows it:
//!
//! - [`Invocation`] extracts one event: the trigger's metadata, typed, and its data.
//! - [`encoded`] undoes the host's double encoding: the text `x` arrives as `"\"x\""`.
//! - [`BlobContent`] is a blob's bytes, or a *deferred* blob that the handler reads by itself.
//! - [`KafkaMetadata`] and [`HttpRequestData`] are what those triggers send.
//! - [`Outputs`] is an answer that the host will neither hang on nor misread, and
//!   [`rewritten_by_host`] finds what it would change in a document.
//! - [`trace`] puts the invocation's id and trace into the span of every log line.
//! - [`listen`] binds the port that the host chose, and [`serve`] answers there in bounded memory.
//!
//! # The status is the retry signal
//!
//! An answer outside 2xx fails the invocation: the host throws its outputs and logs away and
//! applies the trigger's retry rule. There is no other signal. Answer 200 for an event that can
//! never succeed, and say so in an output; answer 500 for trouble that may pass.
//!
//! # Example
//!
//! A blob trigger named `original` on `uploads/{name}`, with a blob output named `copy`:
//!
//! ```
//! use axum::{Router, middleware, routing::{get, post}};
//! use custom_handler::{BlobContent, Invocation, InvalidInvocation, Outputs};
//!
//! #[derive(serde::Deserialize)]
//! struct Upload {
//!     #[serde(deserialize_with = "custom_handler::encoded")]
//!     name: String,
//! }
//!
//! async fn copy(mut upload: Invocation<Upload>) -> Result<Outputs, InvalidInvocation> {
//!     let outputs = Outputs::new().log(format!("copying {}", upload.metadata.name));
//!     Ok(match upload.blob("original")? {
//!         BlobContent::Inline(bytes) => outputs.bytes("copy", bytes),
//!         BlobContent::Deferred | BlobContent::Oversized { .. } => outputs,
//!     })
//! }
//!
//! let router: Router = Router::new()
//!     .route("/", get(|| async { "ready" }))
//!     .route("/CopyUpload", post(copy))
//!     .layer(middleware::from_fn(custom_handler::trace));
//! ```

mod base64_in_place;
mod blob;
mod body;
mod encoded;
mod http;
mod invocation;
mod kafka;
mod listen;
mod outputs;
mod rewriting;
mod serve;
mod trace;

pub use blob::{BlobContent, BlobProperties};
pub use body::MaxValueBytes;
pub use encoded::{encoded, encoded_option};
pub use http::{HttpRequestData, HttpResponseData};
pub use invocation::{InvalidInvocation, Invocation, RetryContext};
pub use kafka::{KafkaHeader, KafkaMetadata};
pub use listen::listen;
pub use outputs::Outputs;
pub use rewriting::rewritten_by_host;
pub use serve::serve;
pub use trace::{InvocationId, TraceContext, trace};
