//! One partition: its waiting messages, and whether one is being handled.

use std::collections::VecDeque;

use tokio_util::sync::CancellationToken;

use super::Received;

/// How many bytes of one partition may wait in memory before delivery is paused.
pub(super) const MOST_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// A partition that has had messages.
#[derive(Debug, Default)]
pub(super) struct Partition {
    /// The lease under which the waiting messages arrived.
    lease: CancellationToken,
    waiting: VecDeque<Received>,
    /// Whether a message is being handled. There is at most one, whatever happens to the lease, to
    /// keep the order.
    pub(super) in_hand: bool,
    /// Whether librdkafka has been told to pause.
    pub(super) paused: bool,
}

impl Partition {
    /// Appends a message. Those of an earlier lease are dropped, because the partition may have
    /// belonged to another host since then, and uncommitted messages come again.
    pub(super) fn push(&mut self, message: Received, lease: CancellationToken) {
        self.forget_revoked();
        self.lease = lease;
        self.waiting.push_back(message);
    }

    /// The message to handle now, with its lease. From here on it is being handled.
    pub(super) fn next(&mut self) -> Option<(Received, CancellationToken)> {
        self.forget_revoked();
        if self.in_hand {
            return None;
        }
        let message = self.waiting.pop_front()?;
        self.in_hand = true;
        Some((message, self.lease.clone()))
    }

    pub(super) fn is_full(&self, most_waiting: usize) -> bool {
        let bytes: usize = self.waiting.iter().map(Received::length).sum();
        self.waiting.len() >= most_waiting || bytes >= MOST_WAITING_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn forget_revoked(&mut self) {
        if self.lease.is_cancelled() {
            self.waiting.clear();
            // A partition that is assigned again is not paused.
            self.paused = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message(offset: i64) -> Received {
        Received {
            topic: "images".into(),
            partition: 0,
            offset,
            key: None,
            value: Some(Bytes::from_static(b"x")),
            headers: Vec::new(),
            timestamp: None,
            leader_epoch: None,
        }
    }

    fn next(partition: &mut Partition) -> Option<i64> {
        partition.next().map(|(message, _)| message.offset)
    }

    #[test]
    fn messages_are_taken_in_order_and_one_at_a_time() {
        let mut partition = Partition::default();
        let lease = CancellationToken::new();
        for offset in [1, 2] {
            partition.push(message(offset), lease.clone());
        }
        assert_eq!(next(&mut partition), Some(1));
        assert_eq!(next(&mut partition), None);
        partition.in_hand = false;
        assert_eq!(next(&mut partition), Some(2));
        assert!(partition.is_empty());
    }

    #[test]
    fn what_waits_is_forgotten_with_its_lease_and_the_one_in_hand_is_waited_for() {
        let mut partition = Partition::default();
        let (old, new) = (CancellationToken::new(), CancellationToken::new());
        for offset in [1, 2] {
            partition.push(message(offset), old.clone());
        }
        assert_eq!(next(&mut partition), Some(1));
        old.cancel();
        partition.push(message(1), new);
        assert_eq!(next(&mut partition), None);
        partition.in_hand = false;
        assert_eq!(next(&mut partition), Some(1));
        partition.in_hand = false;
        assert_eq!(next(&mut partition), None);
    }

    #[test]
    fn messages_and_bytes_fill_a_partition() {
        let mut partition = Partition::default();
        partition.push(message(1), CancellationToken::new());
        assert!(partition.is_full(1));
        assert!(!partition.is_full(2));
        let mut large = message(2);
        large.value = Some(vec![0; MOST_WAITING_BYTES].into());
        partition.push(large, CancellationToken::new());
        assert!(partition.is_full(100));
    }
}
