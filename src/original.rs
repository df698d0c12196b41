//! An original on its way through the handler, and the event that brought it.

use std::time::{Duration, Instant};

use azure_functions_custom_handler::{Invocation, TraceContext};
use bytes::Bytes;
use contract::{FocusPoint, Rejection, Source, UserFields, Warning};

use crate::{message::Message, patience::Patience, stores::originals::Opened};

/// The most characters of a text from outside in a record: the file's name, the uploader and the declared type.
const MAX_TEXT: usize = 256;

/// One original, wherever it came from.
pub struct Original {
    /// Its name. Renditions and record are named after it.
    pub name: String,
    /// Where its bytes are.
    pub content: Content,
    /// Its length in bytes, as its source states it.
    pub length: u64,
    /// The MD5 of its bytes in lowercase hexadecimal, if storage states it. Bytes that came with the event may be those
    /// of an earlier version.
    pub md5: Option<String>,
    /// Its source and its version.
    pub source: Source,
    /// The file's name on the uploader's machine.
    pub file_name: Option<String>,
    /// The media type that the uploader declared.
    pub declared_type: Option<String>,
    /// The user's own fields.
    pub user: UserFields,
    /// The point that the uploader wants crops to keep.
    pub focus: Option<FocusPoint>,
    /// Warnings collected so far.
    pub warnings: Vec<Warning>,
    /// The message that brought it, which is kept whole if it can never succeed.
    pub message: Option<Message>,
    /// The run that makes it again; absent if its own event brought it.
    pub run: Option<String>,
    /// The event that brought it.
    pub event: Event,
}

/// Where the bytes of an original are.
pub enum Content {
    /// They came with the event.
    Here(Bytes),
    /// They are in a blob that has been opened.
    Upload(Box<Opened>),
    /// They are in the container of incoming originals.
    Incoming {
        /// The blob's name.
        blob: String,
        /// Whether the message names the blob. If not, the blob may not exist.
        is_named: bool,
    },
    /// They must not be read.
    Refused(Rejection),
}

/// The event that brought an original.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it arrived.
    pub arrived: Instant,
    /// When it must be answered: before the host's own time-out ends the process.
    pub deadline: tokio::time::Instant,
    /// The host's id of the invocation.
    pub invocation_id: String,
    /// The distributed trace it belongs to: the uploader's if known, otherwise the host's.
    pub trace: Option<TraceContext>,
    /// Which try this is, from 1.
    pub attempt: Option<u32>,
}

/// When an event arrived and how much time there is for it. It is a request extension.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// When its request came in, before it waited for its turn.
    pub at: Instant,
    /// How long it may take from then on.
    pub time: Duration,
}

impl Original {
    /// An upload without an event of a host, for tools that already have its bytes.
    #[must_use]
    pub fn unannounced(name: &str, length: u64) -> Self {
        let now = Instant::now();
        Self {
            name: name.to_owned(),
            content: Content::Here(Bytes::new()),
            length,
            md5: None,
            source: Source {
                name: name.to_owned(),
                ..Source::default()
            },
            file_name: Some(name.to_owned()),
            declared_type: None,
            user: UserFields::default(),
            focus: None,
            warnings: Vec::new(),
            message: None,
            run: None,
            event: Event {
                arrived: now,
                deadline: now.into(),
                invocation_id: String::new(),
                trace: None,
                attempt: None,
            },
        }
    }
}

impl Event {
    /// The event that an invocation carries.
    #[must_use]
    pub fn of<T>(invocation: &Invocation<T>, arrived: Arrived) -> Self {
        Self {
            arrived: arrived.at,
            deadline: (arrived.at + arrived.time).into(),
            invocation_id: invocation.id.to_string(),
            trace: invocation.trace.clone(),
            attempt: invocation.retry.map(|retry| retry.retry_count + 1),
        }
    }

    /// The trace's id.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        self.trace.as_ref().map(|trace| trace.trace_id.clone())
    }

    /// For how long passing trouble is waited out.
    #[must_use]
    pub fn patience(&self) -> Patience {
        Patience::until(self.deadline)
    }
}

/// The point that the uploader wants crops to keep. An invalid point adds a warning, and crops are made as the presets
/// say.
#[must_use]
pub fn focus(stated: Option<&str>, warnings: &mut Vec<Warning>) -> Option<FocusPoint> {
    match stated?.parse::<FocusPoint>() {
        Ok(point) => Some(point),
        Err(invalid) => {
            Warning::new(FocusPoint::INVALID, invalid.to_string()).add_to(warnings);
            None
        }
    }
}

/// Shortens a text from outside to the length that a record allows.
#[must_use]
pub fn bounded(text: String) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focus_that_is_none_is_a_warning() {
        let mut warnings = Vec::new();
        assert_eq!(focus(None, &mut warnings), None);
        let point = FocusPoint { x: 0.3, y: 0.7 };
        assert_eq!(focus(Some("0.3,0.7"), &mut warnings), Some(point));
        assert!(warnings.is_empty());
        assert_eq!(focus(Some("the left"), &mut warnings), None);
        assert_eq!(warnings[0].code, "focus-invalid");
    }

    #[test]
    fn texts_from_outside_are_bounded() {
        assert_eq!(bounded("é".repeat(MAX_TEXT)), "é".repeat(MAX_TEXT));
        let cut = bounded("é".repeat(1_000_000));
        assert_eq!(cut.chars().count(), MAX_TEXT + 1);
        assert!(cut.ends_with('…'));
    }
}
