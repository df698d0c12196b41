//! The texts of a message or a blob: its name, the user's fields, and text in metadata. What is
//! written is read again unchanged, and nothing exceeds its limit.

#![no_main]

use contract::{
    BlobName, DeadLetter, MAX_WARNING_CHARACTERS, Record, RecordId, UserFields, metadata_value,
    user::MAX_FIELDS,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fields(bytes);
    if let Ok(letter) = serde_json::from_slice::<DeadLetter>(bytes) {
        let written = serde_json::to_vec(&letter).expect("a dead letter is JSON");
        assert_eq!(serde_json::from_slice::<DeadLetter>(&written).ok(), Some(letter));
    }
    let _ = serde_json::from_slice::<Record>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        names(text);
    }
});

fn fields(json: &[u8]) {
    let (fields, warnings) = UserFields::from_json(json);
    assert!(fields.len() <= MAX_FIELDS);
    for warning in warnings {
        assert!(warning.message.chars().count() <= MAX_WARNING_CHARACTERS);
    }
}

fn names(text: &str) {
    let written = metadata_value::encode(text);
    assert!(written.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
    assert_eq!(metadata_value::decode(&written), text);
    let _ = metadata_value::decode(text);
    if let Ok(name) = BlobName::parse(text) {
        let id = RecordId::from_name(name.as_str());
        assert!(id.as_str().len() <= 1023);
        assert!(!id.as_str().contains(['/', '\\', '?', '#']));
    }
}
