//! The Kafka trigger, cardinality ONE: partitions side by side, the messages of each in their order.
//!
//! An offset is committed only after the outcome of its message is known, and only while the
//! partition is still this host's. A host that is killed at any moment, and one that loses a
//! partition to another, therefore leaves nothing behind but messages that are delivered again.

mod assignment;
mod attempts;
mod binding_data;
mod connection;
mod consumer;
mod leader_epoch;
mod message;
mod partition;

use std::sync::Arc;

use rdkafka::{config::FromClientConfigAndContext as _, consumer::StreamConsumer};

use super::required;
use crate::{
    invocation::RunnableFunction,
    script_root::{Binding, Function, RetryPolicy, ScriptRoot},
};
use assignment::Assignment;
pub(crate) use connection::setting_of_brokers;
use message::Received;

/// Whether this host runs a trigger of this form: one message for each invocation, in bytes.
pub(super) fn is_known(binding: &Binding) -> bool {
    let is = |property: &str, wanted: &str, default: &str| {
        let value = binding.text(property).unwrap_or(default);
        value.eq_ignore_ascii_case(wanted)
    };
    // Without a cardinality a custom handler gets one message at a time, whatever the
    // documentation says.
    is("cardinality", "ONE", "ONE") && is("dataType", "binary", "string")
}

/// The Kafka trigger of one function.
pub(crate) struct KafkaTrigger {
    consumer: StreamConsumer<Assignment>,
    assignment: Assignment,
    topic: String,
    /// How many messages of one partition may wait in memory.
    most_waiting: usize,
    work: Arc<Work>,
}

/// What is to be done with each message.
struct Work {
    function: RunnableFunction,
    binding: String,
    retry: Option<RetryPolicy>,
    /// How often a failed message is tried again at once, each time with the whole retry policy;
    /// `None` is for ever.
    retries_in_place: Option<u32>,
}

impl KafkaTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let kafka = &root.host.kafka;
        let config = connection::consumer_config(binding, &root.settings, kafka)?;
        let assignment = Assignment::new(&function.name);
        let consumer = StreamConsumer::from_config_and_context(&config, assignment.clone())
            .map_err(|error| format!("no Kafka consumer can be made: {error}"))?;
        let retries_in_place = if kafka.commit_on_failure {
            Some(0)
        } else {
            // -1 stands for no limit.
            u32::try_from(kafka.max_retries).ok()
        };
        Ok(Self {
            consumer,
            assignment,
            topic: required(binding, "topic")?.to_owned(),
            most_waiting: kafka.max_batch_size,
            work: Arc::new(Work {
                function: runnable,
                binding: binding.name.clone(),
                retry: function.retry.clone(),
                retries_in_place,
            }),
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.work.function
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }
}
