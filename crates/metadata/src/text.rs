//! Makes text from untrusted metadata safe for the record.
//!
//! The record is one Cosmos DB document of at most 2 MB that people read in tables, so every text
//! is cleaned and bounded here.

use std::borrow::Cow;

/// The most characters of one text that are kept.
pub const MAX_CHARACTERS: usize = 2_000;

/// The most keywords that are kept.
pub const MAX_KEYWORDS: usize = 100;

/// The most characters of one keyword that are kept.
pub const MAX_KEYWORD_CHARACTERS: usize = 200;

/// A text without blanks at its ends and without control characters except line breaks and tabs,
/// cut to `limit` characters; `None` if nothing is left.
pub(crate) fn clean(text: &str, limit: usize) -> Option<String> {
    let visible = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let cleaned: String = text
        .trim_matches(is_blank)
        .chars()
        .filter(visible)
        .take(limit)
        .collect();
    let cleaned = cleaned.trim_matches(is_blank);
    (!cleaned.is_empty()).then(|| cleaned.to_owned())
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Decodes text without a declared encoding: as UTF-8 if it is valid, otherwise as Windows-1252,
/// which is what old programs mean by Latin-1.
pub(crate) fn decode_undeclared(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(windows_1252).collect()),
    }
}

/// Decodes UTF-16, with replacement characters for invalid parts. A single byte at the end is
/// dropped.
pub(crate) fn decode_utf16(bytes: &[u8], big_endian: bool) -> String {
    let units = bytes.chunks_exact(2).map(|unit| {
        let unit = [unit[0], unit[1]];
        if big_endian {
            u16::from_be_bytes(unit)
        } else {
            u16::from_le_bytes(unit)
        }
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Decodes a byte of Windows-1252 (WHATWG Encoding Standard, index windows-1252).
fn windows_1252(byte: u8) -> char {
    const FROM_0X80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => FROM_0X80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_and_bounds() {
        assert_eq!(clean("\0  a\u{7}b\nc \0\0", 10).as_deref(), Some("ab\nc"));
        assert_eq!(clean("ééééé", 3).as_deref(), Some("ééé"));
        assert_eq!(clean("ab   cd", 4).as_deref(), Some("ab"));
        assert_eq!(clean(" \0\u{1b} ", 10), None);
    }

    #[test]
    fn decodes_what_writers_meant() {
        assert_eq!(decode_undeclared("é€".as_bytes()), "é€");
        assert_eq!(decode_undeclared(b"caf\xe9 \x80 \x93x\x94"), "café € “x”");
        assert_eq!(
            decode_utf16(b"h\0i\0\x3d\xd8\xf7\xdc!", false),
            "hi📷\u{20}".trim_end()
        );
        assert_eq!(decode_utf16(b"\xd8\x00\0a", true), "\u{fffd}a");
    }
}
