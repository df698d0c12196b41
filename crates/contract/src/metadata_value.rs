//! Encodes any text as the value of a blob's metadata.
//!
//! Blob metadata travels in HTTP headers, which carry printable ASCII only and lose spaces at either end. Text that
//! fits is written unchanged, so that people and other tools can read it. All other text is written as an RFC 8187
//! extended value: `UTF-8''` followed by percent-encoded UTF-8.

use std::borrow::Cow;

use crate::hex_digits;

const MARK: &str = "UTF-8''";

/// Encodes `text` so that it survives as a metadata value.
///
/// ```
/// use contract::metadata_value::{decode, encode};
/// assert_eq!(encode("100% wool"), "100% wool");
/// assert_eq!(encode("été"), "UTF-8''%C3%A9t%C3%A9");
/// assert_eq!(decode("UTF-8''%C3%A9t%C3%A9"), "été");
/// ```
#[must_use]
pub fn encode(text: &str) -> Cow<'_, str> {
    if travels_as_it_is(text) {
        return Cow::Borrowed(text);
    }
    let mut value = MARK.to_owned();
    for byte in text.bytes() {
        // The bytes that RFC 8187 calls attr-char stay unchanged.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            value.push('%');
            value.extend(hex_digits(byte));
        }
    }
    Cow::Owned(value)
}

/// Decodes what [`encode`] wrote. Any other value, as other tools write them, is returned unchanged.
#[must_use]
pub fn decode(value: &str) -> Cow<'_, str> {
    strip_mark(value)
        .and_then(percent_decode)
        .map_or(Cow::Borrowed(value), Cow::Owned)
}

fn travels_as_it_is(text: &str) -> bool {
    let printable = text
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    printable && text.trim() == text && strip_mark(text).is_none()
}

fn strip_mark(value: &str) -> Option<&str> {
    let (mark, rest) = value.split_at_checked(MARK.len())?;
    mark.eq_ignore_ascii_case(MARK).then_some(rest)
}

fn percent_decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (&[high, low], after) = after.split_first_chunk()?;
        bytes.push(hex(high)? << 4 | hex(low)?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_what_headers_would_change() {
        for text in [" a", "a ", "a\tb", "a\nb", "naïve", "utf-8''x"] {
            assert!(encode(text).starts_with(MARK), "{text:?}");
        }
    }

    #[test]
    fn takes_foreign_values_as_they_stand() {
        for value in [
            "100%25",
            "UTF-8''%",
            "UTF-8''%FF",
            "UTF-8'en'x",
            "%C3%A9",
            "",
        ] {
            assert_eq!(decode(value), value);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_travels(text in any::<String>()) {
            let value = encode(&text);
            prop_assert!(value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
            prop_assert_eq!(decode(&value), text.as_str());
        }
    }
}
