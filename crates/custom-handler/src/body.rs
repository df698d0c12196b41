//! Reads a request body into one buffer, with a limit on the length of each value.

use axum::body::Body;
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use memchr::{memchr, memchr2};

/// The most bytes of one JSON string that an [`Invocation`](crate::Invocation) keeps, as a request
/// extension. A longer value is dropped while it arrives and appears as
/// [`BlobContent::Oversized`](crate::BlobContent::Oversized), so that even an oversized event can
/// be handled in bounded memory. Base64 makes a blob's bytes a third longer. The default is 128
/// MiB.
#[derive(Clone, Copy, Debug)]
pub struct MaxValueBytes(pub usize);

impl Default for MaxValueBytes {
    fn default() -> Self {
        Self(128 * 1024 * 1024)
    }
}

/// A JSON text whose longest strings were emptied.
#[derive(Debug, Default)]
pub(crate) struct BoundedJson {
    pub(crate) text: BytesMut,
    pub(crate) elided: Vec<Elided>,
    /// The error that ended the body before it was complete, if any.
    pub(crate) broken: Option<axum::Error>,
}

impl BoundedJson {
    /// Closes a text that was cut off inside the last member of `Metadata`, if that is the
    /// `RetryContext`, by leaving that member out.
    ///
    /// After a failure of a Cosmos DB output, the host cannot serialise its own exception. The
    /// exception comes last in the request, so everything before it is complete.
    pub(crate) fn close_after_cut_retry_context(&mut self) -> bool {
        let Some(comma) = last_comma_of_second_level(&self.text) else {
            return false;
        };
        let cut_off = self.text[comma + 1..].trim_ascii_start();
        if !cut_off.starts_with(b"\"RetryContext\"") {
            return false;
        }
        self.text.truncate(comma);
        self.text.extend_from_slice(b"}}");
        true
    }
}

/// The position of the last comma between members of an object within an object, in a text that is
/// cut off somewhere below that level.
fn last_comma_of_second_level(text: &[u8]) -> Option<usize> {
    let (mut depth, mut last) = (0_usize, None);
    let (mut inside, mut escaped) = (false, false);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ if inside => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 2 => last = Some(index),
            _ => {}
        }
    }
    last.filter(|_| depth >= 2)
}

/// A string of which only the quotes were kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Elided {
    /// The position of its opening quote in the kept text.
    pub(crate) offset: usize,
    /// The length of its content in bytes.
    pub(crate) length: u64,
}

/// Where in the JSON text the reader is.
enum Position {
    Outside,
    Inside {
        start: usize,
        length: u64,
        escaped: bool,
    },
}

/// Reads the body chunk by chunk. The limit for each string also bounds what is buffered.
///
/// If the body breaks off, returns what has arrived, with the error.
pub(crate) async fn read(body: Body, max: MaxValueBytes) -> BoundedJson {
    let mut reader = Reader {
        json: BoundedJson::default(),
        position: Position::Outside,
        max,
    };
    // The host states the length of most bodies. Then one allocation is enough, of at most the
    // limit.
    let stated = axum::body::HttpBody::size_hint(&body).lower();
    reader
        .json
        .text
        .reserve(usize::try_from(stated).unwrap_or(usize::MAX).min(max.0));
    let mut body = body;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(chunk) = frame.into_data() {
                    reader.push(&chunk);
                }
            }
            Err(error) => {
                reader.json.broken = Some(error);
                break;
            }
        }
    }
    reader.json
}

struct Reader {
    json: BoundedJson,
    position: Position,
    max: MaxValueBytes,
}

impl Reader {
    fn push(&mut self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            chunk = match self.position {
                Position::Outside => self.push_outside(chunk),
                Position::Inside {
                    start,
                    length,
                    escaped,
                } => self.push_inside(chunk, start, length, escaped),
            };
        }
    }

    /// Keeps everything up to and including the next opening quote.
    fn push_outside<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        let Some(quote) = memchr(b'"', chunk) else {
            self.json.text.extend_from_slice(chunk);
            return &[];
        };
        let (kept, rest) = chunk.split_at(quote + 1);
        self.json.text.extend_from_slice(kept);
        let start = self.json.text.len() - 1;
        self.position = Position::Inside {
            start,
            length: 0,
            escaped: false,
        };
        rest
    }

    /// Reads the string's content up to its next special character.
    fn push_inside<'a>(
        &mut self,
        chunk: &'a [u8],
        start: usize,
        length: u64,
        escaped: bool,
    ) -> &'a [u8] {
        if escaped {
            self.keep_content(&chunk[..1], start, length);
            self.position = Position::Inside {
                start,
                length: length + 1,
                escaped: false,
            };
            return &chunk[1..];
        }
        let special = memchr2(b'"', b'\\', chunk);
        let (content, rest) = chunk.split_at(special.unwrap_or(chunk.len()));
        self.keep_content(content, start, length);
        let length = length + content.len() as u64;
        match rest.first() {
            Some(b'"') => {
                self.close(start, length);
                &rest[1..]
            }
            Some(_) => {
                self.keep_content(&rest[..1], start, length);
                self.position = Position::Inside {
                    start,
                    length: length + 1,
                    escaped: true,
                };
                &rest[1..]
            }
            None => {
                self.position = Position::Inside {
                    start,
                    length,
                    escaped: false,
                };
                &[]
            }
        }
    }

    fn keep_content(&mut self, content: &[u8], start: usize, length: u64) {
        if length + content.len() as u64 <= self.max.0 as u64 {
            self.json.text.extend_from_slice(content);
        } else {
            self.json.text.truncate(start + 1);
        }
    }

    fn close(&mut self, start: usize, length: u64) {
        if length > self.max.0 as u64 {
            self.json.elided.push(Elided {
                offset: start,
                length,
            });
        }
        self.json.text.extend_from_slice(b"\"");
        self.position = Position::Outside;
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    async fn read_in_chunks(text: &str, chunk: usize, max: usize) -> BoundedJson {
        let chunks: Vec<_> = text
            .as_bytes()
            .chunks(chunk)
            .map(|part| Ok::<_, axum::Error>(part.to_vec()))
            .collect();
        read(Body::from_stream(stream::iter(chunks)), MaxValueBytes(max)).await
    }

    #[tokio::test]
    async fn keeps_what_is_within_the_bound() {
        let text = r#"{"a": "12345678", "b\"\\": ["\\", "\"", ""]}"#;
        for chunk in 1..text.len() {
            let json = read_in_chunks(text, chunk, 8).await;
            assert_eq!(json.text, text);
            assert!(json.elided.is_empty());
        }
    }

    #[tokio::test]
    async fn empties_what_is_longer_and_says_where() {
        let text = r#"{"a": "123456789", "b": "x\"y\\z\"w123", "c": "kept"}"#;
        for chunk in 1..text.len() {
            let json = read_in_chunks(text, chunk, 8).await;
            assert_eq!(json.text, r#"{"a": "", "b": "", "c": "kept"}"#);
            assert_eq!(
                json.elided,
                [
                    Elided {
                        offset: 6,
                        length: 9
                    },
                    Elided {
                        offset: 15,
                        length: 13
                    }
                ]
            );
        }
    }
}
