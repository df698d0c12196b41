//! What others are told about an image: CloudEvents 1.0 made from records.
//!
//! An event holds what a consumer needs without reading the database. It holds nothing that says who uploaded the
//! image, what people wrote into it, or where it was taken.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Outcome, Record, RecordId, Rejection, RenditionRecord, SourceKind, Status, timestamp};

/// The code of a record's error that says that the image waits for trouble to pass. It has no result yet.
pub const DELAYED: &str = "delayed";

/// The attribute `source` of every event: the database and the container of the records.
pub const SOURCE: &str = "/darkroom/images";

/// How many bytes of the digest an event's id has.
const ID_BYTES: usize = 16;

/// One event about one image, as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageEvent {
    /// The version of CloudEvents.
    pub specversion: SpecVersion,
    /// An id that is the same for the same state of the same image, however often the event is sent: 32 lowercase
    /// hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    pub id: String,
    /// Where the records are kept: `/darkroom/images`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub source: String,
    /// What happened to the image.
    #[serde(rename = "type")]
    pub kind: ImageEventType,
    /// The image's name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub subject: String,
    /// When the image reached this state: in UTC, RFC 3339 with six digits of sub-seconds.
    #[serde(with = "timestamp::microseconds")]
    #[cfg_attr(feature = "schema", schemars(with = "timestamp::Microseconds"))]
    pub time: Timestamp,
    /// The media type of `data`.
    pub datacontenttype: DataContentType,
    /// The state of the image.
    pub data: ImageEventData,
}

/// The version of CloudEvents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SpecVersion {
    /// 1.0.
    #[default]
    #[serde(rename = "1.0")]
    V1,
}

/// The media type of an event's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum DataContentType {
    /// JSON.
    #[default]
    #[serde(rename = "application/json")]
    Json,
}

/// What happened to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ImageEventType {
    /// Its renditions were made.
    #[serde(rename = "darkroom.image.processed")]
    Processed,
    /// Its renditions were made again by a run.
    #[serde(rename = "darkroom.image.reprocessed")]
    Reprocessed,
    /// It can never be processed. `data.error` says why.
    #[serde(rename = "darkroom.image.rejected")]
    Rejected,
    /// It was deleted, with its renditions.
    #[serde(rename = "darkroom.image.deleted")]
    Deleted,
}

/// The state of an image. Unknown properties are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageEventData {
    /// The id of the image's record, and the key of the event on a Kafka topic.
    pub id: RecordId,
    /// The image's name.
    pub name: String,
    /// Whether it was processed, rejected or deleted.
    pub status: Status,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Rejection>,
    /// The original that the event is about.
    pub original: EventOriginal,
    /// The run that made the renditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The original as an image, if its header could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<EventImage>,
    /// The renditions that were written.
    #[serde(default)]
    pub renditions: Vec<EventRendition>,
}

/// The original that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventOriginal {
    /// The way in which it arrived.
    pub kind: SourceKind,
    /// The version of the original: the entity tag of the blob, or the topic, partition and offset of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// SHA-256 of its bytes: 64 lowercase hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{64}$")))]
    pub sha256: Option<String>,
}

/// The original as an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventImage {
    /// Format found in the bytes: `jpeg`, `png`, `webp`, …
    pub format: String,
    /// Width in pixels as displayed.
    pub width: u32,
    /// Height in pixels as displayed.
    pub height: u32,
}

/// A rendition that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventRendition {
    /// Name of the preset.
    pub preset: String,
    /// Name of its blob in the container of renditions.
    pub path: String,
    /// Media type, for example `image/webp`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes: 64 lowercase hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{64}$")))]
    pub sha256: Option<String>,
}

impl ImageEvent {
    /// The type of the event for a record; nothing for an image that only waits.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let data = ImageEventData::of(record);
        Some(Self {
            specversion: SpecVersion::V1,
            id: id(record),
            source: SOURCE.to_owned(),
            kind: ImageEventType::of(record)?,
            subject: data.name.clone(),
            time: microseconds(
                record
                    .processing
                    .reprocessed_at
                    .unwrap_or(record.created_at),
            ),
            datacontenttype: DataContentType::Json,
            data,
        })
    }
}

impl ImageEventType {
    /// The value of the attribute `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processed => "darkroom.image.processed",
            Self::Reprocessed => "darkroom.image.reprocessed",
            Self::Rejected => "darkroom.image.rejected",
            Self::Deleted => "darkroom.image.deleted",
        }
    }

    fn of(record: &Record) -> Option<Self> {
        let waits = || {
            record
                .error
                .as_ref()
                .is_some_and(|error| error.code == DELAYED)
        };
        match record.status {
            Status::Deleted => Some(Self::Deleted),
            Status::Rejected if waits() => None,
            Status::Rejected => Some(Self::Rejected),
            Status::Processed if record.processing.run.is_some() => Some(Self::Reprocessed),
            Status::Processed => Some(Self::Processed),
        }
    }
}

