//! An encoder of lossy WebP, in safe Rust.
//!
//! It writes VP8 key frames ([RFC 6386](https://www.rfc-editor.org/rfc/rfc6386)) in WebP's container: the result of
//! libwebp's method 2 in less than half of the time. A picture is processed once, after a cheap first look. Its tokens
//! are kept, and written when their statistics are known. There is no alpha, no animation, no metadata and no decoder.
//!
//! ```
//! use lossy_webp::{Encoder, PlanesBuf};
//!
//! let red = [200, 30, 30].repeat(64 * 48);
//! let picture = PlanesBuf::from_rgb(64, 48, &red)?;
//! let file = Encoder::new(80.0).encode(&picture.as_planes())?;
//! assert_eq!(&file[..4], b"RIFF");
//! # Ok::<(), lossy_webp::Error>(())
//! ```
//!
//! # The path of a macroblock
//!
//! - `picture`, `rgb`: samples, in blocks of 4×4 that are stored column by column
//! - `analysis`, `groups`, `segment`: how easy macroblocks are, and the steps and filter for similar ones
//! - `macroblock`: modes, by squared errors and the costs of modes; levels; the decoded samples, from which the next
//!   macroblocks are predicted
//! - `predict`, `predict4`, `transform`, `quantiser`, `vector`: the arithmetic, on eight values at once
//! - `tokens`, `probabilities`: levels as tokens, and their best probabilities
//! - `frame`, `bool_encoder`, `container`: both partitions and the file around them
//!
//! On x86-64 with AVX2 a second version of all loops is used. The processor is checked when the first picture is
//! encoded. Both versions make the same files.
#![forbid(unsafe_code)]
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into a loop that has a version for AVX2 has no such version"
)]

mod analysis;
mod bool_encoder;
mod container;
mod cost;
mod edge;
mod frame;
mod groups;
mod macroblock;
mod modes;
mod picture;
mod predict;
mod predict4;
mod probabilities;
mod quantiser;
mod rgb;
mod scan;
mod segment;
mod tables;
mod tokens;
mod transform;
mod vector;

pub use picture::{Plane, Planes, PlanesBuf};

/// Options for encoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Encoder {
    /// From 0, smallest, to 100, best, with the same meaning and steps as in libwebp.
    pub quality: f32,
    /// Strength of the filter with which decoders smooth the edges of blocks, from 0, none, to 100. libwebp uses 60.
    pub filter_strength: u8,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A side is 0 or longer than the format allows.
    #[error("a picture of {width}×{height} pixels, but sides must have 1 to {most}", most = picture::MAX_SIDE)]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A plane has fewer samples than required by the picture's size and its stride, or a stride is shorter than a row.
    #[error("a plane has too few samples for the size of the picture")]
    Samples,
    /// The modes of all macroblocks need more than the 512 KiB that the format allows. This cannot happen below some
    /// hundred megapixels.
    #[error("the picture is too large and too detailed for the format")]
    TooDetailed,
    /// The caller stopped the encoding.
    #[error("encoding was stopped")]
    Stopped,
}

impl Encoder {
    /// Options with a quality from 0 to 100, and the usual filter.
    #[must_use]
    pub fn new(quality: f32) -> Self {
        Self {
            quality,
            filter_strength: 60,
        }
    }

    /// Encodes a picture as a WebP file.
    ///
    /// # Errors
    ///
    /// See [`Error`]; all except [`Error::Stopped`].
    pub fn encode(&self, picture: &Planes<'_>) -> Result<Vec<u8>, Error> {
        self.encode_while(picture, || true)
    }

    /// Encodes a picture while the caller agrees, who is asked before each row of macroblocks.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn encode_while(
        &self,
        picture: &Planes<'_>,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Vec<u8>, Error> {
        picture.check()?;
        let frame = frame::encode(picture, *self, &mut go_on, None)?;
        Ok(container::file(picture.width, picture.height, &frame))
    }

    /// Encodes a picture, and returns also the picture that decoders get before they filter the edges of blocks. With a
    /// [`filter_strength`](Self::filter_strength) of 0 that is what they show.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn encode_and_show(&self, picture: &Planes<'_>) -> Result<(Vec<u8>, PlanesBuf), Error> {
        picture.check()?;
        let mut shown = PlanesBuf::new(picture.width, picture.height);
        let mut viewer = |x: usize, y: usize, macroblock: &macroblock::Shown| {
            shown.set_macroblock(x, y, macroblock);
        };
        let frame = frame::encode(picture, *self, &mut || true, Some(&mut viewer))?;
        Ok((
            container::file(picture.width, picture.height, &frame),
            shown,
        ))
    }
}
