//! The name of a colour profile: its description tag (ICC.1:2022, and ICC.1:2001 for version 2).

use crate::text::{clean, decode_undeclared, decode_utf16};

/// The most characters of a profile's name that are kept.
const MAX_CHARACTERS: usize = 200;

const HEADER: usize = 128;
const TAG: usize = 12;

/// The most bytes of a profile's name that are read.
const MAX_BYTES: usize = 4 * MAX_CHARACTERS;

/// The most tags of a profile that are read. Real ones have fewer than 50.
const MAX_TAGS: usize = 1_000;

/// The description of an ICC profile, for example `Display P3`, in English if there are several;
/// `None` if it cannot be read.
#[must_use]
pub fn profile_name(profile: &[u8]) -> Option<String> {
    let description = tag(profile, *b"desc")?;
    let text = match description.first_chunk()? {
        b"desc" => version_2_text(description)?,
        b"mluc" => localised_text(description)?,
        b"text" => decode_undeclared(short(description.get(8..)?)).into_owned(),
        _ => return None,
    };
    clean(&text, MAX_CHARACTERS)
}

fn tag(profile: &[u8], signature: [u8; 4]) -> Option<&[u8]> {
    let count = u32_at(profile, HEADER)?.min(MAX_TAGS);
    let table = profile.get(HEADER + 4..)?;
    let entry = table
        .chunks_exact(TAG)
        .take(count)
        .find(|entry| entry.starts_with(&signature))?;
    slice(profile, u32_at(entry, 4)?, u32_at(entry, 8)?)
}

/// Version 2: ASCII with its length, ended by NUL.
fn version_2_text(description: &[u8]) -> Option<String> {
    let text = slice(description, 12, u32_at(description, 8)?)?;
    let text = short(text).split(|&byte| byte == 0).next()?;
    Some(decode_undeclared(text).into_owned())
}

/// Version 4: one text in UTF-16 for each language.
fn localised_text(description: &[u8]) -> Option<String> {
    let (count, size) = (u32_at(description, 8)?, u32_at(description, 12)?);
    if size < TAG {
        return None;
    }
    let records = || {
        description
            .get(16..)
            .unwrap_or_default()
            .chunks_exact(size)
            .take(count.min(MAX_TAGS))
    };
    let record = records()
        .find(|record| record.starts_with(b"en"))
        .or_else(|| records().next())?;
    let text = slice(description, u32_at(record, 8)?, u32_at(record, 4)?)?;
    Some(decode_utf16(short(text), true))
}

fn short(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MAX_BYTES)]
}

fn slice(bytes: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    bytes.get(offset..)?.get(..length)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile with nothing but a description tag.
    fn profile(description: &[u8]) -> Vec<u8> {
        let mut profile = vec![0; HEADER];
        let length = u32::try_from(description.len()).expect("a short description");
        for word in [1, u32::from_be_bytes(*b"desc"), 144, length] {
            profile.extend(word.to_be_bytes());
        }
        profile.extend(description);
        profile
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn reads_version_2() {
        let description = [
            b"desc\0\0\0\0".to_vec(),
            words(&[10]),
            b"Adobe RGB\0".to_vec(),
        ]
        .concat();
        assert_eq!(
            profile_name(&profile(&description)).as_deref(),
            Some("Adobe RGB")
        );
    }

    #[test]
    fn reads_version_4_in_english() {
        let utf_16 = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<_>>()
        };
        let description = [
            b"mluc\0\0\0\0".to_vec(),
            words(&[2, 12]),
            [b"deDE".to_vec(), words(&[6, 40])].concat(),
            [b"enUS".to_vec(), words(&[20, 46])].concat(),
            utf_16("Foo"),
            utf_16("Display P3"),
        ]
        .concat();
        assert_eq!(
            profile_name(&profile(&description)).as_deref(),
            Some("Display P3")
        );
    }

    #[test]
    fn broken_profiles_have_no_name() {
        let lying = [b"desc\0\0\0\0".to_vec(), words(&[u32::MAX]), b"x".to_vec()].concat();
        let endless = [b"mluc\0\0\0\0".to_vec(), words(&[u32::MAX, 0])].concat();
        let outside = [
            b"mluc\0\0\0\0".to_vec(),
            words(&[1, 12]),
            b"enUS".to_vec(),
            words(&[4, u32::MAX]),
        ]
        .concat();
        for description in [lying, endless, outside, b"desc".to_vec(), Vec::new()] {
            assert_eq!(profile_name(&profile(&description)), None);
        }
        for length in 0..profile(b"").len() {
            assert_eq!(profile_name(&profile(b"")[..length]), None);
        }
    }
}
