//! The rules for the name of an image.
//!
//! An image's name is a path in two containers: the name of its original, and the folder of its
//! renditions. A name that Blob Storage, the Functions host or a URL library would refuse or
//! silently change can be neither, and no retry helps. The rules are Azure's "Naming and
//! Referencing Containers, Blobs, and Metadata" and the host's own check of output paths, which
//! refuses a backslash.

use std::fmt;

/// The most characters in a blob's name, counted in UTF-16 code units as Azure counts them.
pub const MAX_BLOB_NAME: usize = 1_024;

/// The most segments between slashes in a blob's name.
pub const MAX_SEGMENTS: usize = 254;

/// Characters of [`MAX_BLOB_NAME`] that are reserved for `/{preset}.{extension}`: presets have
/// names of at most 64 characters, extensions of at most 4.
pub const RENDITION_SUFFIX: usize = 70;

/// A name that renditions can be stored under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobName(String);

impl BlobName {
    /// Takes `name` if it can be an image's name.
    ///
    /// # Errors
    ///
    /// [`BlobNameError`] says which rule the name breaks. The refusal is permanent, so the sender
    /// has to choose another name.
    pub fn parse(name: impl Into<String>) -> Result<Self, BlobNameError> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a name cannot be an image's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobNameError {
    /// There is no name.
    #[error("The image has no name.")]
    Empty,
    /// The longest rendition's name would exceed [`MAX_BLOB_NAME`].
    #[error(
        "The image's name has {characters} characters, but at most {} are possible, because the \
         names of its renditions are longer.",
        MAX_BLOB_NAME - RENDITION_SUFFIX
    )]
    TooLong {
        /// Its length in UTF-16 code units.
        characters: usize,
    },
    /// More parts than [`MAX_SEGMENTS`], counting the rendition's file name.
    #[error(
        "The image's name has {segments} parts between slashes, but at most {} are possible.",
        MAX_SEGMENTS - 1
    )]
    TooDeep {
        /// How many parts it has.
        segments: usize,
    },
    /// A control character or a code point that is not a character.
    #[error("The image's name contains a control character (U+{:04X}).", u32::from(*.0))]
    ControlCharacter(char),
    /// The Functions host refuses paths with a backslash.
    #[error("The image's name contains a backslash.")]
    Backslash,
    /// A slash at the beginning or end, or two in a row. Storage with a hierarchical namespace
    /// merges such names with others.
    #[error("The image's name begins or ends with a slash, or has two slashes together.")]
    EmptySegment,
    /// A part that is `.` or `..`, which a URL library resolves.
    #[error("The image's name has a part that is `.` or `..`.")]
    DotSegment,
    /// A part that ends in a dot, which some clients drop.
    #[error("The image's name has a part that ends in a dot.")]
    TrailingDot,
}

impl BlobNameError {
    /// A stable code for the record's `error.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::TooLong { .. } => "name-too-long",
            Self::TooDeep { .. } => "name-too-deep",
            Self::ControlCharacter(_) => "name-control-character",
            Self::Backslash => "name-backslash",
            Self::EmptySegment => "name-empty-segment",
            Self::DotSegment => "name-dot-segment",
            Self::TrailingDot => "name-trailing-dot",
        }
    }
}

fn check(name: &str) -> Result<(), BlobNameError> {
    if name.is_empty() {
        return Err(BlobNameError::Empty);
    }
    let characters = name.encode_utf16().count();
    if characters > MAX_BLOB_NAME - RENDITION_SUFFIX {
        return Err(BlobNameError::TooLong { characters });
    }
    if let Some(character) = name.chars().find(|&c| c.is_control() || is_noncharacter(c)) {
        return Err(BlobNameError::ControlCharacter(character));
    }
    if name.contains('\\') {
        return Err(BlobNameError::Backslash);
    }
    let segments = name.split('/').count();
    if segments >= MAX_SEGMENTS {
        return Err(BlobNameError::TooDeep { segments });
    }
    name.split('/').try_for_each(check_segment)
}

fn check_segment(segment: &str) -> Result<(), BlobNameError> {
    match segment {
        "" => Err(BlobNameError::EmptySegment),
        "." | ".." => Err(BlobNameError::DotSegment),
        _ if segment.ends_with('.') => Err(BlobNameError::TrailingDot),
        _ => Ok(()),
    }
}

/// U+FFFE, U+FFFF and their like in every plane, and U+FDD0 to U+FDEF: Azure refuses them.
fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xFFFE == 0xFFFE || ('\u{FDD0}'..='\u{FDEF}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> Option<&'static str> {
        BlobName::parse(name).err().map(|error| error.code())
    }

    #[test]
    fn takes_what_storage_takes() {
        let long = "x".repeat(954);
        for name in [
            "a.jpg",
            "a b/é#%+?&=.jpg",
            ".hidden",
            "a..b",
            "📷",
            "~",
            "...a",
            &long,
        ] {
            assert_eq!(code(name), None, "{name:?}");
        }
    }

    #[test]
    fn gives_the_name_back_as_it_was() {
        let name = BlobName::parse("2026/ä b.jpg").unwrap();
        assert_eq!(name.as_str(), "2026/ä b.jpg");
        assert_eq!(name.to_string(), "2026/ä b.jpg");
        assert_eq!(name.into_string(), "2026/ä b.jpg");
    }

    #[test]
    fn refuses_each_kind_by_its_code() {
        let (long, deep) = ("x".repeat(955), vec!["a"; 254].join("/"));
        for (name, expected) in [
            ("", "name-empty"),
            (long.as_str(), "name-too-long"),
            (deep.as_str(), "name-too-deep"),
            ("a\nb", "name-control-character"),
            ("a\u{7f}", "name-control-character"),
            ("a\u{85}", "name-control-character"),
            ("a\u{ffff}", "name-control-character"),
            (r"a\b", "name-backslash"),
            ("/a", "name-empty-segment"),
            ("a/", "name-empty-segment"),
            ("a//b", "name-empty-segment"),
            ("a/../b", "name-dot-segment"),
            (".", "name-dot-segment"),
            ("a./b", "name-trailing-dot"),
            ("a.", "name-trailing-dot"),
        ] {
            assert_eq!(code(name), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn counts_length_as_azure_does() {
        assert_eq!(code(&"📷".repeat(477)), None);
        assert_eq!(code(&"📷".repeat(478)), Some("name-too-long"));
    }

    #[test]
    fn says_it_in_a_sentence() {
        assert_eq!(
            BlobNameError::ControlCharacter('\n').to_string(),
            "The image's name contains a control character (U+000A)."
        );
        assert_eq!(
            BlobNameError::TooLong { characters: 1_010 }.to_string(),
            "The image's name has 1010 characters, but at most 954 are possible, because the names \
             of its renditions are longer."
        );
    }
}
