//! The binding data of the queue trigger.

use azure_core::time::OffsetDateTime;
use serde_json::{Value, json};

use crate::{
    expressions::BindingData,
    storage_queue::Message,
    triggers::{date_time_offset, json_fields, system},
};

/// The binding data of a message: the values for expressions, and the `Metadata`.
///
/// If a message is a JSON object, its fields are included.
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

/// The latest date of .NET, which means never.
const NEVER: &str = "9999-12-31T23:59:59+00:00";

/// The binding data for a text of a call by hand.
pub(super) fn by_hand(message: &Message, binding: &str, function: &str) -> BindingData {
    let now = OffsetDateTime::now_utc();
    let mut data: BindingData = [
        ("DequeueCount", Value::from(0)),
        ("ExpirationTime", NEVER.into()),
        ("InsertionTime", json!(date_time_offset(now))),
        ("NextVisibleTime", NEVER.into()),
        (binding, message.text.as_str().into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    json_fields::add(&mut data, &message.text);
    data
}
