//! The leader epoch of a message, which rdkafka has no safe function for.

use rdkafka::{bindings::rd_kafka_message_leader_epoch, message::BorrowedMessage};

/// The epoch of the partition's leader; `None` from brokers that do not send it.
#[expect(
    unsafe_code,
    reason = "rdkafka does not wrap this function of librdkafka"
)]
pub(super) fn leader_epoch(message: &BorrowedMessage<'_>) -> Option<i32> {
    // SAFETY: the pointer is that of a message which is borrowed for the length of the call, and
    // the function only reads it.
    let epoch = unsafe { rd_kafka_message_leader_epoch(message.ptr()) };
    (epoch >= 0).then_some(epoch)
}
