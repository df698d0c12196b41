#![doc = include_str!("../README.md")]

mod answer;
mod answer_check;
mod base64_in_place;
mod body;
mod check;
mod data;
mod deadline;
mod encoded;
mod envelope;
mod event;
mod events;
mod failure;
mod function_json;
mod function_timeout;
mod host_json;
mod http_response;
mod invalid;
mod invalid_output;
mod invocation;
mod listen;
mod outputs;
mod rewriting;
mod run;
mod serve;
mod time_span;
mod trace;

pub use body::MaxValueBytes;
pub use data::Data;
pub use deadline::{Deadline, deadline};
pub use encoded::{encoded, encoded_option};
pub use event::{Event, Trigger};
pub use events::{
    blob::{Blob, BlobContent, BlobProperties, BlobTriggerMetadata},
    cosmos::CosmosChanges,
    event_grid::{EventGridBatch, EventGridEvent},
    http::{Claim, HttpRequest, Identity},
    kafka::{KafkaHeader, KafkaMessage, KafkaMetadata},
    kafka_batch::{KafkaBatch, KafkaBatchMetadata},
    kafka_text::KafkaTextMessage,
    queue::{QueueMessage, QueueTriggerMetadata},
    timer::{ScheduleStatus, TimerInfo},
};
pub use failure::Failure;
pub use function_json::FunctionJsonError;
pub use function_timeout::FunctionTimeout;
pub use host_json::HostJsonError;
pub use http_response::HttpResponse;
pub use invalid::InvalidInvocation;
pub use invalid_output::{InvalidOutput, OutputProblem};
pub use invocation::{Invocation, RetryContext};
pub use listen::listen;
pub use outputs::Outputs;
pub use rewriting::rewritten_by_host;
pub use run::{StartError, layered, run};
pub use serve::{serve, serve_until};
pub use trace::{InvocationId, TraceContext, trace};
