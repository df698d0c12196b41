//! A Kafka message from the trigger or the connector: what it means, and what becomes of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{
    BlobName, DeadLetter, DeadLetterHeader, Rejection, Source, SourceKind, UserFields, Warning,
    dead_letter_path, names::header,
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::{
    app::App,
    original::{Content, Event, Original, bounded, focus},
};

/// The most characters of a key that are kept in a record if the key cannot be the name of an
/// image.
const MAX_ODD_KEY: usize = 128;

/// One message of the topic of images.
#[derive(Clone, Debug)]
pub struct Message {
    /// The key: the image's name.
    pub key: Option<String>,
    /// The original, or nothing if it is in the container of incoming originals.
    pub value: Bytes,
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: i32,
    /// The offset in the partition, from 0.
    pub offset: i64,
    /// When it was produced, ISO 8601.
    pub timestamp: Option<String>,
    /// Names and values, in their order. A value may be null.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// The original that a message carries or refers to.
#[must_use]
pub fn original(app: &App, message: Message, kind: SourceKind, event: Event) -> Original {
    let name = message.image_name();
    let (content, refers_to) = content(&message);
    let (user, mut warnings) = message.user_fields();
    let focus = focus(message.header(header::FOCUS).as_deref(), &mut warnings);
    Original {
        length: message.value.len() as u64,
        content,
        md5: None,
        source: Source {
            kind,
            container: refers_to
                .as_ref()
                .map(|_| app.incoming.container().to_owned()),
            url: refers_to.map(|blob| app.incoming.url(&blob).into()),
            topic: Some(message.topic.clone()),
            partition: Some(message.partition),
            offset: Some(message.offset),
            key: message.key.as_deref().map(odd_key),
            uploader: message.header(header::UPLOADER).map(bounded),
            uploaded_at: message.timestamp.as_deref().and_then(parse_time),
            name: name.clone(),
            ..Source::default()
        },
        file_name: message.header(header::FILENAME).map(bounded),
        declared_type: message.header(header::CONTENT_TYPE).map(bounded),
        name,
        user,
        focus,
        warnings,
        message: Some(message),
        run: None,
        event,
    }
}

/// Where the original's bytes are, and the name of the blob that the message refers to.
fn content(message: &Message) -> (Content, Option<String>) {
    let refused = |rejection| (Content::Refused(rejection), None);
    let key = match message.name() {
        Ok(key) => key,
        Err(rejection) => return refused(rejection),
    };
    if !message.value.is_empty() {
        return (Content::Here(message.value.clone()), None);
    }
    // The sink connector passes no headers on, so an original sent by reference is named by its
    // key.
    let Some(name) = message.header(header::BLOB) else {
        let (blob, is_named) = (key.into_string(), false);
        return (Content::Incoming { blob, is_named }, None);
    };
    match BlobName::parse(name) {
        Ok(name) => {
            let blob = name.into_string();
            (
                Content::Incoming {
                    blob: blob.clone(),
                    is_named: true,
                },
                Some(blob),
            )
        }
        Err(error) => refused(name_rejection(error)),
    }
}

fn name_rejection(error: contract::BlobNameError) -> Rejection {
    Rejection {
        code: error.code().to_owned(),
        message: error.to_string(),
    }
}

/// A key as the record shows it: unchanged if it can be an image's name, otherwise shortened.
fn odd_key(key: &str) -> String {
    match key.char_indices().nth(MAX_ODD_KEY) {
        Some((end, _)) if BlobName::parse(key).is_err() => format!("{}…", &key[..end]),
        _ => key.to_owned(),
    }
}

impl Message {
    /// The key, if it can be an image's name.
    fn name(&self) -> Result<BlobName, Rejection> {
        let key = self.key.as_deref().ok_or_else(|| Rejection {
            code: "no-key".to_owned(),
            message: "The message has no key. The key is used as the image's name.".to_owned(),
        })?;
        // The host replaces bytes that are not text with this character, so different keys arrive
        // as the same one.
        if key.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Rejection {
                code: "key-not-text".to_owned(),
                message: "The message's key is not UTF-8.".to_owned(),
            });
        }
        BlobName::parse(key).map_err(name_rejection)
    }

    /// The image's name. A message whose key cannot be an image's name is named after its topic,
    /// partition and offset, like its dead letter.
    #[must_use]
    pub fn image_name(&self) -> String {
        self.name().map_or_else(
            |_| dead_letter_path(&self.topic, self.partition, self.offset),
            BlobName::into_string,
        )
    }

    /// The last header with that name, as text; empty for null.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().rev().find(|(key, _)| key == name)?;
        let value = value.as_deref().unwrap_or_default();
        Some(String::from_utf8_lossy(value).into_owned())
    }

    fn user_fields(&self) -> (UserFields, Vec<Warning>) {
        match self.header(header::METADATA) {
            Some(json) => UserFields::from_json(json.as_bytes()),
            None => Default::default(),
        }
    }

    /// The whole message, so that it can be produced again.
    #[must_use]
    pub fn dead_letter(&self, error: Rejection, invocation_id: &str) -> DeadLetter {
        let headers = self.headers.iter().map(|(key, value)| DeadLetterHeader {
            key: key.clone(),
            value: value.as_ref().map(|value| STANDARD.encode(value)),
        });
        DeadLetter {
            error,
            topic: self.topic.clone(),
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp.clone(),
            key: self.key.clone(),
            headers: headers.collect(),
            value: STANDARD.encode(&self.value),
            invocation_id: Some(invocation_id.to_owned()).filter(|id| !id.is_empty()),
        }
    }
}

