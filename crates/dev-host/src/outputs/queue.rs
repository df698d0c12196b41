//! The queue output: a message, or one for each entry of an array.

use connections::StorageConnection;

use super::{Context, WriteError, entries, text};
use crate::{
    expressions::Template,
    json_net::{Json, looks_like_json},
    script_root::{Binding, Settings},
    storage_queue::StorageQueue,
};

/// A queue output binding.
pub(crate) struct QueueOutput {
    name: Template,
    is_binary: bool,
    account: StorageConnection,
}

impl QueueOutput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let name = binding
            .text("queueName")
            .filter(|name| !name.is_empty())
            .ok_or("queueName is missing")?;
        let connection = binding.connection("AzureWebJobsStorage");
        Ok(Self {
            name: Template::parse(name).map_err(|error| error.to_string())?,
            is_binary: text::is_binary(binding),
            account: StorageConnection::from_settings(connection, settings.lookup())
                .map_err(|error| error.to_string())?,
        })
    }

    pub(super) async fn write(
        &self,
        value: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<(), WriteError> {
        // The host writes the names of queues in lower case.
        let name = self.name.resolve(context.data)?.to_lowercase();
        let queue = StorageQueue::new(&self.account, &name).map_err(WriteError::Value)?;
        for message in messages(value, self.is_binary)? {
            queue.send(message).await?;
        }
        Ok(())
    }
}

/// The messages of a value. Only a string that is the whole value is decoded from base64; objects
/// become JSON on many lines.
fn messages(value: &Json<'_>, is_binary: bool) -> Result<Vec<Vec<u8>>, WriteError> {
    if let Json::Text(text) = value
        && !looks_like_json(text)
    {
        return Ok(vec![text::to_bytes(text, is_binary)]);
    }
    let entries = entries(value)?;
    Ok(entries
        .iter()
        .map(|entry| entry.to_text().into_bytes())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_net::{DEFAULT_DEPTH, parse};

    #[track_caller]
    fn assert_messages(json: &str, expected: &[&str]) {
        let value = parse(json, DEFAULT_DEPTH).unwrap().unwrap();
        let messages = messages(&value, false).unwrap();
        assert!(
            messages
                .iter()
                .eq(expected.iter().map(|text| text.as_bytes())),
            "{json}"
        );
    }

    #[test]
    fn an_array_is_many_messages() {
        assert_messages(
            r#"["aGVsbG8=", {"a": 1}]"#,
            &["aGVsbG8=", "{\n  \"a\": 1\n}"],
        );
        assert_messages("[]", &[]);
    }

    #[test]
    fn everything_else_is_one() {
        assert_messages(r#""aGVsbG8=""#, &["hello"]);
        assert_messages(r#""{\"a\":1}""#, &["{\n  \"a\": 1\n}"]);
        assert_messages(r#""2026-11-27T10:00:00.000Z""#, &["11/27/2026 10:00:00"]);
        assert_messages("5", &["5"]);
    }
}
