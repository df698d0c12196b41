//! The value for a function: one message or a list, as bytes or as text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{Received, batch::Batch, binding_data};
use crate::{
    expressions::BindingData, payload::Payload, script_root::Binding, triggers::json_fields,
};

/// How the messages of an invocation are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// A list, even for one message.
    pub(super) many: bool,
    /// Everything about a message in a text, which loses bytes that are not UTF-8.
    text: bool,
}

impl Form {
    /// Reads the form. Without a cardinality a custom handler gets one message at a time, and
    /// without a data type it gets text, whatever the documentation says.
    pub(super) fn read(binding: &Binding) -> Result<Self, String> {
        let cardinality = binding.text("cardinality").unwrap_or("ONE");
        let many = cardinality.eq_ignore_ascii_case("MANY");
        if !many && !cardinality.eq_ignore_ascii_case("ONE") {
            return Err(format!(
                "cardinality is {cardinality}, but must be ONE or MANY"
            ));
        }
        let data_type = binding.text("dataType").unwrap_or("string");
        let text = !data_type.eq_ignore_ascii_case("binary");
        if text && !data_type.eq_ignore_ascii_case("string") {
            return Err(format!(
                "dataType is {data_type}, but must be binary or string"
            ));
        }
        Ok(Self { many, text })
    }

    /// The binding data of an invocation: the values for expressions, and the `Metadata`.
    pub(super) fn data(self, batch: &Batch, function: &str) -> BindingData {
        match batch.messages().next() {
            Some(message) if !self.many => {
                let mut data = binding_data::of(message, function);
                if self.text {
                    json_fields::add(&mut data, &binding_data::envelope(message));
                }
                data
            }
            _ => binding_data::of_many(batch, function),
        }
    }

    pub(super) fn payload(self, binding: &str, batch: &Batch, data: &BindingData) -> Payload {
        match batch.messages().next() {
            Some(message) if !self.many && self.text => {
                Payload::text(binding, &binding_data::envelope(message), data)
            }
            Some(message) if !self.many => Payload::slice(binding, message.bytes(), data),
            _ => {
                let values = batch.messages().map(|message| self.item(message));
                Payload::json(binding, &values.collect(), data)
            }
        }
    }

    /// A message in a list.
    fn item(self, message: &Received) -> Value {
        if self.text {
            binding_data::envelope(message).into()
        } else {
            STANDARD.encode(message.bytes()).into()
        }
    }
}
