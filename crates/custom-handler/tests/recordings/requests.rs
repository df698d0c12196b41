//! What the host sent.

use std::{collections::BTreeMap, fs, path::Path};

use azure_functions_custom_handler::{
    Blob, CosmosChanges, EventGridBatch, EventGridEvent, HttpRequest, InvalidInvocation,
    KafkaBatch, KafkaMessage, KafkaTextMessage, QueueMessage, TimerInfo, Trigger,
};
use serde_json::Value;

use crate::{conformance, files_below, support};

/// The trigger of each function that the cases were recorded with.
fn triggers() -> BTreeMap<String, Value> {
    let mut triggers = BTreeMap::new();
    for path in files_below(&conformance().join("apps")) {
        if path.ends_with("function.json") {
            let function = path.parent().unwrap().file_name().unwrap();
            let trigger = support::read(&path)["bindings"][0].clone();
            triggers.insert(function.to_string_lossy().into_owned(), trigger);
        }
    }
    triggers
}

async fn read<T: Trigger>(recorded: &Value, function: &str) -> Result<(), InvalidInvocation> {
    let event = support::event::<T>(recorded).await?;
    assert_eq!(event.function, function);
    assert!(!event.id.as_str().is_empty());
    let has_retries = recorded["body"]
        .as_str()
        .unwrap()
        .contains("\"RetryContext\"");
    assert_eq!(event.retry.is_some(), has_retries);
    Ok(())
}

#[tokio::test]
async fn every_recorded_request_is_read() {
    let triggers = triggers();
    let mut counts = BTreeMap::<&str, usize>::new();
    for path in files_below(&conformance().join("cases")) {
        let case = support::read(&path);
        for recorded in case["requests"].as_array().into_iter().flatten() {
            if support::invocation(recorded).is_none() {
                continue;
            }
            let function = recorded["url"].as_str().unwrap().trim_start_matches('/');
            let trigger = &triggers[function];
            let text = |key: &str| trigger[key].as_str().unwrap_or_default().to_lowercase();
            let kind = trigger["type"].as_str().unwrap();
            let read = match (
                kind,
                text("cardinality").as_str(),
                text("dataType").as_str(),
            ) {
                ("blobTrigger", ..) => read::<Blob>(recorded, function).await,
                ("queueTrigger", ..) => read::<QueueMessage>(recorded, function).await,
                ("eventGridTrigger", "many", _) => read::<EventGridBatch>(recorded, function).await,
                ("eventGridTrigger", ..) => read::<EventGridEvent>(recorded, function).await,
                ("kafkaTrigger", "many", _) => read::<KafkaBatch>(recorded, function).await,
                ("kafkaTrigger", _, "binary") => read::<KafkaMessage>(recorded, function).await,
                ("kafkaTrigger", ..) => read::<KafkaTextMessage>(recorded, function).await,
                ("httpTrigger", ..) => read::<HttpRequest>(recorded, function).await,
                ("timerTrigger", ..) => read::<TimerInfo>(recorded, function).await,
                ("cosmosDBTrigger", ..) => read::<CosmosChanges>(recorded, function).await,
                other => panic!("{other:?} is a trigger without an event"),
            };
            read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            *counts.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(counts.len(), 7, "{counts:?}");
    assert!(counts.values().sum::<usize>() > 290, "{counts:?}");
}

#[test]
fn the_fixtures_are_copies_of_cases() {
    let cases = files_below(&conformance().join("cases"));
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for fixture in files_below(&fixtures) {
        let name = fixture.file_name();
        let original = cases.iter().find(|case| case.file_name() == name).unwrap();
        assert_eq!(support::read(&fixture), support::read(original), "{name:?}");
    }
}

#[test]
fn a_function_is_thirty_lines_at_most() {
    for example in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")) {
        let text = fs::read_to_string(&example).unwrap();
        assert!(text.lines().count() <= 30, "{}", example.display());
    }
}
