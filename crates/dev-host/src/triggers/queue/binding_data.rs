//! What the queue trigger tells about its event.

use serde_json::{Value, json};

use crate::{
    expressions::BindingData,
    storage_queue::Message,
    triggers::{date_time_offset, json_fields, system},
};

/// The binding data of a message: what expressions can name, and what becomes the `Metadata`.
///
/// The fields of a message that is a JSON object are part of it.
pub(super) fn of(message: &Message, function: &str) -> BindingData {
    let date = |time: Option<_>| json!(time.and_then(date_time_offset));
    let mut data: BindingData = [
        ("QueueTrigger", Value::from(message.text.as_str())),
        ("DequeueCount", message.dequeue_count.into()),
        ("ExpirationTime", date(message.expires)),
        ("Id", message.id.as_str().into()),
        ("InsertionTime", date(message.inserted)),
        ("NextVisibleTime", date(message.next_visible)),
        ("PopReceipt", message.pop_receipt.as_str().into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    json_fields::add(&mut data, &message.text);
    data
}
