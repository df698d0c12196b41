//! The schemas and the examples in the documentation are current and agree with each other.
//!
//! `UPDATE_SCHEMA=1 cargo test -p contract` renews the files.

#[path = "schema/example.rs"]
mod example;

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use contract::{Image, ImageEvent, Record, Rejection, Status};
use serde_json::{Value, json};

use example::example;

fn document(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name)
}

/// Compares the document with `expected`, or writes it if the environment asks for that.
fn assert_current(name: &str, expected: &Value) {
    let path = document(name);
    let expected = format!("{expected:#}\n");
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &expected).expect("the document can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "docs/{name} is not current: run `UPDATE_SCHEMA=1 cargo test -p contract`"
    );
}

fn violations(record: &Value) -> Vec<String> {
    violations_of(&contract::schema::record(), record)
}

fn violations_of(schema: &Value, record: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .expect("the schema is a schema");
    validator
        .iter_errors(record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn write(record: &Record) -> Value {
    serde_json::to_value(record).expect("a record is JSON")
}

#[test]
fn the_schema_in_the_documentation_is_current() {
    assert_current("record.schema.json", &contract::schema::record());
}

#[test]
fn the_example_in_the_documentation_is_current_and_valid() {
    let example = write(&example());
    assert_eq!(violations(&example), Vec::<String>::new());
    assert_current("record.example.json", &example);
}

/// The event about the example record.
fn example_event() -> Value {
    let event =
        ImageEvent::of(&example()).expect("the example is not the record of a waiting image");
    serde_json::to_value(event).expect("an event is JSON")
}

#[test]
fn the_schema_of_events_in_the_documentation_is_current() {
    assert_current("image-event.schema.json", &contract::schema::image_event());
}

#[test]
fn the_example_of_an_event_in_the_documentation_is_current_and_valid() {
    let (schema, event) = (contract::schema::image_event(), example_event());
    assert_eq!(violations_of(&schema, &event), Vec::<String>::new());
    assert_current("image-event.example.json", &event);
    // Only an event about a rejected image has the reason of a rejection.
    assert_shows_every_property(
        &schema,
        &event,
        &["/data/error", "/data/error/code", "/data/error/message"],
    );
    let mut wrong = event;
    wrong["specversion"] = json!("0.3");
    assert_ne!(violations_of(&schema, &wrong), Vec::<String>::new());
}

/// Events must not tell others where an image was taken, who uploaded it, and what people wrote into it or about it.
#[test]
fn an_event_holds_nothing_personal() {
    let event = example_event().to_string();
    for personal in [
        "ana@example.com",
        "Ana Silva",
        "38.71",
        "Nikon",
        "noon",
        "Summer",
        "c2pa",
    ] {
        assert!(!event.contains(personal), "{personal} in {event}");
    }
}

#[test]
fn the_example_shows_every_property() {
    // The example comes from a blob, so it cannot have the fields that only messages have.
    let of_messages = [
        "/source/topic",
        "/source/partition",
        "/source/offset",
        "/source/key",
    ];
    assert_shows_every_property(
        &contract::schema::record(),
        &write(&example()),
        &of_messages,
    );
}

fn assert_shows_every_property(schema: &Value, example: &Value, but: &[&str]) {
    let expected = property_paths(schema, schema, "");
    let missing: Vec<_> = expected
        .keys()
        .filter(|path| example.pointer(path).is_none() && !but.contains(&path.as_str()))
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
    let undescribed: Vec<_> = expected
        .iter()
        .filter(|(_, described)| !**described)
        .collect();
    assert_eq!(undescribed, Vec::<(&String, &bool)>::new());
}

/// The JSON pointer of every property outside lists, and whether the schema describes it.
fn property_paths(schema: &Value, root: &Value, at: &str) -> BTreeMap<String, bool> {
    let target = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root
            .pointer(reference.trim_start_matches('#'))
            .expect("a known definition"),
        None => schema,
    };
    let properties = target.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .flat_map(|(name, property)| {
            let path = format!("{at}/{name}");
            let mut paths = property_paths(property, root, &path);
            paths.insert(path, property.get("description").is_some());
            paths
        })
        .collect()
}

#[test]
fn a_rejected_record_is_valid_and_small() {
    let rejected = Record {
        status: Status::Rejected,
        error: Some(Rejection {
            code: "not-an-image".to_owned(),
            message: "The file is not an image that is known here.".to_owned(),
        }),
        image: None,
        exif: None,
        gps: None,
        descriptive: None,
        derived: None,
        renditions: Vec::new(),
        ttl: None,
        ..example()
    };
    let written = write(&rejected);
    assert_eq!(violations(&written), Vec::<String>::new());
    assert!(written.get("image").is_none() && written.get("ttl").is_none());
}

#[test]
fn the_schema_refuses_null_for_what_is_absent_and_other_faults() {
    for (pointer, value) in [
        ("/image/density", Value::Null),
        ("/gps", Value::Null),
        ("/image/width", json!("3000")),
        ("/image/width", json!(-1)),
        ("/status", json!("done")),
        ("/createdAt", json!("2024-05-01T08:15:30Z")),
        ("/id", json!("")),
    ] {
        let mut record = write(&example());
        *record.pointer_mut(pointer).expect("the example has it") = value.clone();
        assert!(!violations(&record).is_empty(), "{pointer} = {value}");
    }
}

#[test]
fn records_come_back_and_unknown_or_missing_properties_do_no_harm() {
    let mut written = write(&example());
    assert_eq!(
        serde_json::from_value::<Record>(written.clone()).expect("it reads"),
        example()
    );

    written["_ts"] = json!(1_714_551_330);
    written["image"]["futureFact"] = json!({"deep": true});
    assert_eq!(
        serde_json::from_value::<Record>(written).expect("it reads"),
        example()
    );

    let old = json!({"id": "a.jpg", "status": "processed", "createdAt": "2024-05-01T08:15:30Z", "image": {}});
    let read: Record = serde_json::from_value(old).expect("it reads");
    assert_eq!(read.image, Some(Image::default()));
    assert_eq!(write(&read)["createdAt"], "2024-05-01T08:15:30.000000000Z");
}
