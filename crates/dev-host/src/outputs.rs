//! The outputs of a function: how an answer is converted and where it is written.

mod blob;
mod cosmos;
mod http;
mod kafka;
mod queue;
mod text;

use futures::future::join_all;
use uuid::Uuid;

use crate::{
    answer::Answer,
    expressions::{BindingData, ExpressionError},
    json_net::{DEFAULT_DEPTH, Json, JsonError, looks_like_json, parse},
    log::root_cause,
    script_root::{Binding, BindingType, ConfigurationError, Function, Settings},
};

use blob::OpenBlob;
pub(crate) use blob::{BlobOutput, create_container};
pub(crate) use cosmos::CosmosOutput;
pub(crate) use http::HttpOutput;
pub(crate) use kafka::KafkaOutput;
use queue::QueueOutput;

/// An output that could not be written. It fails the invocation.
#[derive(Debug, thiserror::Error)]
#[error("the output {binding} cannot be written: {reason}")]
pub(crate) struct OutputError {
    binding: String,
    reason: WriteError,
}

/// Why one value could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("{0}")]
    Value(String),
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    #[error("{}", root_cause(.0))]
    Storage(#[from] azure_core::Error),
    #[error(transparent)]
    Connection(#[from] connections::ConnectionError),
    #[error(transparent)]
    Cosmos(#[from] azure_data_cosmos::CosmosError),
    #[error(transparent)]
    Kafka(#[from] rdkafka::error::KafkaError),
    #[error(transparent)]
    Json(#[from] JsonError),
}

/// What an output may need to know about the invocation.
pub(crate) struct Context<'a> {
    pub(crate) id: Uuid,
    pub(crate) data: &'a BindingData,
}

/// An output binding, ready to be written.
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) target: Target,
}

/// The destination of an output.
pub(crate) enum Target {
    Blob(BlobOutput),
    Cosmos(CosmosOutput),
    Kafka(KafkaOutput),
    Queue(QueueOutput),
    /// The response of an HTTP trigger, which goes only to its caller.
    Http,
}

impl Output {
    /// Creates the outputs of a function. Fails for a binding that this host cannot write.
    pub(crate) fn all(
        function: &Function,
        settings: &Settings,
    ) -> Result<Vec<Self>, ConfigurationError> {
        function
            .outputs
            .iter()
            .map(|binding| {
                Self::new(function, binding, settings).map_err(|problem| {
                    let name = &binding.name;
                    ConfigurationError::file(
                        &function.file,
                        format!("the output {name}: {problem}"),
                    )
                })
            })
            .collect()
    }

    fn new(function: &Function, binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let target = match binding.kind {
            BindingType::Blob => Target::Blob(BlobOutput::new(binding, settings)?),
            BindingType::CosmosDb => Target::Cosmos(CosmosOutput::new(binding, settings)?),
            BindingType::Kafka => Target::Kafka(KafkaOutput::new(binding, settings)?),
            BindingType::Queue => Target::Queue(QueueOutput::new(binding, settings)?),
            BindingType::Http if function.trigger.kind == BindingType::HttpTrigger => Target::Http,
            kind => {
                return Err(format!(
                    "this host cannot write the type {} here",
                    kind.name()
                ));
            }
        };
        Ok(Self {
            name: binding.name.clone(),
            target,
        })
    }

    /// Writes the value, or for a blob prepares the write.
    async fn bind(
        &self,
        value: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<Option<OpenBlob>, OutputError> {
        let result = match &self.target {
            Target::Blob(blob) => return self.named(blob.open(value, context).await.map(Some)),
            Target::Cosmos(cosmos) => cosmos.write(value).await,
            Target::Kafka(kafka) => kafka.write(value).await,
            Target::Queue(queue) => queue.write(value, context).await,
            Target::Http => Ok(()),
        };
        self.named(result.map(|()| None))
    }

    fn named<T>(&self, result: Result<T, WriteError>) -> Result<T, OutputError> {
        result.map_err(|reason| OutputError {
            binding: self.name.clone(),
            reason,
        })
    }
}

/// The response for the caller of a function that was called by HTTP.
///
/// The host reads it before it writes anything, so that an invalid one leaves nothing behind.
pub(crate) fn http_response(
    outputs: &[Output],
    answer: &Answer<'_>,
) -> Result<Option<HttpOutput>, OutputError> {
    let http = |output: &&Output| matches!(output.target, Target::Http);
    let Some(output) = outputs.iter().find(http) else {
        return Ok(None);
    };
    let read = HttpOutput::read(&output.name, answer.output(&output.name));
    output.named(read.map(Some))
}

/// The values to write if an output accepts any number of them: the entries of an array, or the
/// value alone. A string that looks like JSON is parsed.
fn entries<'a>(value: &'a Json<'_>) -> Result<Vec<Json<'a>>, WriteError> {
    let value = match value {
        Json::Text(text) if looks_like_json(text) => {
            parse(text, DEFAULT_DEPTH)?.unwrap_or(Json::Null)
        }
        value => value.clone(),
    };
    Ok(match value {
        Json::Array(values) => values,
        value => vec![value],
    })
}

/// Writes all outputs in parallel. If one fails, the others are written nevertheless: there is no
/// transaction, here as on Azure.
///
/// Blobs are the exception. The host opens them first, which leaves an empty blob whatever was
/// there before, and fills them only if nothing has failed.
pub(crate) async fn write(
    outputs: &[Output],
    answer: &Answer<'_>,
    context: &Context<'_>,
) -> Result<(), OutputError> {
    let binds = outputs.iter().filter_map(|output| {
        // Null means that there is nothing to write.
        let value = answer
            .output(&output.name)
            .filter(|value| !value.is_null())?;
        Some(async move { (output, output.bind(value, context).await) })
    });
    let bound = join_all(binds).await;
    warn_of_empty_blobs(&bound);
    let fills = bound
        .into_iter()
        .map(|(output, result)| Ok(result?.map(|blob| (output, blob))))
        // From here on nothing has failed.
        .collect::<Result<Vec<_>, OutputError>>()?
        .into_iter()
        .flatten()
        .map(|(output, blob)| async { output.named(blob.fill().await) });
    join_all(fills).await.into_iter().collect()
}

fn warn_of_empty_blobs(bound: &[(&Output, Result<Option<OpenBlob>, OutputError>)]) {
    let mut results = bound.iter().map(|(_, result)| result);
    let has_failed = results.clone().any(Result::is_err);
    if has_failed && results.any(|result| matches!(result, Ok(Some(_)))) {
        tracing::warn!(
            "The blobs of this invocation stay empty, as on Azure, because another output failed"
        );
    }
}
