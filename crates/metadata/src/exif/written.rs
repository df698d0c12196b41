//! What people wrote into the block.

use super::{Directories, tag};
use crate::{
    Facts,
    text::{decode_undeclared, decode_utf16},
    tiff::Value,
};

/// The facts in the standard's own tags.
pub(super) fn standard(from: &Directories<'_>) -> Facts {
    Facts {
        title: text(from, tag::IMAGE_TITLE),
        description: text(from, tag::IMAGE_DESCRIPTION),
        creators: semicolons(
            text(from, tag::ARTIST)
                .or_else(|| text(from, tag::PHOTOGRAPHER))
                .as_deref(),
        ),
        copyright: text(from, tag::COPYRIGHT),
        // Windows writes 0 for a picture that nobody rated.
        rating: from
            .main
            .get(tag::RATING)
            .and_then(Value::unsigned)
            .filter(|stars| (1..=5).contains(stars))
            .map(f64::from),
        ..Facts::default()
    }
}

/// The facts in the tags that Windows Explorer added.
pub(super) fn windows(from: &Directories<'_>) -> Facts {
    Facts {
        title: windows_text(from, tag::XP_TITLE),
        description: windows_text(from, tag::XP_COMMENT),
        keywords: semicolons(windows_text(from, tag::XP_KEYWORDS).as_deref()),
        creators: semicolons(windows_text(from, tag::XP_AUTHOR).as_deref()),
        ..Facts::default()
    }
}

fn text(from: &Directories<'_>, tag: u16) -> Option<String> {
    let text = decode_undeclared(from.get(tag)?.text()?).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The text of one of Windows Explorer's tags. They hold UTF-16 as bytes, little-endian whatever
/// the byte order of the block.
fn windows_text(from: &Directories<'_>, tag: u16) -> Option<String> {
    let text = decode_utf16(from.main.get(tag)?.bytes()?, false);
    let text = text.trim_end_matches('\0').trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn semicolons(text: Option<&str>) -> Vec<String> {
    text.into_iter()
        .flat_map(|text| text.split(';'))
        .map(|item| item.trim().to_owned())
        .collect()
}
