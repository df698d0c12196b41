//! The outputs of a function: what an answer is turned into, and where it goes.

mod blob;
mod cosmos;
mod kafka;

use futures::future::join_all;
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use crate::{
    answer::Answer,
    expressions::{BindingData, ExpressionError},
    log::root_cause,
    script_root::{Binding, BindingType, ConfigurationError, Function, Settings},
};

pub(crate) use blob::{BlobOutput, create_container};
pub(crate) use cosmos::CosmosOutput;
pub(crate) use kafka::KafkaOutput;

/// An output that could not be written, which fails the invocation.
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
    Json(#[from] serde_json::Error),
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

/// Where an output goes.
pub(crate) enum Target {
    Blob(BlobOutput),
    Cosmos(CosmosOutput),
    Kafka(KafkaOutput),
    /// The response of an HTTP trigger, which is written to nowhere but its caller.
    Http,
    /// This host knows the type, and does not write it yet.
    NotWritten(BindingType),
}

impl Output {
    /// Makes the outputs of a function, and fails for a binding that this host cannot write.
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
            kind @ BindingType::Queue => {
                tracing::warn!(
                    "The output {} of 'Functions.{}' will not be written: this host does not write the type {} yet",
                    binding.name,
                    function.name,
                    kind.name()
                );
                Target::NotWritten(kind)
            }
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

    async fn write(&self, value: &RawValue, context: &Context<'_>) -> Result<(), OutputError> {
        let result = match &self.target {
            Target::Blob(blob) => blob.write(value, context).await,
            Target::Cosmos(cosmos) => cosmos.write(value).await,
            Target::Kafka(kafka) => match texts(value) {
                Ok(texts) => kafka.send(texts).await,
                Err(error) => Err(error.into()),
            },
            Target::Http => Ok(()),
            Target::NotWritten(kind) => {
                let problem = format!("this host does not write the type {} yet", kind.name());
                Err(WriteError::Value(problem))
            }
        };
        result.map_err(|reason| OutputError {
            binding: self.name.clone(),
            reason,
        })
    }
}

/// The entries of an array, or the value alone, each as a text: objects are JSON on many lines. A
/// string stands for the JSON in it.
fn texts(value: &RawValue) -> serde_json::Result<Vec<String>> {
    let value = serde_json::from_str(value.get())?;
    let value = match &value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text)?
        }
        _ => value,
    };
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        value => serde_json::to_string_pretty(&value),
    };
    values.into_iter().map(text).collect()
}

/// Writes all outputs side by side. When one fails the others are written all the same: there is no
/// transaction, here as on Azure.
pub(crate) async fn write(
    outputs: &[Output],
    answer: &Answer<'_>,
    context: &Context<'_>,
) -> Result<(), OutputError> {
    let writes = outputs.iter().filter_map(|output| {
        let value = answer.output(&output.name)?;
        Some(output.write(value, context))
    });
    join_all(writes).await.into_iter().collect()
}
