//! Kafka on this machine, and the messages of the topic.

use std::{collections::HashMap, time::Duration};

use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
    mocking::MockCluster,
    producer::DefaultProducerContext,
};

/// librdkafka's in-memory cluster, which speaks the real protocol on loopback.
pub(crate) struct Broker {
    pub(crate) cluster: MockCluster<'static, DefaultProducerContext>,
}

/// One message of the topic of images.
pub(crate) struct Message {
    pub(crate) key: String,
    pub(crate) value: Vec<u8>,
    pub(crate) headers: HashMap<String, String>,
}

impl Broker {
    pub(crate) fn start() -> Self {
        let cluster = MockCluster::new(1).expect("a cluster");
        cluster.create_topic("images", 1, 1).expect("a topic");
        Self { cluster }
    }

    pub(crate) fn address(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// The first `count` messages of the topic.
    pub(crate) fn messages(&self, count: usize) -> Vec<Message> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.address())
            .set("group.id", "test")
            .create()
            .expect("a consumer");
        let mut from = TopicPartitionList::new();
        from.add_partition_offset("images", 0, Offset::Beginning)
            .expect("a partition");
        consumer.assign(&from).expect("the partition exists");
        (0..count).map(|_| next(&consumer)).collect()
    }
}

fn next(consumer: &BaseConsumer) -> Message {
    let message = consumer
        .poll(Duration::from_secs(30))
        .expect("a message before the time is over")
        .expect("a message");
    let headers = message.headers().into_iter().flat_map(|headers| {
        headers.iter().map(|header| {
            let value = String::from_utf8_lossy(header.value.unwrap_or_default());
            (header.key.to_owned(), value.into_owned())
        })
    });
    Message {
        key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
        value: message.payload().unwrap_or_default().to_vec(),
        headers: headers.collect(),
    }
}
