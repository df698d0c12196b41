//! The container of messages and events that can never succeed.

use std::collections::HashMap;

use azure_core::http::Etag;
use azure_functions_custom_handler::{InvalidInvocation, InvocationId};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{
    DeadLetter, RefusedEvent, Rejection, dead_letter_path, metadata_value, names,
    refused_event_path,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    container::{Condition, Container, Headers, Written},
    hex,
};
use crate::{
    error::{Error, Retry},
    patience::Patience,
};

/// How many dead letters one listing returns.
const PAGE: u32 = 1000;
/// The metadata of a dead letter that distinguishes it from another one at the same path.
const DIGEST: &str = "digest";

/// The container of dead letters. They are written before the event is answered in both modes of
/// delivery, because an output binding is written after the answer and may fail then.
pub struct DeadLetters(Container);

impl DeadLetters {
    /// The dead letters in a container.
    #[must_use]
    pub fn new(container: Container) -> Self {
        Self(container)
    }

    /// Keeps a message that can never succeed. The same message again changes nothing. Another
    /// message at the same place, from an earlier topic of the same name, is kept beside it.
    pub async fn keep(&self, patience: &Patience, letter: &DeadLetter) -> Result<(), Retry> {
        let path = dead_letter_path(&letter.topic, letter.partition, letter.offset);
        let (json, digest) = (json(letter)?, digest(letter));
        if self.create(patience, &path, &json, &digest).await? == Written::Done {
            return Ok(());
        }
        let there = self.0.find(patience, &path).await?;
        if there.is_some_and(|blob| blob.metadata.get(DIGEST) != Some(&digest)) {
            let beside = format!("{path}-{digest}");
            self.create(patience, &beside, &json, &digest).await?;
        }
        Ok(())
    }

    /// How many dead letters there are.
    pub async fn count(&self, patience: &Patience) -> Result<u64, Retry> {
        let mut count = 0;
        let mut place: Option<String> = None;
        loop {
            let page = self.0.page(patience, "", place.as_deref(), PAGE).await?;
            count += page.blobs.len() as u64;
            place = page.next;
            if place.is_none() {
                return Ok(count);
            }
        }
    }

    /// The paths of the dead letters that name an uploader: messages that do so in a header, and
    /// whole requests that contain the id.
    pub async fn of_uploader(
        &self,
        patience: &Patience,
        uploader: &str,
    ) -> Result<Vec<String>, Retry> {
        let mut found = Vec::new();
        let mut place: Option<String> = None;
        loop {
            let page = self.0.page(patience, "", place.as_deref(), PAGE).await?;
            for blob in page.blobs {
                let read = self.0.read(patience, &blob.name).await?;
                if read.is_some_and(|(bytes, _)| names_uploader(&bytes, uploader)) {
                    found.push(blob.name);
                }
            }
            place = page.next;
            if place.is_none() {
                return Ok(found);
            }
        }
    }

    /// A dead letter's bytes, or nothing if it is gone.
    pub async fn read(
        &self,
        patience: &Patience,
        path: &str,
    ) -> Result<Option<serde_json::Value>, Retry> {
        let read = self.0.read(patience, path).await?;
        Ok(read.and_then(|(bytes, _)| serde_json::from_slice(&bytes).ok()))
    }

    /// Removes a dead letter.
    pub async fn remove(&self, patience: &Patience, path: &str) -> Result<(), Retry> {
        self.0.delete(patience, path, &Etag::from("*")).await
    }

    /// Whether there is a dead letter at a path.
    pub async fn has(&self, patience: &Patience, path: &str) -> Result<bool, Retry> {
        Ok(self.0.find(patience, path).await?.is_some())
    }

    /// Keeps an event that could not be read.
    pub async fn keep_invalid(
        &self,
        patience: &Patience,
        function: &str,
        id: &InvocationId,
        invalid: &InvalidInvocation,
    ) -> Result<(), Retry> {
        let body = match invalid {
            InvalidInvocation::Envelope { body, .. } | InvalidInvocation::Metadata { body, .. } => {
                Some(STANDARD.encode(body))
            }
            _ => None,
        };
        let event = RefusedEvent {
            error: Rejection {
                code: "invalid-invocation".to_owned(),
                message: invalid.to_string(),
            },
            function: function.to_owned(),
            invocation_id: Some(id.to_string()),
            container: None,
            name: None,
            body,
        };
        self.keep_event(patience, &event, id.as_str()).await
    }

    /// Keeps an event that cannot become a record.
    pub async fn keep_event(
        &self,
        patience: &Patience,
        event: &RefusedEvent,
        id: &str,
    ) -> Result<(), Retry> {
        let path = refused_event_path(&event.function, id);
        self.create(patience, &path, &json(event)?, id)
            .await
            .map(drop)
    }

    async fn create(
        &self,
        patience: &Patience,
        path: &str,
        json: &Bytes,
        digest: &str,
    ) -> Result<Written, Retry> {
        let digest = metadata_value::encode(digest).into_owned();
        let headers = Headers {
            content_type: "application/json".to_owned(),
            metadata: HashMap::from([(DIGEST.to_owned(), digest)]),
            ..Headers::default()
        };
        let written = self
            .0
            .put(patience, path, json, &headers, &Condition::Absent)
            .await;
        // What storage refuses for good can be kept nowhere. Then the event has to stay where it
        // is.
        written.map_err(|error| match error {
            Error::Rejected(rejection) => Retry::new("keeping a dead letter", rejection),
            Error::Retry(retry) => retry,
        })
    }
}

/// Whether a dead letter of either kind names an uploader.
fn names_uploader(letter: &[u8], uploader: &str) -> bool {
    if let Ok(letter) = serde_json::from_slice::<DeadLetter>(letter) {
        return letter.headers.iter().any(|header| {
            let value = header.value.as_deref().map(|value| STANDARD.decode(value));
            header.key == names::header::UPLOADER
                && matches!(value, Some(Ok(value)) if value == uploader.as_bytes())
        });
    }
    let event: Option<RefusedEvent> = serde_json::from_slice(letter).ok();
    let body = event.and_then(|event| STANDARD.decode(event.body?).ok());
    // In the host's requests the value of a header is in base64.
    let encoded = STANDARD.encode(uploader);
    body.is_some_and(|body| {
        [uploader, &encoded]
            .iter()
            .any(|text| body.windows(text.len()).any(|part| part == text.as_bytes()))
    })
}

/// Distinguishes a message from others at the same place of topics of the same name.
fn digest(letter: &DeadLetter) -> String {
    let mut hash = Sha256::new();
    for part in [&letter.timestamp, &letter.key, &Some(letter.value.clone())] {
        hash.update(part.as_deref().unwrap_or_default());
        hash.update([0]);
    }
    let bytes: [u8; 32] = hash.finalize().into();
    hex(&bytes[..8])
}

fn json(value: &impl Serialize) -> Result<Bytes, Retry> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|error| Retry::new("writing JSON", error))
}
