//! Takes messages from the broker, and commits the finished ones.

use std::{collections::HashMap, sync::Arc};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{CommitMode, Consumer as _},
    error::KafkaResult,
};
use tokio::task::JoinSet;

use super::{
    KafkaTrigger, Received,
    attempts::{End, Finished},
    batch::Batch,
    partition::Partition,
};
use crate::triggers::Runtime;

/// The messages that are being handled and those that wait.
#[derive(Default)]
struct Progress {
    partitions: HashMap<i32, Partition>,
    in_hand: JoinSet<Finished>,
    trouble: Trouble,
}

/// The last trouble that was logged. One line about lasting trouble is enough.
#[derive(Default)]
pub(super) struct Trouble(Option<String>);

impl KafkaTrigger {
    /// Consumes until it is dropped, which also ends the messages being handled.
    pub(in crate::triggers) async fn run(self, runtime: Runtime) {
        if self.work.form.many {
            return self.run_lists(runtime).await;
        }
        let mut progress = Progress::default();
        self.note(
            &mut progress.trouble,
            self.consumer.subscribe(&[&self.topic]),
        );
        loop {
            tokio::select! {
                received = self.consumer.recv() => {
                    let received = received.map(|message| Received::new(&message));
                    if let Some(message) = self.note(&mut progress.trouble, received) {
                        self.receive(&mut progress, &runtime, message);
                    }
                }
                Some(Ok(finished)) = progress.in_hand.join_next() => {
                    self.finish(&mut progress, &runtime, &finished);
                }
            }
        }
    }

    fn receive(&self, progress: &mut Progress, runtime: &Runtime, message: Received) {
        let number = message.partition;
        let Some(lease) = self.assignment.lease(number) else {
            return;
        };
        self.assignment.reached();
        progress.trouble = Trouble::default();
        progress
            .partitions
            .entry(number)
            .or_default()
            .push(message, lease);
        self.go_on(progress, runtime, number);
    }

    fn finish(&self, progress: &mut Progress, runtime: &Runtime, finished: &Finished) {
        // The host is about to stop. The message stays in progress, so that none after it is
        // started.
        if finished.end == End::HandlerGone {
            return;
        }
        if finished.end == End::Settled {
            for (partition, offset) in finished.batch.offsets() {
                let committed = self.commit(partition, offset);
                self.note(&mut progress.trouble, committed);
            }
        }
        for message in finished.batch.messages() {
            let number = message.partition;
            progress.partitions.entry(number).or_default().in_hand = false;
            self.go_on(progress, runtime, number);
        }
    }

    /// Starts the next message of a partition if none is being handled, and pauses librdkafka if
    /// more messages than allowed wait.
    fn go_on(&self, progress: &mut Progress, runtime: &Runtime, number: i32) {
        let partition = progress.partitions.entry(number).or_default();
        if let Some((message, lease)) = partition.next() {
            let work = Arc::clone(&self.work);
            progress
                .in_hand
                .spawn(work.process(runtime.clone(), Batch::one(message, lease)));
        }
        let paused = partition.paused;
        if !paused && partition.is_full(self.most_waiting) {
            partition.paused = true;
            let result = self.consumer.pause(&self.list(number));
            self.note(&mut progress.trouble, result);
        } else if paused && partition.is_empty() {
            partition.paused = false;
            let result = self.consumer.resume(&self.list(number));
            self.note(&mut progress.trouble, result);
        }
    }

    /// Commits everything up to and including this offset.
    pub(super) fn commit(&self, partition: i32, offset: i64) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(offset + 1))?;
        self.consumer.commit(&list, CommitMode::Async)
    }

    fn list(&self, partition: i32) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, partition);
        list
    }

    /// Pauses or resumes delivery for all partitions that belong to this host.
    pub(super) fn hold_all(&self, paused: bool) -> KafkaResult<()> {
        let assigned = self.consumer.assignment()?;
        if paused {
            self.consumer.pause(&assigned)
        } else {
            self.consumer.resume(&assigned)
        }
    }

    pub(super) fn note<T>(&self, trouble: &mut Trouble, result: KafkaResult<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let problem = error.to_string();
                if trouble.0.as_ref() != Some(&problem) {
                    let function = &self.work.function.name;
                    tracing::error!("'Functions.{function}' and Kafka: {problem}");
                    trouble.0 = Some(problem);
                }
                None
            }
        }
    }
}
