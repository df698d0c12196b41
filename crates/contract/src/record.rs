//! The record: the Cosmos DB document about one original.
//!
//! Names are camelCase. An unknown fact is absent; it is never null and never guessed. Groups are one level deep, so
//! that a table made of them has usable columns (`image.width`, `exif.make`). The exceptions are the milliseconds of
//! the processing, the point of a position and the focus of a rendition. The only lists are keywords, actions, palette,
//! renditions and warnings. Readers ignore unknown properties and read a missing group as an empty one, so that older
//! and newer records can exist side by side.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{RecordId, UserFields, timestamp};

mod derived;
mod descriptive;
mod exif;
mod file;
mod image;
mod processing;
mod provenance;
mod rendition;
mod size;
mod source;

pub use derived::{Derived, Swatch};
pub use descriptive::{Descriptive, FoundIn};
pub use exif::{Exif, Gps, Point, PointKind};
pub use file::File;
pub use image::Image;
pub use processing::{Milliseconds, Processing};
pub use provenance::{AiUse, ManifestPlace, Provenance};
pub use rendition::{CropFocus, FocusSource, Outcome, RenditionRecord};
pub use source::{Source, SourceKind};

/// Everything that is known about one original image and the result of processing it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The document's id and partition key, which is made from the image's name (see [`RecordId`]).
    pub id: RecordId,
    /// Whether the image was processed, rejected or deleted.
    pub status: Status,
    /// Why the original was rejected. Null if it was processed.
    #[serde(default)]
    pub error: Option<Rejection>,
    /// Where the original came from.
    #[serde(default)]
    pub source: Source,
    /// The original as a file: its size, type and hashes.
    #[serde(default)]
    pub file: File,
    /// The original as an image. Absent if its header could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What the camera states about the picture, from the file's EXIF block. Only the date may be from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exif: Option<Exif>,
    /// Where the picture was taken. Stored only if the deployment asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gps: Option<Gps>,
    /// What people wrote into the file: title, keywords, copyright and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptive: Option<Descriptive>,
    /// What the picture states about its origin: a camera, a person or generative AI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What was measured in the pixels: colours, hashes, placeholder. Absent if the original was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    /// One entry for every rendition that the presets ask for, whatever its result.
    #[serde(default)]
    pub renditions: Vec<RenditionRecord>,
    /// The uploader's own fields, validated.
    #[serde(default)]
    pub user: UserFields,
    /// How and by what the record was made.
    #[serde(default)]
    pub processing: Processing,
    /// When this record was made: in UTC, RFC 3339 with exactly nine digits of sub-seconds, so that the text sorts by
    /// time.
    #[serde(with = "timestamp")]
    #[cfg_attr(feature = "schema", schemars(with = "timestamp::Rfc3339"))]
    pub created_at: Timestamp,
    /// The day of `createdAt` in UTC, for example `2024-05-01`, for clients that cannot group by an expression.
    #[serde(default)]
    pub created_day: String,
    /// Seconds after the last write after which Cosmos DB deletes the record (-1: never). If absent, the default of the
    /// container applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i32>,
}

impl Record {
    /// The tombstone of a deleted image.
    ///
    /// It keeps only the part of `source` that distinguishes one version of the original from another, and nothing
    /// about the image. `at` is the time of the deletion: a message that was produced before it belongs to what was
    /// deleted.
    #[must_use]
    pub fn tombstone(source: Source, at: Timestamp) -> Self {
        let name = source.name.clone();
        Self {
            status: Status::Deleted,
            source: Source {
                url: None,
                uploader: None,
                uploaded_at: None,
                ..source
            },
            ..Self::blank(&name, at)
        }
    }

    /// A record that says nothing yet about the image `name`.
    #[must_use]
    pub fn blank(name: &str, created_at: Timestamp) -> Self {
        Self {
            id: RecordId::from_name(name),
            status: Status::Processed,
            error: None,
            source: Source {
                name: name.to_owned(),
                ..Source::default()
            },
            file: File::default(),
            image: None,
            exif: None,
            gps: None,
            descriptive: None,
            provenance: None,
            derived: None,
            renditions: Vec::new(),
            user: UserFields::default(),
            processing: Processing::default(),
            created_at,
            created_day: created_at.strftime("%F").to_string(),
            ttl: None,
        }
    }
}

/// The status of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its renditions were made.
    Processed,
    /// It can never be processed. `error` says why.
    Rejected,
    /// It was deleted. This record is a tombstone: it has no facts, and only keeps running work and late events from
    /// bringing the image back (see [`Record::tombstone`]).
    Deleted,
}

/// The reason why an original can never be processed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[error("{message} ({code})")]
pub struct Rejection {
    /// A stable kebab-case code for counting, for example `not-an-image`.
    pub code: String,
    /// A sentence for people, with the numbers that matter.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_keeps_the_version_and_nothing_of_the_person() {
        let deleted_at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let source = Source {
            name: "a.jpg".to_owned(),
            etag: Some("0x8D".to_owned()),
            url: Some("https://account/uploads/a.jpg".to_owned()),
            uploader: Some("anna".to_owned()),
            uploaded_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            ..Source::default()
        };
        let tombstone = Record::tombstone(source, deleted_at);
        let version = Source {
            name: "a.jpg".to_owned(),
            etag: Some("0x8D".to_owned()),
            ..Source::default()
        };
        assert_eq!(tombstone.id, RecordId::from_name("a.jpg"));
        assert_eq!(tombstone.status, Status::Deleted);
        assert_eq!(tombstone.source, version);
        assert_eq!(tombstone.created_day, "2026-01-02");
    }

    #[test]
    fn a_version_is_an_entity_tag_or_a_place_in_a_topic() {
        let mut source = Source {
            etag: Some("0x8D".to_owned()),
            ..Source::default()
        };
        assert_eq!(source.version().as_deref(), Some("0x8D"));
        source.topic = Some("images".to_owned());
        (source.partition, source.offset) = (Some(3), Some(41));
        assert_eq!(source.version().as_deref(), Some("images/3/41"));
        assert_eq!(Source::default().version(), None);
        let messages =
            [SourceKind::Blob, SourceKind::Kafka, SourceKind::Sink].map(SourceKind::is_message);
        assert_eq!(messages, [false, true, true]);
    }

    #[test]
    fn only_stages_that_took_time_are_listed_in_their_order() {
        let times = Milliseconds {
            deliver: Some(3.0),
            wait: Some(1.0),
            decode: Some(2.0),
            total: Some(6.0),
            ..Milliseconds::default()
        };
        let stages: Vec<_> = times.stages().collect();
        assert_eq!(stages, [("wait", 1.0), ("decode", 2.0), ("deliver", 3.0)]);
    }

    #[test]
    fn only_a_group_with_a_fact_is_worth_writing() {
        assert!(Descriptive::default().is_empty() && UserFields::default().is_empty());
        let titled = Descriptive {
            rating: Some(5.0),
            ..Descriptive::default()
        };
        assert!(!titled.is_empty());
    }

    #[test]
    fn generative_ai_is_known_by_the_codes_of_iptc() {
        for (code, expected) in [
            ("trainedAlgorithmicMedia", Some(AiUse::Made)),
            ("compositeWithTrainedAlgorithmicMedia", Some(AiUse::Edited)),
            ("compositeSynthetic", Some(AiUse::Edited)),
            ("digitalCapture", None),
        ] {
            assert_eq!(AiUse::of_source_type(code), expected, "{code}");
        }
    }
}
