//! The partitions that belong to this host at the moment.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rdkafka::{
    ClientContext, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
};
use tokio_util::sync::CancellationToken;

/// The assignment, which librdkafka changes while the consumer is polled.
#[derive(Clone)]
pub(super) struct Assignment(Arc<Shared>);

struct Shared {
    function: String,
    /// A lease for each partition. It is cancelled when the partition is taken away.
    leases: Mutex<HashMap<i32, CancellationToken>>,
    /// Whether no broker could be reached the last time.
    unreachable: AtomicBool,
}

impl Assignment {
    pub(super) fn new(function: &str) -> Self {
        Self(Arc::new(Shared {
            function: function.to_owned(),
            leases: Mutex::default(),
            unreachable: AtomicBool::new(false),
        }))
    }

    /// The lease of a partition; `None` if it belongs to another host.
    pub(super) fn lease(&self, partition: i32) -> Option<CancellationToken> {
        self.leases().get(&partition).cloned()
    }

    /// Notes that a broker has been reached.
    pub(super) fn reached(&self) {
        if self.0.unreachable.swap(false, Ordering::Relaxed) {
            tracing::info!(
                "'Functions.{}' is connected to Kafka again",
                self.0.function
            );
        }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<i32, CancellationToken>> {
        // No code that holds the lock can panic in the middle of a change.
        self.0.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Assignment {
    fn error(&self, error: KafkaError, reason: &str) {
        // librdkafka reports every connection that breaks, and repairs it itself.
        let lasting = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        if !lasting {
            tracing::debug!("{error}: {reason}");
        } else if !self.0.unreachable.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "'Functions.{}' cannot reach Kafka: {reason}",
                self.0.function
            );
        }
    }
}

impl ConsumerContext for Assignment {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let function = &self.0.function;
        let mut leases = self.leases();
        match rebalance {
            Rebalance::Assign(partitions) => {
                self.reached();
                let numbers = numbers(partitions);
                tracing::info!("'Functions.{function}' is assigned the partitions {numbers:?}");
                leases.extend(
                    numbers
                        .into_iter()
                        .map(|partition| (partition, CancellationToken::new())),
                );
            }
            Rebalance::Revoke(partitions) => {
                let numbers = numbers(partitions);
                tracing::info!("'Functions.{function}' gives up the partitions {numbers:?}");
                for lease in numbers
                    .iter()
                    .filter_map(|partition| leases.remove(partition))
                {
                    lease.cancel();
                }
            }
            Rebalance::Error(error) => {
                tracing::error!("'Functions.{function}' gets no partitions: {error}");
            }
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            // They may have been paused when they belonged to this host before.
            if let Err(error) = consumer.resume(partitions) {
                let function = &self.0.function;
                tracing::error!("'Functions.{function}' cannot resume its partitions: {error}");
            }
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::warn!(
                "'Functions.{}' could not commit an offset, so messages may come again: {error}",
                self.0.function
            );
        }
    }
}

fn numbers(partitions: &TopicPartitionList) -> Vec<i32> {
    let mut numbers: Vec<_> = partitions
        .elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect();
    numbers.sort_unstable();
    numbers
}
