//! The picture that is drawn over renditions: its position, size and opacity.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::inspect::inspect;
use crate::limits::Limits;
use crate::raster::Pixels8;
use crate::render::displayed;

/// The watermark of a preset. Its picture is read once, together with `presets.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Watermark {
    /// The path of the picture below the folder of `presets.toml`.
    pub file: String,
    /// Its position.
    pub position: Position,
    /// Its opacity, up to 1.
    pub opacity: f32,
    /// Its width as a fraction of the rendition's.
    pub scale: f32,
    pub(crate) mark: Mark,
}

/// A place in a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Position {
    TopLeft,
    Top,
    TopRight,
    Left,
    Centre,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl Position {
    /// Every position with its name in `presets.toml`.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("top-left", Self::TopLeft),
        ("top", Self::Top),
        ("top-right", Self::TopRight),
        ("left", Self::Left),
        ("centre", Self::Centre),
        ("right", Self::Right),
        ("bottom-left", Self::BottomLeft),
        ("bottom", Self::Bottom),
        ("bottom-right", Self::BottomRight),
    ];

    /// Its column and row, each one of three.
    pub(crate) fn column_and_row(self) -> (u32, u32) {
        match self {
            Self::TopLeft => (0, 0),
            Self::Top => (1, 0),
            Self::TopRight => (2, 0),
            Self::Left => (0, 1),
            Self::Centre => (1, 1),
            Self::Right => (2, 1),
            Self::BottomLeft => (0, 2),
            Self::Bottom => (1, 2),
            Self::BottomRight => (2, 2),
        }
    }
}

/// The picture of a watermark, in sRGB with alpha. All copies of its preset share it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) pixels: Arc<Pixels8>,
    /// SHA-256 of the file.
    digest: [u8; 32],
}

impl Mark {
    /// The most pixels. The picture is held for the life of the process, with four bytes for each
    /// pixel.
    const MAX_PIXELS: u64 = 4 << 20;

    /// Reads the file of a watermark, or returns the reason why it cannot be one.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        let limits = Limits {
            max_pixels: Self::MAX_PIXELS,
            ..Limits::default()
        };
        let pixels = inspect(file, &limits)
            .and_then(|inspection| displayed(file, &inspection))
            .map_err(|refusal| refusal.message)?;
        Ok(Self {
            pixels: Arc::new(pixels),
            digest: Sha256::digest(file).into(),
        })
    }
}

/// Shows the digest of the file, because the look of a watermark is part of the presets and their
/// version.
impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mark").field(&self.digest).finish()
    }
}
