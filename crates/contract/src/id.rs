//! The record's id: an image's name, encoded so that Cosmos DB accepts it.
//!
//! Cosmos DB forbids `/`, `\`, `?` and `#` in an id, allows at most 1,023 bytes, and puts the id
//! into URLs, where more characters are decoded, normalised or signed differently from one client
//! to the next. So an id contains only characters that no URL library changes:
//!
//! - ASCII letters, ASCII digits and ``- _ . ~ ! $ ' ( ) * , ; @`` stand for themselves.
//! - Every other byte of the name's UTF-8 becomes `=` and two uppercase hexadecimal digits:
//!   `holiday/été 1.jpg` is `holiday=2F=C3=A9t=C3=A9=201.jpg`.
//! - A name that is `.` or `..` has its dots escaped, because a URL would resolve them; the empty
//!   name is a single `=`.
//!
//! The encoding is reversible, and different names have different ids. A result longer than 1,023
//! bytes is cut at an escape boundary and ends with `=~` and the SHA-256 of the name in lowercase
//! hexadecimal. Such an id still belongs to one name only but cannot be decoded; the record's
//! `source.name` holds the name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use sha2::{Digest, Sha256};

use crate::hex_digits;

/// The most bytes that Cosmos DB allows in an id.
pub const MAX_ID_BYTES: usize = 1_023;

const DIGEST_MARK: &str = "=~";
const DIGEST_DIGITS: usize = 64;
const KEPT_BEFORE_DIGEST: usize = MAX_ID_BYTES - DIGEST_MARK.len() - DIGEST_DIGITS;

/// The id of a record. See the [module](self) for the encoding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RecordId(#[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1_023)))] String);

impl RecordId {
    /// The id of the image called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let escaped = escape(name);
        if escaped.len() <= MAX_ID_BYTES {
            Self(escaped)
        } else {
            Self(shorten(&escaped, name))
        }
    }

    /// The id as Cosmos DB stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes the name that this id was made from. Returns `None` if the id ends in a digest or is
    /// not an id of this encoding.
    #[must_use]
    pub fn to_name(&self) -> Option<String> {
        let name = unescape(&self.0)?;
        // Other spellings of the same name (`=41` for `A`) are not ids.
        (Self::from_name(&name) == *self).then_some(name)
    }
}

/// Accepts only what the encoding can write, because ids also come from URLs.
impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        let written = id
            .bytes()
            .all(|byte| byte == b'=' || stands_for_itself(byte));
        if !written || matches!(id.as_str(), "" | "." | "..") || id.len() > MAX_ID_BYTES {
            return Err(D::Error::custom("it is not the id of a record"));
        }
        Ok(Self(id))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for RecordId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn escape(name: &str) -> String {
    match name {
        "" => "=".to_owned(),
        "." => "=2E".to_owned(),
        ".." => "=2E=2E".to_owned(),
        _ => name
            .bytes()
            .fold(String::with_capacity(name.len()), |mut id, byte| {
                if stands_for_itself(byte) {
                    id.push(char::from(byte));
                } else {
                    id.push('=');
                    id.extend(hex_digits(byte));
                }
                id
            }),
    }
}

fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$'()*,;@".contains(&byte)
}

fn shorten(escaped: &str, name: &str) -> String {
    // An escape has three bytes, so a cut through one is at most two bytes after its `=`.
    let cut = (KEPT_BEFORE_DIGEST - 2..KEPT_BEFORE_DIGEST)
        .find(|&at| escaped.as_bytes()[at] == b'=')
        .unwrap_or(KEPT_BEFORE_DIGEST);
    format!("{}{DIGEST_MARK}{:x}", &escaped[..cut], Sha256::digest(name))
}

