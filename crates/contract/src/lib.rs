//! What Darkroom's parts exchange: the record about an image, names, and the vocabulary that web
//! application, message broker, storage and handler share.
//!
//! - [`record`]: the Cosmos DB document about one original ([`Record`] and its parts)
//! - [`id`]: [`RecordId`], the record's key, converted from the image's name and back
//! - [`names`]: containers, topic, headers, blob metadata, and where a rendition goes
//! - [`blob_name`]: which names can be an image's name ([`BlobName`])
//! - [`cost`]: what it costs to process images
//! - [`dead_letter`]: a whole Kafka message that was refused ([`DeadLetter`]), and an event that
//!   cannot become a record ([`RefusedEvent`])
//! - [`focus`]: [`FocusPoint`], the point of an image that crops keep
//! - [`image_event`]: [`ImageEvent`], what others are told about an image
//! - [`likeness`]: [`Likeness`], finds pictures that were resized or cropped a little
//! - [`metadata_value`]: encodes any text as the value of a blob's metadata, and decodes it
//! - [`run`]: many images that are made again ([`Run`])
//! - [`user`]: [`UserFields`], what the user says about an image, validated
//! - [`warning`]: [`Warning`], something noticed that did not stop the work
//! - `schema` (feature `schema`): the JSON Schemas of the record and of the event
//!
//! Nothing here does IO, and nothing here knows how an image is read.

pub mod blob_name;
pub mod cost;
pub mod dead_letter;
pub mod focus;
pub mod id;
pub mod image_event;
pub mod likeness;
pub mod metadata_value;
pub mod names;
pub mod record;
pub mod run;
#[cfg(feature = "schema")]
pub mod schema;
mod timestamp;
pub mod user;
pub mod warning;

pub use blob_name::{BlobName, BlobNameError};
pub use dead_letter::{
    DeadLetter, DeadLetterHeader, RefusedEvent, dead_letter_path, refused_event_path,
};
pub use focus::{FocusPoint, InvalidFocus};
pub use id::RecordId;
pub use image_event::{ImageEvent, ImageEventType};
pub use likeness::{InvalidLikeness, Likeness};
pub use names::rendition_path;
pub use record::{
    AiUse, CropFocus, Derived, Descriptive, Exif, File, FocusSource, FoundIn, Gps, Image,
    ManifestPlace, Milliseconds, Outcome, Point, PointKind, Processing, Provenance, Record,
    Rejection, RenditionRecord, Source, SourceKind, Status, Swatch,
};
pub use run::{Run, RunMessage, RunState, Selection};
pub use user::UserFields;
pub use warning::{MAX_WARNING_CHARACTERS, MAX_WARNINGS, Warning};

/// The two uppercase hexadecimal digits of a byte, as both encodings in this crate write them.
fn hex_digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 0xF].map(|nibble| char::from(b"0123456789ABCDEF"[usize::from(nibble)]))
}
