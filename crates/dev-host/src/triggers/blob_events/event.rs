//! An Event Grid event about a blob, in the Event Grid schema.
//!
//! Source: <https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage>.

use azure_core::http::Url;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::triggers::{blob::BlobMessage, delivery};

/// The parts of an event that the host uses.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    data: Data,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    url: Option<String>,
    e_tag: Option<String>,
    blob_type: Option<String>,
}

/// What is wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("the event has no url of a blob")]
    NoBlob,
}

impl Event {
    /// The events of a body, which is a list or a single event.
    pub(super) fn read_all(body: &[u8]) -> Result<Vec<Self>, EventError> {
        let events = delivery::events(body)?;
        let events = events.into_iter().map(serde_json::from_value);
        Ok(events.collect::<Result<_, _>>()?)
    }

    /// The message about the event's blob.
    pub(super) fn message(&self, function_id: &str) -> Result<BlobMessage, EventError> {
        let url = self
            .data
            .url
            .as_deref()
            .and_then(|url| Url::parse(url).ok());
        let (container_name, blob_name) = url.as_ref().and_then(names).ok_or(EventError::NoBlob)?;
        let etag = self.data.e_tag.as_deref().unwrap_or_default();
        Ok(BlobMessage {
            function_id: function_id.to_owned(),
            blob_type: self.data.blob_type.clone().unwrap_or_default(),
            container_name,
            blob_name,
            etag: format!("\"{}\"", etag.trim_matches('"')),
        })
    }
}

/// Container and blob of a URL. If the host is not the name of an account, as with emulators, the
/// account is the first part of the path.
fn names(url: &Url) -> Option<(String, String)> {
    let path = url.path().trim_start_matches('/');
    let path = match url.host_str()?.split_once(".blob.") {
        Some(_) => path,
        None => path.split_once('/')?.1,
    };
    let (container, blob) = path.split_once('/')?;
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let names = (decode(container), decode(blob));
    (!names.0.is_empty() && !names.1.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_container_and_a_blob() {
        for (url, expected) in [
            (
                "https://other.blob.core.windows.net/uploads/a%20b/%C3%A9%23%3F%25%2B.jpg",
                Some(("uploads", "a b/é#?%+.jpg")),
            ),
            (
                "http://127.0.0.1:10000/devstoreaccount1/uploads/a.jpg",
                Some(("uploads", "a.jpg")),
            ),
            ("https://other.blob.core.windows.net/uploads", None),
            ("http://127.0.0.1:10000/devstoreaccount1/uploads/", None),
        ] {
            let expected = expected.map(|(container, blob)| (container.into(), blob.into()));
            assert_eq!(names(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_event_of_a_blob_is_refused() {
        for body in ["", "hello", "5", r#"{"data": 1}"#] {
            assert!(Event::read_all(body.as_bytes()).is_err(), "{body}");
        }
        let events = Event::read_all(br#"[{"data": {"eTag": "0x1"}}]"#).unwrap();
        assert!(events[0].message("F").is_err());
    }
}
