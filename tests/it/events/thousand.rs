//! A thousand images while processes are killed and the receiver is away. Counts events that are missing, out of order,
//! or duplicate.
//!
//! `cargo test --test it -- --ignored --nocapture events::thousand` prints the counts.

use std::collections::{BTreeMap, BTreeSet};

use contract::{ImageEvent, Record, Source};
use functions_dev_host::Host;
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::webhook;
use crate::support::{eventually, images, receiver::Receiver, signal::signal, stack::Stack};

const IMAGES: u32 = 1_000;
/// After this many images something goes wrong.
const TROUBLE_EVERY: u32 = 50;

/// The images of which a state arrived for the first time after a later one.
pub(super) fn out_of_order(taken: &[ImageEvent]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut latest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut wrong = Vec::new();
    for event in taken {
        if !seen.insert(&event.id) {
            continue;
        }
        let before = latest.insert(&event.subject, event.time);
        if before.is_some_and(|before| before > event.time) {
            wrong.push(event.subject.clone());
        }
    }
    wrong
}

#[test]
fn an_event_that_overtakes_another_is_noticed() {
    let event =
        |time: &str| ImageEvent::of(&Record::blank("a.jpg", time.parse().unwrap())).unwrap();
    let (first, second) = (event("2024-05-01T00:00:01Z"), event("2024-05-01T00:00:02Z"));
    let order = |events: &[&ImageEvent]| {
        out_of_order(
            &events
                .iter()
                .map(|event| (*event).clone())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        order(&[&first, &first, &second, &first]),
        Vec::<String>::new()
    );
    assert_eq!(order(&[&second, &first]), ["a.jpg"]);
}

#[tokio::test]
#[ignore = "it takes minutes, and prints a number"]
async fn a_thousand_images_with_kills() {
    let mut receiver = Receiver::start().await;
    let mut stack = webhook(&receiver).start().await;
    let (mut kills, mut restarts, mut absences) = (0, 0, 0);
    let mut names = Vec::new();
    for number in 0..IMAGES {
        let name = format!("{number}.jpg");
        play(&stack, number, &name).await;
        names.push(name);
        if number % TROUBLE_EVERY == TROUBLE_EVERY - 1 {
            match number / TROUBLE_EVERY % 4 {
                // A host survives two crashes, and ends at the third.
                0 | 1 => {
                    let pid = eventually("a handler", || async { stack.host.handler_pid() }).await;
                    signal("KILL", pid);
                    kills += 1;
                }
                2 => {
                    stack = with_a_new_host(stack).await;
                    restarts += 1;
                }
                _ => {
                    receiver.go_away().await;
                    absences += 1;
                }
            }
        } else if number % TROUBLE_EVERY == TROUBLE_EVERY / 2 && absences > 0 {
            receiver.go_away().await;
            receiver.come_back().await;
        }
    }
    receiver.go_away().await;
    receiver.come_back().await;
    let mut missing = Vec::new();
    for name in &names {
        let record = stack.any_record(name).await;
        let record: Record = serde_json::from_value(record).unwrap();
        let event = ImageEvent::of(&record);
        let is_there = || async {
            let is_told = event
                .as_ref()
                .is_none_or(|event| receiver.taken().contains(event));
            is_told.then_some(())
        };
        if tokio::time::timeout(crate::support::PATIENCE, eventually(name, is_there))
            .await
            .is_err()
        {
            missing.push(name);
        }
    }
    let taken = receiver.taken();
    let distinct: BTreeSet<_> = taken.iter().map(|event| &event.id).collect();
    let wrong = out_of_order(&taken);
    println!(
        "{IMAGES} images, handler killed {kills} times, host restarted {restarts} times, receiver away {absences} times: \
         {} events, {} of them different; missing {}, out of order {}, sent more than once {}",
        taken.len(),
        distinct.len(),
        missing.len(),
        wrong.len(),
        taken.len() - distinct.len()
    );
    assert_eq!((missing, wrong), (Vec::new(), Vec::new()));
}

/// Most are images; some are not, some come in two versions, and some are deleted.
async fn play(stack: &Stack, number: u32, name: &str) {
    match number % 10 {
        0 => drop(stack.upload(name, "this is no image").await),
        1 | 2 => {
            stack.upload(name, images::png(40, 30)).await;
            stack.upload(name, images::png(50, 30)).await;
        }
        3 => {
            let etag = stack.upload(name, images::png(40, 30)).await;
            let record = stack.record_of(name, &etag).await;
            let source: Source = serde_json::from_value(record["source"].clone()).unwrap();
            stack.delete("uploads", name).await;
            let tombstone = Record::tombstone(source, Timestamp::now());
            stack.store(&serde_json::to_value(tombstone).unwrap()).await;
        }
        _ => drop(stack.upload(name, images::png(40, 30)).await),
    }
}

/// The instance is lost, and another one replaces it.
async fn with_a_new_host(stack: Stack) -> Stack {
    let Stack { host, .. } = stack;
    drop(host);
    let listener = eventually("its old port", || async {
        TcpListener::bind(stack.address).await.ok()
    })
    .await;
    let host = Host::start(stack.options.clone(), listener)
        .await
        .expect("the host starts");
    Stack { host, ..stack }
}
