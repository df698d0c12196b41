//! The answer to an invocation.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{HttpResponse, InvalidOutput, OutputProblem, check};

/// What the host is to write to the function's output bindings, and what it is to log.
///
/// The answer is never empty, because the host would then wait for its function time-out. An output that is not named
/// is not written. The host writes outputs in parallel after the answer, without a transaction: one may fail when
/// others are written, and then the whole event comes again.
///
/// A value that the host would change on the way is an error at once, [`InvalidOutput`], or is sent in a form that the
/// host does not change. A binding is named by its `name` in function.json, in the same case. The binding `$return` is
/// the function's return value.
#[derive(Clone, Debug, Default)]
#[must_use = "an answer does nothing until it is returned"]
pub struct Outputs {
    pub(crate) outputs: Vec<(String, Output)>,
    pub(crate) logs: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Output {
    Bytes(Bytes),
    Record(Value),
    Http(Value),
    Value(Value),
}

/// The kind of value that an answer gives to each binding, as an extension of the response.
#[derive(Clone, Debug)]
pub(crate) struct Written(pub(crate) Vec<(String, Kind)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes,
    Record,
    Http,
    Value,
}

impl Written {
    pub(crate) fn by(answer: &Outputs) -> Self {
        let kind = |output: &Output| match output {
            Output::Bytes(_) => Kind::Bytes,
            Output::Record(_) => Kind::Record,
            Output::Http(_) => Kind::Http,
            Output::Value(_) => Kind::Value,
        };
        let outputs = answer.outputs.iter();
        Self(
            outputs
                .map(|(binding, output)| (binding.clone(), kind(output)))
                .collect(),
        )
    }
}

impl Outputs {
    /// An answer that writes and logs nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes bytes to a blob or queue output. The host decodes base64 only for a binding
    /// *without* `dataType` in function.json; with `"dataType": "binary"` it would write the
    /// base64 text itself.
    pub fn bytes(self, binding: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.set(binding.into(), Output::Bytes(bytes.into()))
    }

    /// Writes a text to a blob or queue output. It is sent as bytes, because the host would decode a text that is valid
    /// base64, such as `test`, and rewrite one that is a date or JSON. For a queue the host encodes it as base64, like
    /// every message.
    pub fn text(self, binding: impl Into<String>, text: impl Into<String>) -> Self {
        self.bytes(binding, text.into())
    }

    /// Writes the JSON text of a value to a blob or queue output, as bytes like [`text`](Self::text).
    ///
    /// # Errors
    ///
    /// The value has no JSON text.
    pub fn json_text(
        self,
        binding: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, InvalidOutput> {
        let binding = binding.into();
        match serde_json::to_vec(value) {
            Ok(text) => Ok(self.bytes(binding, text)),
            Err(error) => Err(OutputProblem::Json(error).of(binding)),
        }
    }

    /// Puts several texts into a queue, each as a separate message.
    ///
    /// # Errors
    ///
    /// One of them is a date, and the host would rewrite it.
    pub fn messages<T: Into<String>>(
        self,
        binding: impl Into<String>,
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Self, InvalidOutput> {
        let binding = binding.into();
        let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        match check::messages(&texts) {
            Ok(()) => Ok(self.set(binding, Output::Value(json!(texts)))),
            Err(problem) => Err(problem.of(binding)),
        }
    }

    /// Upserts a document to a `cosmosDB` output.
    ///
    /// Numbers are doubles in Cosmos DB, which rounds the last digits of an integer beyond 2^53, however it is written.
    ///
    /// # Errors
    ///
    /// The host would rewrite one of its texts, or the document is nested too deeply, or the database would refuse it
    /// because it has no `id` or is larger than 2 MiB.
    pub fn record(
        self,
        binding: impl Into<String>,
        document: &impl Serialize,
    ) -> Result<Self, InvalidOutput> {
        let binding = binding.into();
        match check::record(document, Vec::new()) {
            Ok(document) => Ok(self.set(binding, Output::Record(document))),
            Err(problem) => Err(problem.of(binding)),
        }
    }

    /// Upserts several documents to a `cosmosDB` output, as [`record`](Self::record) does.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record), for any of them.
    pub fn records<T: Serialize>(
        self,
        binding: impl Into<String>,
        documents: impl IntoIterator<Item = T>,
    ) -> Result<Self, InvalidOutput> {
        let documents = documents.into_iter().enumerate();
        let checked: Result<Vec<_>, _> = documents
            .map(|(index, document)| check::record(&document, vec![index.to_string()]))
            .collect();
        match checked {
            Ok(documents) => Ok(self.set(binding.into(), Output::Record(documents.into()))),
            Err(problem) => Err(problem.of(binding)),
        }
    }

    /// Answers the client of an HTTP function.
    ///
    /// # Errors
    ///
    /// The body or a header is a date, which the host would rewrite, or the status is not a valid one.
    pub fn http(
        self,
        binding: impl Into<String>,
        response: HttpResponse,
    ) -> Result<Self, InvalidOutput> {
        match response.checked() {
            Ok(value) => Ok(self.set(binding.into(), Output::Http(value))),
            Err(problem) => Err(problem.of(binding)),
        }
    }

    /// Writes a JSON value to an output of any other kind, for example `kafka`.
    ///
    /// # Errors
    ///
    /// The host would change it: a text that is valid base64 or a date, a number, a boolean or null, and within objects
    /// and lists anything that it changes in documents.
    pub fn value(self, binding: impl Into<String>, value: Value) -> Result<Self, InvalidOutput> {
        match check::value(&value) {
            Ok(()) => Ok(self.set(binding.into(), Output::Value(value))),
            Err(problem) => Err(problem.of(binding)),
        }
    }

    /// Adds a line to the host's log. The host discards the lines of a failed invocation.
    pub fn log(mut self, line: impl Into<String>) -> Self {
        self.logs.push(line.into());
        self
    }

    /// Sets the value of an output. If it is set twice, the last value counts.
    fn set(mut self, binding: String, output: Output) -> Self {
        self.outputs.retain(|(other, _)| *other != binding);
        self.outputs.push((binding, output));
        self
    }
}

impl OutputProblem {
    fn of(self, binding: impl Into<String>) -> InvalidOutput {
        InvalidOutput {
            binding: binding.into(),
            problem: self,
        }
    }
}
