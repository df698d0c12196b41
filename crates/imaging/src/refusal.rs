//! Why an original is refused: a stable code for programs, a sentence for people.

use std::fmt;

use crate::warnings::truncated;

/// A permanent refusal of an original. Trying again with the same bytes gives the same refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The stable, machine-readable reason.
    pub code: RefusalCode,
    /// One sentence that people understand, with the numbers that matter, of at most 300 characters.
    pub message: String,
}

/// The reasons for which an original is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// There are no bytes.
    Empty,
    /// The bytes are not an image.
    NotAnImage,
    /// An image in a format or a variant that cannot be read.
    UnsupportedFormat,
    /// The header or the pixel data is damaged, truncated or contradicts itself.
    Corrupt,
    /// The file is larger than [`Limits::max_bytes`](crate::Limits::max_bytes).
    TooManyBytes,
    /// One frame has more pixels than [`Limits::max_pixels`](crate::Limits::max_pixels).
    TooManyPixels,
    /// A side is longer than [`Limits::max_side`](crate::Limits::max_side).
    TooWideOrTall,
    /// There are more frames than [`Limits::max_frames`](crate::Limits::max_frames).
    TooManyFrames,
    /// All frames together have more pixels than [`Limits::max_total_pixels`](crate::Limits::max_total_pixels).
    TooManyTotalPixels,
    /// Working on it takes more processor time than [`Limits::max_cpu`](crate::Limits::max_cpu).
    TooCostly,
    /// A rendition cannot be encoded, although the original is sound: a side too long for the output format.
    CannotEncode,
}

impl RefusalCode {
    /// The code as recorded: kebab-case, and never changed once released.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAnImage => "not-an-image",
            Self::UnsupportedFormat => "unsupported-format",
            Self::Corrupt => "corrupt",
            Self::TooManyBytes => "too-many-bytes",
            Self::TooManyPixels => "too-many-pixels",
            Self::TooWideOrTall => "too-wide-or-tall",
            Self::TooManyFrames => "too-many-frames",
            Self::TooManyTotalPixels => "too-many-total-pixels",
            Self::TooCostly => "too-costly",
            Self::CannotEncode => "cannot-encode",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: truncated(message.into()),
        }
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(RefusalCode::Corrupt, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(RefusalCode::UnsupportedFormat, message)
    }
}
