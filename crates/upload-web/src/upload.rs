//! Taking an upload: finds the type in the first bytes, applies limits while it streams, and leaves nothing of an
//! upload that ends early.
//!
//! - [`take`]: one file from a request to a sender
//! - [`blocks`]: the same in several requests, each with a block of the file
//! - [`session`]: which file such blocks belong to
//! - [`form`]: files in a multipart form
//! - [`details`]: what the uploader says about a file, checked
//! - [`name`]: the name that an image gets
//! - [`sniff`]: the type of the first bytes
//! - [`receive`]: the stream with its limits

pub mod blocks;
pub mod details;
pub mod form;
pub mod name;
pub mod receive;
pub mod session;
pub mod sniff;
pub mod take;

pub use details::Details;
pub use receive::Receive;
pub use session::Session;
pub use take::UploadRequest;

use contract::RecordId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::existing::{ExistingImage, Found};

/// An upload that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The image's id, which is also the id of its record.
    pub id: String,
    /// The file's name.
    pub filename: String,
    /// The number of bytes received.
    pub bytes: u64,
    /// The media type that was found in the bytes.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Where to ask for its state.
    pub status_url: String,
    /// The address of its page.
    pub page_url: String,
    /// An image with exactly the same bytes that you have uploaded before, if that is known at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<ExistingImage>,
}

impl Accepted {
    /// The answer about the upload called `name`.
    #[must_use]
    pub fn new(name: &contract::BlobName, filename: &str, bytes: u64, content_type: &str) -> Self {
        let id = RecordId::from_name(name.as_str());
        Self {
            filename: filename.to_owned(),
            bytes,
            content_type: content_type.to_owned(),
            status_url: format!("/api/v1/images/{id}"),
            page_url: format!("/images/{id}"),
            id: id.to_string(),
            existing: None,
        }
    }

    /// The same answer with the image that was found to have the same bytes.
    #[must_use]
    pub fn beside(self, found: &Found, sha256: Option<&str>) -> Self {
        Self {
            existing: sha256.and_then(|sha256| found.other_than(&self.id, sha256)),
            ..self
        }
    }
}
