//! The inputs of a function: values in addition to that of its trigger.

mod blob;
mod cosmos;

use futures::future::try_join_all;
use serde_json::Value;

use crate::{
    cosmos_container::ContainerError,
    expressions::{BindingData, ExpressionError},
    log::root_cause,
    script_root::{Binding, BindingType, ConfigurationError, Function, Settings},
};
use blob::BlobInput;
pub(crate) use cosmos::CosmosInput;

/// An input that could not be read. It fails the invocation before the handler is called.
#[derive(Debug, thiserror::Error)]
#[error("the input {binding} cannot be read: {reason}")]
pub(crate) struct InputError {
    binding: String,
    reason: ReadError,
}

/// Why one value could not be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("{0}")]
    Value(String),
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    #[error("{}", root_cause(.0))]
    Storage(#[from] azure_core::Error),
    #[error(transparent)]
    Connection(#[from] connections::ConnectionError),
    #[error(transparent)]
    Container(#[from] ContainerError),
    #[error(transparent)]
    Cosmos(#[from] azure_data_cosmos::CosmosError),
}

/// An input binding, ready to be read.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) source: Source,
}

/// The source of an input.
pub(crate) enum Source {
    Blob(BlobInput),
    Cosmos(CosmosInput),
}

impl Input {
    /// Creates the inputs of a function. Fails for a binding that this host cannot read.
    pub(crate) fn all(
        function: &Function,
        settings: &Settings,
    ) -> Result<Vec<Self>, ConfigurationError> {
        let make = |binding: &Binding| {
            Self::new(binding, settings).map_err(|problem| {
                let name = &binding.name;
                ConfigurationError::file(&function.file, format!("the input {name}: {problem}"))
            })
        };
        function.inputs.iter().map(make).collect()
    }

    fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let source = match binding.kind {
            BindingType::Blob => Source::Blob(BlobInput::new(binding, settings)?),
            BindingType::CosmosDb => Source::Cosmos(CosmosInput::new(binding, settings)?),
            kind => return Err(format!("this host cannot read the type {}", kind.name())),
        };
        Ok(Self {
            name: binding.name.clone(),
            source,
        })
    }

    /// The value in the form in which the host writes it into the invocation.
    async fn read(&self, data: &BindingData) -> Result<Value, InputError> {
        let result = match &self.source {
            Source::Blob(blob) => blob.read(data).await,
            Source::Cosmos(cosmos) => cosmos.read(data).await,
        };
        result.map_err(|reason| InputError {
            binding: self.name.clone(),
            reason,
        })
    }
}

/// Reads all inputs in parallel.
pub(crate) async fn read<'a>(
    inputs: &'a [Input],
    data: &BindingData,
) -> Result<Vec<(&'a str, Value)>, InputError> {
    let reads = inputs
        .iter()
        .map(async |input| Ok((input.name.as_str(), input.read(data).await?)));
    try_join_all(reads).await
}
