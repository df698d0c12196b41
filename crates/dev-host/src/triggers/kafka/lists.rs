//! Cardinality MANY: the messages of all partitions that arrive within a while are one invocation.
//!
//! There is one invocation at a time. Messages that arrive meanwhile wait for the next one.

use std::sync::Arc;

use rdkafka::consumer::Consumer as _;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    KafkaTrigger, Received,
    attempts::{End, Finished},
    batch::Batch,
    consumer::Trouble,
    partition::MOST_WAITING_BYTES,
};
use crate::triggers::Runtime;

/// The messages that wait, and those being handled.
#[derive(Default)]
struct Progress {
    waiting: Batch,
    /// When the waiting messages are handled, however few they are.
    due: Option<Instant>,
    in_hand: JoinSet<Finished>,
    /// Whether librdkafka has been told to pause.
    paused: bool,
    trouble: Trouble,
}

impl KafkaTrigger {
    /// Consumes until it is dropped, which also ends the messages being handled.
    pub(super) async fn run_lists(self, runtime: Runtime) {
        let mut progress = Progress::default();
        self.note(
            &mut progress.trouble,
            self.consumer.subscribe(&[&self.topic]),
        );
        loop {
            let due = progress.due;
            tokio::select! {
                received = self.consumer.recv() => {
                    let received = received.map(|message| Received::new(&message));
                    if let Some(message) = self.note(&mut progress.trouble, received) {
                        self.add(&mut progress, message);
                    }
                }
                Some(Ok(finished)) = progress.in_hand.join_next() => {
                    if finished.end == End::HandlerGone {
                        // The host is about to stop, and commits nothing any more.
                        return std::future::pending().await;
                    }
                    self.settle(&mut progress, &finished);
                }
                () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                    progress.due = None;
                }
            }
            self.begin(&mut progress, &runtime);
        }
    }

    fn add(&self, progress: &mut Progress, message: Received) {
        let Some(lease) = self.assignment.lease(message.partition) else {
            return;
        };
        self.assignment.reached();
        progress.trouble = Trouble::default();
        if progress.waiting.is_empty() {
            progress.due = Some(Instant::now() + self.longest_wait);
        }
        progress.waiting.push(message, lease);
        let is_full = progress.waiting.len() >= self.most_waiting
            || progress.waiting.bytes() >= MOST_WAITING_BYTES;
        if is_full && !progress.paused {
            self.hold(progress, true);
        }
    }

    /// Starts an invocation if the messages have waited long enough or are enough.
    fn begin(&self, progress: &mut Progress, runtime: &Runtime) {
        progress.waiting.forget_revoked();
        let is_due = progress.due.is_none() || progress.paused;
        if !progress.in_hand.is_empty() || progress.waiting.is_empty() || !is_due {
            return;
        }
        let batch = progress.waiting.take(self.most_waiting);
        let work = Arc::clone(&self.work);
        progress.in_hand.spawn(work.process(runtime.clone(), batch));
        progress.due = None;
        if progress.paused && progress.waiting.is_empty() {
            self.hold(progress, false);
        }
    }

    fn settle(&self, progress: &mut Progress, finished: &Finished) {
        if finished.end == End::Settled {
            for (partition, offset) in finished.batch.offsets() {
                let committed = self.commit(partition, offset);
                self.note(&mut progress.trouble, committed);
            }
        }
    }

    /// Pauses or resumes delivery for all partitions.
    fn hold(&self, progress: &mut Progress, paused: bool) {
        let result = self.hold_all(paused);
        self.note(&mut progress.trouble, result);
        progress.paused = paused;
    }
}