impl ImageEventData {
    fn of(record: &Record) -> Self {
        // The name comes from the id, which no host on the way mistakes for a date and rewrites.
        let name = record.id.to_name();
        Self {
            id: record.id.clone(),
            name: name.unwrap_or_else(|| record.source.name.clone()),
            status: record.status,
            error: record.error.clone(),
            original: EventOriginal {
                kind: record.source.kind,
                version: record.source.version(),
                sha256: record.file.sha256.clone(),
            },
            run: record.processing.run.clone(),
            image: record.image.as_ref().map(|image| EventImage {
                format: image.format.clone(),
                width: image.width,
                height: image.height,
            }),
            renditions: record
                .renditions
                .iter()
                .filter_map(EventRendition::of)
                .collect(),
        }
    }
}

impl EventRendition {
    fn of(rendition: &RenditionRecord) -> Option<Self> {
        let path = rendition.path.clone()?;
        (rendition.outcome == Outcome::Written).then(|| Self {
            preset: rendition.preset.clone(),
            path,
            content_type: rendition.content_type.clone(),
            width: rendition.width,
            height: rendition.height,
            bytes: rendition.bytes,
            sha256: rendition.sha256.clone(),
        })
    }
}

/// The time with the precision of an event.
fn microseconds(at: Timestamp) -> Timestamp {
    // Rounding down a valid time always gives a valid time.
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Identifies one state of one image by its name, the version of the original, its status and the time.
fn id(record: &Record) -> String {
    let version = record.source.version();
    let status = format!("{:?}", record.status);
    let code = record.error.as_ref().map(|error| error.code.as_str());
    let time = record
        .processing
        .reprocessed_at
        .unwrap_or(record.created_at);
    let time = time.to_string();
    let mut digest = Sha256::new();
    for part in [
        record.id.as_str(),
        version.as_deref().unwrap_or_default(),
        &status,
        code.unwrap_or_default(),
        record.processing.run.as_deref().unwrap_or_default(),
        &time,
    ] {
        digest.update(part);
        // No part contains this byte, so different parts never give the same bytes.
        digest.update([0]);
    }
    let digits = |byte: &u8| format!("{byte:02x}");
    digest.finalize()[..ID_BYTES].iter().map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Processing, Source};

    fn record() -> Record {
        let at = "2024-05-01T08:15:30.25Z".parse().unwrap();
        Record::blank("holiday/beach 1.jpg", at)
    }

    fn rejected(code: &str) -> Record {
        let (code, message) = (code.to_owned(), "Why.".to_owned());
        Record {
            status: Status::Rejected,
            error: Some(Rejection { code, message }),
            ..record()
        }
    }

    #[test]
    fn the_type_is_what_became_of_the_image() {
        let kind = |record: &Record| ImageEvent::of(record).map(|event| event.kind);
        assert_eq!(kind(&record()), Some(ImageEventType::Processed));
        assert_eq!(
            kind(&rejected("not-an-image")),
            Some(ImageEventType::Rejected)
        );
        assert_eq!(kind(&rejected(DELAYED)), None);
        let tombstone = Record::tombstone(record().source, record().created_at);
        assert_eq!(kind(&tombstone), Some(ImageEventType::Deleted));
        let anew = Record {
            processing: Processing {
                run: Some("run".to_owned()),
                ..Processing::default()
            },
            ..record()
        };
        assert_eq!(kind(&anew), Some(ImageEventType::Reprocessed));
    }

    #[test]
    fn the_id_is_the_same_for_the_same_state_and_no_other() {
        let of = |record: &Record| ImageEvent::of(record).unwrap().id;
        let first = record();
        assert_eq!(of(&first), of(&first.clone()));
        let mut others = vec![
            rejected("not-an-image"),
            rejected("too-large"),
            Record::tombstone(first.source.clone(), first.created_at),
            Record::blank("other.jpg", first.created_at),
            Record::blank(
                "holiday/beach 1.jpg",
                "2024-05-01T08:15:31Z".parse().unwrap(),
            ),
        ];
        let mut newer = first.clone();
        newer.source = Source {
            etag: Some("\"2\"".to_owned()),
            ..newer.source
        };
        let mut anew = first.clone();
        anew.processing.run = Some("run".to_owned());
        others.extend([first, newer, anew]);
        let ids: std::collections::BTreeSet<_> = others.iter().map(of).collect();
        assert_eq!(ids.len(), others.len());
    }

    #[test]
    fn a_type_is_written_as_it_is_called() {
        use ImageEventType::{Deleted, Processed, Rejected, Reprocessed};
        for kind in [Processed, Reprocessed, Rejected, Deleted] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn the_name_is_the_one_that_the_id_was_made_of() {
        let mut record = record();
        // This stands for a name that the host mistook for a date and rewrote.
        record.source.name = "changed on the way".to_owned();
        let event = ImageEvent::of(&record).unwrap();
        assert_eq!(event.subject, "holiday/beach 1.jpg");
        let long = "é".repeat(500);
        let event = ImageEvent::of(&Record::blank(&long, record.created_at)).unwrap();
        assert_eq!(event.data.name, long);
    }
}