/// Hosts write times with an offset, or without one for UTC.
fn parse_time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(key: Option<&str>) -> Message {
        Message {
            key: key.map(str::to_owned),
            value: Bytes::from_static(b"value"),
            topic: "images".to_owned(),
            partition: 2,
            offset: 7,
            timestamp: Some("2026-11-24T09:30:00".to_owned()),
            headers: vec![
                ("filename".to_owned(), Some(b"old.jpg".to_vec())),
                ("filename".to_owned(), Some(b"new.jpg".to_vec())),
                (
                    "metadata".to_owned(),
                    Some(br#"{"title": "Sunrise"}"#.to_vec()),
                ),
                ("empty".to_owned(), Some(Vec::new())),
                ("null".to_owned(), None),
            ],
        }
    }

    #[test]
    fn is_named_by_its_key_or_else_by_its_place() {
        assert_eq!(message(Some("k")).image_name(), "k");
        for key in [None, Some("a//b"), Some("caf\u{fffd}"), Some("")] {
            assert_eq!(message(key).image_name(), "images/2/7", "{key:?}");
        }
    }

    #[test]
    fn a_key_that_can_be_no_name_does_not_swell_the_record() {
        let long = "k".repeat(1_000_000);
        assert_eq!(odd_key(&long).chars().count(), MAX_ODD_KEY + 1);
        assert_eq!(odd_key(&"k".repeat(954)).len(), 954);
    }

    #[test]
    fn the_last_header_of_a_name_counts() {
        assert_eq!(message(None).header("filename").as_deref(), Some("new.jpg"));
        assert_eq!(message(None).user_fields().0.get("title"), Some("Sunrise"));
    }

    #[test]
    fn a_dead_letter_holds_the_whole_message() {
        let error = Rejection {
            code: "x".to_owned(),
            message: String::new(),
        };
        let letter = message(Some("k")).dead_letter(error, "");
        assert_eq!(STANDARD.decode(letter.value).unwrap(), b"value");
        let headers = letter.headers.iter();
        let values: Vec<_> = headers.map(|header| header.value.as_deref()).collect();
        assert_eq!(values[3..], [Some(""), None]);
        assert_eq!(letter.key.as_deref(), Some("k"));
        assert_eq!(letter.invocation_id, None);
    }

    #[test]
    fn times_without_an_offset_are_utc() {
        let expected: Timestamp = "2026-11-24T09:30:00Z".parse().unwrap();
        assert_eq!(parse_time("2026-11-24T09:30:00"), Some(expected));
        assert_eq!(parse_time("2026-11-24T10:30:00+01:00"), Some(expected));
        assert_eq!(parse_time("yesterday"), None);
    }
}
