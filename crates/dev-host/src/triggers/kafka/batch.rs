//! The messages of one invocation.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::Received;

/// One message or several, each with the lease of its partition.
#[derive(Debug, Default)]
pub(super) struct Batch(Vec<(Received, CancellationToken)>);

impl Batch {
    pub(super) fn one(message: Received, lease: CancellationToken) -> Self {
        Self(vec![(message, lease)])
    }

    pub(super) fn push(&mut self, message: Received, lease: CancellationToken) {
        self.0.push((message, lease));
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &Received> {
        self.0.iter().map(|(message, _)| message)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The size of its values in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.messages().map(Received::length).sum()
    }

    /// Takes up to `most` messages out, the oldest first.
    pub(super) fn take(&mut self, most: usize) -> Self {
        Self(self.0.drain(..most.min(self.0.len())).collect())
    }

    /// Drops the messages whose partitions belong to another host by now, which gets them again.
    pub(super) fn forget_revoked(&mut self) {
        self.0.retain(|(_, lease)| !lease.is_cancelled());
    }

    /// Whether all partitions belong to another host by now.
    pub(super) fn is_revoked(&self) -> bool {
        self.0.iter().all(|(_, lease)| lease.is_cancelled())
    }

    /// Completes when all partitions belong to another host.
    pub(super) async fn revoked(&self) {
        for (_, lease) in &self.0 {
            lease.cancelled().await;
        }
    }

    /// The newest offset of each partition that still belongs to this host.
    pub(super) fn offsets(&self) -> BTreeMap<i32, i64> {
        let held = self.0.iter().filter(|(_, lease)| !lease.is_cancelled());
        held.map(|(message, _)| (message.partition, message.offset))
            .collect()
    }

    /// `images [0] @ 12`, as Kafka's tools write it, and how many messages follow.
    pub(super) fn place(&self) -> String {
        let first = self.messages().next().map(Received::place);
        let first = first.unwrap_or_default();
        match self.len() {
            0 | 1 => first,
            more => format!("{first} and {} more", more - 1),
        }
    }
}
