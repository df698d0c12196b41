//! Splits `{"Data": {…}, "Metadata": {…}}` without a copy.

use std::{fmt, ops::Range};

use bytes::{Bytes, BytesMut};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    InvalidInvocation, RetryContext,
    body::{BoundedJson, Elided},
    data::{Content, Data},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Members<'a>,
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// The members of an object in order: the trigger's value comes first, then the values of inputs.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(1));
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// The host puts fields of a message beside its own metadata. A field with the name of one of the
/// host's must not make the event unreadable, so it counts as absent.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RetryMetadata {
    #[serde(default, deserialize_with = "crate::encoded::encoded_lenient")]
    retry_context: Option<RetryContext>,
}

/// The contents of an envelope.
#[derive(Debug)]
pub(crate) struct Opened<T> {
    pub(crate) metadata: T,
    pub(crate) retry: Option<RetryContext>,
    pub(crate) data: Vec<Data>,
}

/// The contents of an envelope, and the positions of the data of its bindings.
struct Parts<T> {
    metadata: T,
    retry: Option<RetryContext>,
    ranges: Vec<(String, Range<usize>)>,
}

impl<T: DeserializeOwned> Parts<T> {
    fn read(text: &[u8]) -> Result<Self, InvalidInvocation> {
        let envelope: Envelope<'_> =
            serde_json::from_slice(text).map_err(|reason| InvalidInvocation::Envelope {
                reason,
                body: Bytes::copy_from_slice(text),
            })?;
        let members = envelope.data.0.into_iter();
        Ok(Self {
            metadata: deserialize_metadata(envelope.metadata, text)?,
            retry: deserialize_metadata::<RetryMetadata>(envelope.metadata, text)?.retry_context,
            ranges: members
                .map(|(binding, value)| (binding, range_within(text, value.get())))
                .collect(),
        })
    }
}

/// Opens an envelope.
pub(crate) fn open<T: DeserializeOwned>(
    mut json: BoundedJson,
) -> Result<Opened<T>, InvalidInvocation> {
    let mut parts = Parts::read(&json.text);
    // A host that broke off while it wrote may have written everything that is needed.
    let is_cut = |error: &InvalidInvocation| matches!(error, InvalidInvocation::Envelope { reason, .. } if reason.is_eof());
    if parts.as_ref().is_err_and(is_cut) && json.close_after_cut_retry_context() {
        parts = Parts::read(&json.text);
    }
    let parts = match (parts, json.broken) {
        (Ok(parts), _) => parts,
        (Err(_), Some(broken)) => return Err(InvalidInvocation::Body(broken)),
        (Err(error), None) => return Err(error),
    };
    Ok(Opened {
        metadata: parts.metadata,
        retry: parts.retry,
        data: cut(json.text, parts.ranges, &json.elided),
    })
}

fn deserialize_metadata<T: DeserializeOwned>(
    json: &RawValue,
    body: &[u8],
) -> Result<T, InvalidInvocation> {
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        InvalidInvocation::Metadata {
            path: error.path().to_string(),
            reason: error.into_inner(),
            body: Bytes::copy_from_slice(body),
        }
    })
}

/// The position of `part`, which was borrowed from `whole`.
fn range_within(whole: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

/// Cuts the values out of the buffer, the last one first, without a copy.
fn cut(text: BytesMut, ranges: Vec<(String, Range<usize>)>, elided: &[Elided]) -> Vec<Data> {
    let mut text = text;
    let mut data: Vec<Data> = ranges
        .into_iter()
        .rev()
        .map(|(binding, range)| {
            let oversized = elided.iter().find(|elided| elided.offset == range.start);
            text.truncate(range.end);
            let json = text.split_off(range.start);
            let content = oversized.map_or(Content::Json(json), |elided| Content::Oversized {
                length: elided.length,
            });
            Data { binding, content }
        })
        .collect();
    data.reverse();
    data
}
