//! A Kafka message, whichever way it was consumed: what it means, and what becomes of it.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{
    BlobName, DeadLetter, DeadLetterHeader, Rejection, Source, SourceKind, UserFields, Warning,
    dead_letter_path, names::header,
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::{
    app::App,
    error::{Error, Retry},
    process::{Event, Original, Processed, process},
};

/// Tries after which an original that makes us fail, and not something around us, is given up.
/// Until then it keeps its partition waiting.
const ATTEMPTS_FOR_DEFECTS: u32 = 5;

/// One message of the topic of images.
#[derive(Clone, Debug)]
pub struct Message {
    /// The key: the image's name.
    pub key: Option<String>,
    /// The original, or nothing where it is in the container of incoming originals.
    pub value: Bytes,
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: i32,
    /// The offset in the partition, from 0.
    pub offset: i64,
    /// When it was produced, ISO 8601.
    pub timestamp: Option<String>,
    /// Names and values, in their order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// What a message became. Every message becomes a record, and one that was refused is kept whole.
#[derive(Debug)]
pub struct Handled {
    /// The record and the renditions.
    pub processed: Processed,
    /// The message itself, where it can never succeed.
    pub dead_letter: Option<DeadLetter>,
}

/// Fetches, processes and, where that can never succeed, buries a message.
///
/// # Errors
///
/// Passing trouble only.
pub async fn handle(
    app: &Arc<App>,
    message: Message,
    kind: SourceKind,
    event: Event,
) -> Result<Handled, Retry> {
    let content = match fetch(app, &message).await {
        Ok(content) => Ok(content),
        Err(Error::Rejected(rejection)) => Err(rejection),
        Err(Error::Retry(retry)) => return Err(retry),
    };
    // Without a count of attempts this one is the last.
    let last = event
        .attempt
        .is_none_or(|attempt| attempt >= ATTEMPTS_FOR_DEFECTS);
    let invocation_id = event.invocation_id.clone();
    let again = event.clone();
    let processed = match process(app, original(app, &message, kind, content, event)).await {
        Err(retry) if retry.is_defect() && last => {
            tracing::error!(error = %retry, "the message is given up and kept as a dead letter");
            process(app, original(app, &message, kind, Err(given_up()), again)).await?
        }
        outcome => outcome?,
    };
    let dead_letter = processed
        .record
        .error
        .clone()
        .map(|error| bury(message, error, invocation_id));
    Ok(Handled {
        processed,
        dead_letter,
    })
}

fn given_up() -> Rejection {
    Rejection {
        code: "processing-failed".to_owned(),
        message: "Processing this image fails every time; the message is kept as a dead letter."
            .to_owned(),
    }
}

/// The original's bytes: the value, or the blob that stands for it.
async fn fetch(app: &App, message: &Message) -> Result<Bytes, Error> {
    let key = message.key.as_deref().ok_or_else(|| Rejection {
        code: "no-key".to_owned(),
        message: "The message has no key, which would be the image's name.".to_owned(),
    })?;
    BlobName::parse(key).map_err(name_rejection)?;
    if !message.value.is_empty() {
        return Ok(message.value.clone());
    }
    let limits = app.presets.limits();
    if let Some(name) = message.header(header::BLOB) {
        let name = BlobName::parse(name).map_err(name_rejection)?;
        let found = app.incoming.read(name.as_str(), limits).await?;
        return found
            .map(|(bytes, _)| bytes)
            .ok_or_else(|| missing(name.as_str()).into());
    }
    // The sink connector hands on no headers; what is sent by reference is named by its key.
    let found = app.incoming.read(key, limits).await?;
    Ok(found.map(|(bytes, _)| bytes).unwrap_or_default())
}

fn name_rejection(error: contract::BlobNameError) -> Rejection {
    Rejection {
        code: error.code().to_owned(),
        message: error.to_string(),
    }
}

fn missing(blob: &str) -> Rejection {
    Rejection {
        code: "blob-missing".to_owned(),
        message: format!("The message refers to the blob {blob}, which is not there."),
    }
}

fn original(
    app: &App,
    message: &Message,
    kind: SourceKind,
    content: Result<Bytes, Rejection>,
    event: Event,
) -> Original {
    let referred = message
        .value
        .is_empty()
        .then(|| message.header(header::BLOB))
        .flatten();
    let (user, warnings) = message.user_fields();
    Original {
        name: message.image_name(),
        length: content.as_ref().map_or(message.value.len(), Bytes::len) as u64,
        content,
        source: Source {
            kind,
            container: referred
                .as_ref()
                .map(|_| app.incoming.container().to_owned()),
            name: message.image_name(),
            url: referred.map(|blob| app.incoming.url(&blob).into()),
            topic: Some(message.topic.clone()),
            partition: Some(message.partition),
            offset: Some(message.offset),
            key: message.key.clone(),
            uploader: message.header(header::UPLOADER),
            uploaded_at: message.timestamp.as_deref().and_then(parse_time),
            ..Source::default()
        },
        file_name: message.header(header::FILENAME),
        declared_type: message.header(header::CONTENT_TYPE),
        user,
        warnings,
        event,
    }
}

impl Message {
    /// What the image is called. A message without a key is called after its place, which is its
    /// dead letter's name too.
    #[must_use]
    pub fn image_name(&self) -> String {
        self.key
            .clone()
            .unwrap_or_else(|| dead_letter_path(&self.topic, self.partition, self.offset))
    }

    /// The last header of that name, as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().rev().find(|(key, _)| key == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    fn user_fields(&self) -> (UserFields, Vec<Warning>) {
        match self.header(header::METADATA) {
            Some(json) => UserFields::from_json(json.as_bytes()),
            None => Default::default(),
        }
    }
}

/// The message, whole, so that it can be produced again.
fn bury(message: Message, error: Rejection, invocation_id: String) -> DeadLetter {
    let headers = message
        .headers
        .into_iter()
        .map(|(key, value)| DeadLetterHeader {
            key,
            value: STANDARD.encode(value),
        })
        .collect();
    DeadLetter {
        error,
        topic: message.topic,
        partition: message.partition,
        offset: message.offset,
        timestamp: message.timestamp,
        key: message.key,
        headers,
        value: STANDARD.encode(&message.value),
        invocation_id: Some(invocation_id).filter(|id| !id.is_empty()),
    }
}

/// Hosts write times with an offset or, meaning UTC, without one.
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
                ("filename".to_owned(), b"old.jpg".to_vec()),
                ("filename".to_owned(), b"new.jpg".to_vec()),
                ("metadata".to_owned(), br#"{"title": "Sunrise"}"#.to_vec()),
            ],
        }
    }

    #[test]
    fn is_named_by_its_key_or_else_by_its_place() {
        assert_eq!(message(Some("k")).image_name(), "k");
        assert_eq!(message(None).image_name(), "images/2/7");
    }

    #[test]
    fn the_last_header_of_a_name_counts() {
        assert_eq!(message(None).header("filename").as_deref(), Some("new.jpg"));
        assert_eq!(message(None).user_fields().0.get("title"), Some("Sunrise"));
    }

    #[test]
    fn a_dead_letter_holds_the_whole_message() {
        let letter = bury(message(Some("k")), given_up(), String::new());
        assert_eq!(STANDARD.decode(letter.value).unwrap(), b"value");
        assert_eq!(letter.headers.len(), 3);
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
