//! The text of a response: the content types and encodings that the host reads.

use bytes::Bytes;

/// A byte order mark, which is not part of the text.
const MARK: char = '\u{feff}';

/// Why the host cannot read a body as text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the handler answered with the content type {0} instead of application/json")]
    ContentType(String),
    #[error("the body is not {0}")]
    Encoding(&'static str),
}

/// The text of a body with this content type. Only two types are read at all, and only UTF-8 and
/// UTF-16. Any other charset counts as UTF-8.
pub(crate) fn text(body: Bytes, content_type: &str) -> Result<String, BodyError> {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let media_type = media_type.trim();
    if !["application/json", "text/json"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(media_type))
    {
        return Err(BodyError::ContentType(content_type.to_owned()));
    }
    let text = if is_utf16(parameters) {
        utf16(&body).ok_or(BodyError::Encoding("UTF-16"))?
    } else {
        String::from_utf8(body.into()).map_err(|_| BodyError::Encoding("UTF-8"))?
    };
    Ok(match text.strip_prefix(MARK) {
        Some(text) => text.to_owned(),
        None => text,
    })
}

fn is_utf16(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset")
                && value
                    .trim()
                    .trim_matches('"')
                    .eq_ignore_ascii_case("utf-16")
        })
}

/// Decodes little-endian UTF-16, as .NET writes it.
fn utf16(body: &[u8]) -> Option<String> {
    let (pairs, rest) = body.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_are_read() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "text/json",
            "application/json; charset=iso-8859-1",
        ] {
            let text = text("{}".into(), content_type).unwrap();
            assert_eq!(text, "{}", "{content_type}");
        }
        for content_type in ["", "text/plain", "application/problem+json"] {
            let error = text("{}".into(), content_type).unwrap_err();
            assert!(matches!(error, BodyError::ContentType(_)), "{content_type}");
        }
    }

    #[test]
    fn two_encodings_are_read_with_a_mark_or_without() {
        for body in ["\u{feff}é", "é"] {
            let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let read = text(utf16.into(), "application/json; charset=\"UTF-16\"");
            assert_eq!(read.unwrap(), "é");
            let read = text(body.as_bytes().to_owned().into(), "application/json");
            assert_eq!(read.unwrap(), "é");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let latin1 = Bytes::from_static(b"\xe9");
        for content_type in ["application/json", "text/json; charset=utf-16"] {
            let error = text(latin1.clone(), content_type).unwrap_err();
            assert!(matches!(error, BodyError::Encoding(_)), "{content_type}");
        }
    }
}