fn unescape(id: &str) -> Option<String> {
    if id == "=" {
        return Some(String::new());
    }
    let mut name = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'=' {
            let (digits, after) = after.split_at_checked(2)?;
            name.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            name.push(first);
            rest = after;
        }
    }
    String::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn id(name: &str) -> String {
        RecordId::from_name(name).to_string()
    }

    #[test]
    fn writes_names_as_documented() {
        assert_eq!(id("IMG_0001.jpg"), "IMG_0001.jpg");
        assert_eq!(id("holiday/été 1.jpg"), "holiday=2F=C3=A9t=C3=A9=201.jpg");
        assert_eq!(id(r#"a\b?c#d%e"f=g+h"#), "a=5Cb=3Fc=23d=25e=22f=3Dg=2Bh");
        assert_eq!(id(" a "), "=20a=20");
        assert_eq!(id("📷"), "=F0=9F=93=B7");
    }

    #[test]
    fn escapes_what_a_url_would_resolve() {
        assert_eq!(id("."), "=2E");
        assert_eq!(id(".."), "=2E=2E");
        assert_eq!(id("..."), "...");
        assert_eq!(id(""), "=");
        for name in [".", "..", "...", ""] {
            assert_eq!(RecordId::from_name(name).to_name().as_deref(), Some(name));
        }
    }

    #[test]
    fn keeps_a_name_of_exactly_the_limit() {
        let name = "a".repeat(MAX_ID_BYTES);
        assert_eq!(id(&name), name);
        assert!(id(&"a".repeat(MAX_ID_BYTES + 1)).contains(DIGEST_MARK));
    }

    #[test]
    fn cuts_long_names_at_an_escape_boundary_and_adds_a_digest() {
        for shift in 0..3 {
            let name = format!("{}{}", "a".repeat(shift), "é".repeat(600));
            let id = id(&name);
            let (kept, digest) = id
                .split_once(DIGEST_MARK)
                .expect("a long name has a digest");
            assert!(id.len() <= MAX_ID_BYTES);
            assert!(
                id.len() > MAX_ID_BYTES - 3,
                "no more than the split escape is lost"
            );
            assert_eq!(digest, format!("{:x}", Sha256::digest(&name)));
            assert_eq!((kept.len() - shift) % 3, 0, "no escape is cut in two");
            assert_eq!(RecordId(id).to_name(), None);
        }
    }

    #[test]
    fn long_names_that_differ_only_at_the_end_have_different_ids() {
        let (one, two) = (
            format!("{}1", "é".repeat(600)),
            format!("{}2", "é".repeat(600)),
        );
        assert_ne!(id(&one), id(&two));
    }

    #[test]
    fn turns_back_only_ids_of_this_encoding() {
        for foreign in [
            "=4", "=G0", "=+1", "=41", "=c3=a9", "=C3", "=2E.", "a b", "é", "=~",
        ] {
            assert_eq!(RecordId(foreign.to_owned()).to_name(), None, "{foreign}");
        }
    }

    #[test]
    fn takes_from_an_address_only_what_the_encoding_can_write() {
        let read = |id: &str| serde_json::from_value::<RecordId>(id.into()).ok();
        let longest = "a".repeat(MAX_ID_BYTES);
        for id in ["a.jpg", "holiday=2F1.jpg", "=", "...", &longest] {
            let taken = read(id).unwrap();
            assert_eq!((taken.as_str(), taken.as_ref()), (id, id));
        }
        let too_long = "a".repeat(MAX_ID_BYTES + 1);
        for id in ["", ".", "..", "a/b", "a b", "é", "a%2Fb", &too_long] {
            assert_eq!(read(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_sample_of_awkward_names_has_no_two_ids_alike() {
        let parts = [
            "", ".", "/", "=", "%", "+", " ", "a", "A", "2F", "=2F", "~", "é", "e\u{301}",
        ];
        let mut seen = HashMap::new();
        for a in parts {
            for b in parts {
                for c in parts {
                    let name = format!("{a}{b}{c}");
                    let before = seen.insert(id(&name), name.clone());
                    assert!(
                        before.as_ref().is_none_or(|other| *other == name),
                        "{before:?}, {name:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn names_come_back(name in ".{0,300}") {
            let id = RecordId::from_name(&name);
            if !id.as_str().contains(DIGEST_MARK) {
                prop_assert_eq!(id.to_name(), Some(name));
            }
        }

        #[test]
        fn ids_are_safe_and_never_too_long(name in "\\PC{0,1100}") {
            let id = RecordId::from_name(&name);
            prop_assert!((1..=MAX_ID_BYTES).contains(&id.as_str().len()));
            prop_assert!(id.as_str().bytes().all(|byte| byte == b'=' || stands_for_itself(byte)));
        }
    }
}
