//! What tests ask a cluster, and the topics that they make.

use std::{fs, time::Duration};

use rdkafka::{
    Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
    error::KafkaResult,
    groups::{GroupInfo, GroupMemberInfo},
    metadata::Metadata,
};
use tokio::task::spawn_blocking;

use super::ApacheKafka;
use crate::support::eventually;

/// How long one request to the cluster may take.
const ANSWER: Duration = Duration::from_secs(5);

impl ApacheKafka {
    /// Whether every node has joined.
    pub(super) async fn is_whole(&self) -> bool {
        let metadata = self.metadata(None).await;
        metadata.is_ok_and(|metadata| metadata.brokers().len() == self.nodes.len())
    }

    pub(crate) async fn create_topic(&self, name: &str, partitions: i32) {
        let replicas = i32::try_from(self.nodes.len()).expect("a small number");
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replicas));
        let options = AdminOptions::new().request_timeout(Some(ANSWER));
        eventually(&format!("the topic {name}"), || async {
            // A topic of this name that was just deleted may still exist for a moment.
            let results = self.admin().create_topics([&topic], &options).await.ok()?;
            results
                .into_iter()
                .all(|result| result.is_ok())
                .then_some(())
        })
        .await;
    }

    pub(crate) async fn delete_topic(&self, name: &str) {
        let options = AdminOptions::new().request_timeout(Some(ANSWER));
        let deleted = self.admin().delete_topics(&[name], &options).await;
        let deleted: Result<Vec<_>, _> = deleted.expect("the broker answers").into_iter().collect();
        deleted.expect("the topic exists");
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().expect("an admin client")
    }

    async fn metadata(&self, topic: Option<&str>) -> KafkaResult<Metadata> {
        let topic = topic.map(str::to_owned);
        self.ask("", move |client| {
            client.fetch_metadata(topic.as_deref(), ANSWER)
        })
        .await
    }

    /// Waits until every node has every message of a topic.
    pub(crate) async fn in_sync(&self, topic: &str) {
        eventually("replicas in sync", || async {
            let metadata = self.metadata(Some(topic)).await.ok()?;
            let mut partitions = metadata.topics()[0].partitions().iter();
            partitions
                .all(|partition| partition.isr().len() == self.nodes.len())
                .then_some(())
        })
        .await;
    }

    /// Waits until a group has read this many messages of a topic, over all partitions.
    pub(crate) async fn read(&self, group: &str, topic: &str, messages: i64) {
        let partitions = self.partitions(topic).await;
        eventually(&format!("{messages} messages of {topic} read"), || async {
            let list = partitions.clone();
            let committed = self
                .ask(group, move |client| client.committed_offsets(list, ANSWER))
                .await
                .ok()?;
            let offsets = committed.elements().into_iter();
            let read: i64 = offsets
                .filter_map(|partition| partition.offset().to_raw())
                .map(|offset| offset.max(0))
                .sum();
            (read == messages).then_some(())
        })
        .await;
    }

    /// Resets a group, which must have no members left, to the start of a topic.
    pub(crate) async fn rewind(&self, group: &str, topic: &str) {
        let mut start = self.partitions(topic).await;
        start
            .set_all_offsets(Offset::Offset(0))
            .expect("a list of partitions");
        eventually("the group without members", || async {
            let start = start.clone();
            self.ask(group, move |client| client.commit(&start, CommitMode::Sync))
                .await
                .ok()
        })
        .await;
    }

    /// Waits until a group has this many members, each with a partition.
    pub(crate) async fn members(&self, group: &str, count: usize) {
        eventually(&format!("{count} members of {group}"), || async {
            let name = group.to_owned();
            let question = move |client: &BaseConsumer| {
                let groups = client.fetch_group_list(Some(&name), ANSWER)?;
                let members = groups.groups().iter().flat_map(GroupInfo::members);
                Ok(members.map(has_work).collect::<Vec<_>>())
            };
            let have_work = self.ask("", question).await.ok()?;
            (have_work == vec![true; count]).then_some(())
        })
        .await;
    }

    async fn partitions(&self, topic: &str) -> TopicPartitionList {
        let metadata = self
            .metadata(Some(topic))
            .await
            .expect("the broker answers");
        let mut list = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            list.add_partition(topic, partition.id());
        }
        list
    }

    /// Queries the cluster as a client of that group, on another thread because librdkafka blocks.
    async fn ask<T: Send + 'static>(
        &self,
        group: &str,
        question: impl FnOnce(&BaseConsumer) -> KafkaResult<T> + Send + 'static,
    ) -> KafkaResult<T> {
        let mut config = self.client();
        if !group.is_empty() {
            config.set("group.id", group);
        }
        let asked = spawn_blocking(move || question(&config.create()?));
        asked.await.expect("the query ends")
    }

    /// The number of the compression of a partition's first batch, as the broker has stored it
    /// (<https://kafka.apache.org/documentation/#recordbatch>).
    pub(crate) fn compression(&self, topic: &str, partition: i32) -> u8 {
        let segment = format!("1/data/{topic}-{partition}/00000000000000000000.log");
        let batch = fs::read(self.folder.path().join(segment)).expect("the partition's log");
        // The attributes are the two bytes after the offset, the length, the epoch, the magic number and the checksum.
        // The compression is in the lowest three bits.
        batch[22] & 0b111
    }
}

/// Whether a member of a group has a partition. An empty assignment consists of its version, no topics and no user
/// data: ten bytes.
fn has_work(member: &GroupMemberInfo) -> bool {
    member.assignment().is_some_and(|bytes| bytes.len() > 10)
}
