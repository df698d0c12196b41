//! The Kafka trigger. Partitions are handled in parallel, and the messages of each in order and one
//! at a time. With the cardinality MANY, all messages that arrive within a while are one list.
//!
//! An offset is committed only after the outcome of its message is known, and only while the
//! partition still belongs to this host. So a host that is killed at any moment, or that loses a
//! partition to another, leaves nothing behind except messages that are delivered again.

mod assignment;
mod attempts;
mod batch;
mod binding_data;
mod connection;
mod consumer;
mod leader_epoch;
mod lists;
mod message;
mod partition;
mod value;

use std::{sync::Arc, time::Duration};

use rdkafka::{config::FromClientConfigAndContext as _, consumer::StreamConsumer};

use super::required;
use crate::{
    invocation::RunnableFunction,
    script_root::{Function, RetryPolicy, ScriptRoot},
};
use assignment::Assignment;
pub(crate) use connection::{client_config, setting_of_brokers};
use message::Received;
use value::Form;

/// The Kafka trigger of one function.
pub(crate) struct KafkaTrigger {
    consumer: StreamConsumer<Assignment>,
    assignment: Assignment,
    topic: String,
    /// How many messages of one partition may wait in memory, and how many make up a list.
    most_waiting: usize,
    /// How long an incomplete list waits for more messages.
    longest_wait: Duration,
    work: Arc<Work>,
}

/// What to do with each message.
pub(crate) struct Work {
    pub(super) function: RunnableFunction,
    binding: String,
    form: Form,
    retry: Option<RetryPolicy>,
    /// How often a failed message is tried again at once, each time with the whole retry policy;
    /// `None` means forever.
    retries_in_place: Option<u32>,
}

impl KafkaTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let form = Form::read(binding)?;
        let kafka = &root.host.kafka;
        let config = connection::consumer_config(binding, &root.settings, kafka)?;
        let assignment = Assignment::new(&function.name);
        let consumer = StreamConsumer::from_config_and_context(&config, assignment.clone())
            .map_err(|error| format!("no Kafka consumer can be created: {error}"))?;
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
            longest_wait: Duration::from_secs(kafka.subscriber_interval_in_seconds.into()),
            work: Arc::new(Work {
                function: runnable,
                binding: binding.name.clone(),
                form,
                retry: function.retry.clone(),
                retries_in_place,
            }),
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.work.function
    }

    /// The processing of messages, without the messages.
    pub(super) fn shared(&self) -> Arc<Work> {
        Arc::clone(&self.work)
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }
}
