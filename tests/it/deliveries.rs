//! The record of an image is the same, field by field, in every flow and every mode of delivery.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{
    images,
    stack::{Mode, Stack},
};

/// Fields that differ between two attempts at the same image.
const OF_ONE_ATTEMPT: [&str; 8] = [
    "/createdAt",
    "/createdDay",
    "/processing/invocationId",
    "/processing/milliseconds",
    "/processing/traceId",
    "/processing/attempt",
    "/source/etag",
    "/source/uploadedAt",
];

/// Texts that the host rewrites when it writes a record: dates lose zeros, and an offset is moved to the time zone of
/// the machine.
const DATES: [&str; 4] = [
    "2026-11-27T10:00:00.000Z",
    "2026-11-27T10:00:00+02:00",
    "/Date(1700000000000)/",
    "0001-01-01T00:00:00.000Z",
];

#[tokio::test]
async fn a_record_is_the_same_by_every_delivery() {
    let photo = images::jpeg(320, 240, 1);
    let mut cut = photo.clone();
    cut.truncate(photo.len() / 2);
    let mut files = vec![
        ("photo.jpg".to_owned(), photo.clone()),
        ("place.jpg".to_owned(), images::with_place(&photo)),
        ("time.jpg".to_owned(), images::with_time(&photo)),
        ("picture.png".to_owned(), images::png(300, 200)),
        ("cut.jpg".to_owned(), cut),
        ("note.jpg".to_owned(), b"no image".to_vec()),
        ("empty.jpg".to_owned(), Vec::new()),
    ];
    for (number, date) in DATES.iter().enumerate() {
        let titled = images::with_title(&photo, date);
        files.push((format!("date-{number}.jpg"), titled));
    }
    let records = assert_same(&files).await;
    for (number, date) in DATES.iter().enumerate() {
        let record = &records[&format!("date-{number}.jpg")];
        assert_eq!(record["descriptive"]["title"], *date);
    }
    assert_eq!(
        records["time.jpg"]["exif"]["modifiedAt"],
        "2026-11-27T10:00:00"
    );
}

/// The same for any files: `DARKROOM_FILES=DIR cargo test --test it -- --ignored every_file`.
#[tokio::test]
#[ignore = "it needs a folder of images, which DARKROOM_FILES names"]
async fn every_file_of_a_folder_has_the_same_record_by_every_delivery() {
    let folder = PathBuf::from(env::var_os("DARKROOM_FILES").expect("DARKROOM_FILES is set"));
    assert_same(&files_in(&folder)).await;
}

fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let read = files.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    });
    read.collect()
}

/// Uploads the files in every way, with metadata that looks like dates, and compares the records.
async fn assert_same(files: &[(String, Vec<u8>)]) -> BTreeMap<String, Value> {
    let expected = records(Mode::Bindings, files).await;
    assert_eq!(expected.len(), files.len());
    for mode in [Mode::Direct, Mode::Deployed] {
        for (name, record) in records(mode, files).await {
            assert_eq!(record, expected[&name], "{name} by {mode:?}");
        }
    }
    expected
}

async fn records(mode: Mode, files: &[(String, Vec<u8>)]) -> BTreeMap<String, Value> {
    let stack = Stack::in_mode(mode).await;
    let metadata = [
        ("uploader", "ada"),
        ("when", DATES[0]),
        ("base64", "by offset"),
    ];
    let mut records = BTreeMap::new();
    for (name, bytes) in files {
        let etag = stack.upload_with(name, bytes.clone(), &metadata).await;
        let record = stack.record_of(name, &etag).await;
        assert_eq!(record["user"]["when"], DATES[0], "{name} by {mode:?}");
        serde_json::from_value::<contract::Record>(record.clone()).expect("it is a record");
        records.insert(name.clone(), of_any_attempt(&record, &stack));
    }
    records
}

/// The record without the fields that depend on the attempt, the storage account and the database.
fn of_any_attempt(record: &Value, stack: &Stack) -> Value {
    let account = stack.uri("", "");
    let account = account.trim_end_matches('/');
    let text = record.to_string().replace(account, "https://account");
    let mut record: Value = serde_json::from_str(&text).unwrap();
    for pointer in OF_ONE_ATTEMPT {
        if let Some(value) = record.pointer_mut(pointer) {
            *value = Value::Null;
        }
    }
    let fields = record.as_object_mut().unwrap();
    fields.retain(|name, _| !name.starts_with('_'));
    record
}
