//! Tests that no message is lost if hosts and handlers are killed, or hosts and brokers are
//! replaced.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use functions_dev_host::KafkaBroker;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{App, AppBuilder, Call, Producer, Program, Reply, committed, eventually};

const PARTITIONS: i32 = 3;

fn broker() -> (KafkaBroker, Producer) {
    let broker = KafkaBroker::start().unwrap();
    broker.create_topic("images", PARTITIONS).unwrap();
    let producer = Producer::new(broker.brokers());
    (broker, producer)
}

/// An app that never gives up a message.
fn app(broker: &KafkaBroker) -> AppBuilder {
    AppBuilder::kafka()
        .setting("KAFKA_BROKERS", broker.brokers())
        .kafka_rules(json!({"commitOnFailure": false}))
        .retry(without_end())
}

fn without_end() -> Value {
    json!({"strategy": "fixedDelay", "maxRetryCount": -1, "delayInterval": "00:00:00.01"})
}

fn places(app: &App) -> Vec<(i64, i64)> {
    app.handler.calls().iter().map(Call::place).collect()
}

/// The first calls for the messages of a partition come in the order of their offsets.
fn assert_in_order(places: &[(i64, i64)]) {
    for partition in 0..i64::from(PARTITIONS) {
        let mut last = -1;
        for (_, offset) in places.iter().filter(|place| place.0 == partition) {
            assert!(
                *offset <= last + 1,
                "{partition}: {offset} comes after {last}"
            );
            last = last.max(*offset);
        }
    }
}

#[tokio::test]
async fn a_handler_killed_in_the_middle_loses_nothing() {
    const MESSAGES: i32 = 30;
    let (broker, producer) = broker();
    for index in 0..MESSAGES {
        producer.send(index % PARTITIONS, "k", b"x").await;
    }
    let first = AtomicBool::new(true);
    let app = app(&broker)
        .start(move |_| {
            if first.swap(false, Ordering::SeqCst) {
                Reply::Hang
            } else {
                Reply::empty()
            }
        })
        .await;
    app.calls(10).await;
    kill_process(app.handler_pid().unwrap(), Signal::KILL).unwrap();
    for partition in 0..PARTITIONS {
        committed(broker.brokers(), partition, (MESSAGES / PARTITIONS).into()).await;
    }
    let places = places(&app);
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), 30);
    assert_in_order(&places);
}

#[tokio::test]
async fn a_host_killed_in_the_middle_loses_nothing() {
    let (broker, producer) = broker();
    for _ in 0..3 {
        producer.send(0, "k", b"x").await;
    }
    let first = AtomicBool::new(true);
    let app = app(&broker)
        .build(move |call| {
            if call.place().1 == 1 && first.swap(false, Ordering::SeqCst) {
                Reply::Hang
            } else {
                Reply::empty()
            }
        })
        .await;
    let mut program = Program::start(&app);
    app.calls(2).await;
    committed(broker.brokers(), 0, 1).await;
    program.signal(Signal::KILL);
    program.child.wait().await.unwrap();

    let _program = Program::start(&app);
    committed(broker.brokers(), 0, 3).await;
    let offsets: Vec<_> = places(&app).iter().map(|place| place.1).collect();
    assert_eq!(offsets, [0, 1, 1, 2]);
}

#[tokio::test]
async fn two_hosts_share_the_partitions_and_one_takes_over_from_the_other() {
    const MESSAGES: i32 = 60;
    let (broker, producer) = broker();
    let first = app(&broker).start(|_| Reply::empty()).await;
    for index in 0..MESSAGES / 2 {
        producer.send(index % PARTITIONS, "k", b"x").await;
    }
    first.calls(1).await;
    let mut second = app(&broker).start(|_| Reply::empty()).await;
    // The group is in balance when both are called.
    eventually("a call of the second host", || async {
        producer.send(0, "k", b"x").await;
        producer.send(1, "k", b"x").await;
        producer.send(2, "k", b"x").await;
        second.handler.calls().pop()
    })
    .await;
    second.drop_host();
    let mut last = 0;
    for index in 0..MESSAGES / 2 {
        last = producer.send(index % PARTITIONS, "k", b"x").await;
    }
    for partition in 0..PARTITIONS {
        committed(broker.brokers(), partition, last + 1).await;
    }
    let mut all: BTreeSet<_> = places(&first).into_iter().collect();
    all.extend(places(&second));
    let expected: BTreeSet<_> = (0..i64::from(PARTITIONS))
        .flat_map(|partition| (0..=last).map(move |offset| (partition, offset)))
        .collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_message_of_a_lost_partition_is_neither_committed_nor_tried_again() {
    let (broker, producer) = broker();
    for partition in 0..PARTITIONS {
        producer.send(partition, "k", b"x").await;
    }
    let first = app(&broker).start(|_| Reply::status(500)).await;
    first.calls(10).await;
    let second = app(&broker).start(|_| Reply::empty()).await;
    // Only what the second host gets is ever committed.
    let taken = second.calls(1).await[0].place().0;
    committed(broker.brokers(), taken.try_into().unwrap(), 1).await;
    let tries = || {
        places(&first)
            .iter()
            .filter(|place| place.0 == taken)
            .count()
    };
    let before = tries();
    let others = first.handler.calls().len();
    first.calls(others + 10).await;
    assert_eq!(tries(), before);
}

#[tokio::test]
async fn a_broker_that_comes_back_is_found_again() {
    let (broker, producer) = broker();
    producer.send(0, "k", b"x").await;
    let app = app(&broker).start(|_| Reply::empty()).await;
    app.calls(1).await;
    committed(broker.brokers(), 0, 1).await;
    broker.stop().unwrap();
    let sent = producer.send(0, "k", b"x");
    let resumed = async {
        tokio::task::yield_now().await;
        broker.resume().unwrap();
    };
    tokio::join!(sent, resumed);
    committed(broker.brokers(), 0, 2).await;
}

#[tokio::test]
async fn a_host_that_stops_hands_its_partitions_over_at_once() {
    let (broker, producer) = broker();
    producer.send(0, "k", b"x").await;
    let mut app = app(&broker).start(|_| Reply::empty()).await;
    committed(broker.brokers(), 0, 1).await;
    app.drop_host();
    producer.send(0, "k", b"x").await;
    app.start().await;
    committed(broker.brokers(), 0, 2).await;
    assert_eq!(places(&app), [(0, 0), (0, 1)]);
}
