//! The pure imaging core: it turns one original into its facts and its renditions.
//!
//! Nothing here reads a file, opens a socket or awaits. Input and output are bytes, so nothing here can fail on IO.
//!
//! The path of one original:
//!
//! 1. [`inspect()`] reads the header: format, size, orientation, colours and metadata. [`Limits`] are applied here,
//!    before a single pixel is decoded; a refused original gives a [`Refusal`].
//! 2. [`Presets`], parsed from `presets.toml`, say which renditions the original gets.
//! 3. [`estimate_memory`] tells the caller the most memory that rendering will need, so that it can wait until so much
//!    is free.
//! 4. [`render`] decodes once and makes every [`Rendition`] in these steps: `plan`, `decode`, `orient`, `colour`,
//!    `trim`, `resize`, `focus`, `finish`, `encode`, `metadata`.
//!
//! | module | what it holds |
//! |---|---|
//! | `format` | the file formats: extensions, content types, recognition from the first bytes |
//! | `limits` | limits that are checked before decoding |
//! | `budget` | how much processor time an original may take |
//! | `refusal` | why an original is refused, as a code and as a sentence |
//! | `warnings` | problems that do not stop the work, each sentence once |
//! | `inspect` | header readers, one file for each format |
//! | `presets` | `presets.toml`: presets, the rules that choose among them, limits |
//! | `plan` | from presets and a displayed size to exact dimensions, and how much may be skipped while decoding |
//! | `decode` | decoders, one file for each format; scaled or row by row where the format allows |
//! | `picture` | a picture in displayed orientation and in sRGB, planar or packed, as the ladder passes it on |
//! | `raster` | packed pixels of any colour model, and planar YCbCr |
//! | `orient` | the eight EXIF orientations |
//! | `colour` | ICC and CICP to sRGB, inks without a profile, 16 bits to 8 |
//! | `resize` | Lanczos3, premultiplied, down a ladder |
//! | `linear` | resizing by light, if the preset asks for it |
//! | `focus` | where to crop |
//! | `sharpen` | unsharp mask |
//! | `trim` | where uniform borders end |
//! | `finish` | finishes a rendition in its size: turns, blurs, pads and marks it |
//! | `encode` | encoders, one file for each format |
//! | `jpeg` | a decoder for usual JPEGs and an encoder for progressive ones, for which libjpeg-turbo is slow |
//! | `gain_map` | the map of high dynamic range that a rendition keeps |
//! | `metadata` | the metadata that a rendition carries if its preset asks for it |
//! | `animate` | every frame of an animation to an animated WebP |
//! | `render` | the steps in order |

mod animate;
mod budget;
mod colour;
mod decode;
mod encode;
mod ffi;
mod finish;
mod focus;
mod format;
mod gain_map;
pub mod inspect;
mod jpeg;
mod limits;
mod linear;
mod memory;
mod metadata;
mod orient;
mod picture;
mod plan;
mod presets;
mod raster;
mod refusal;
mod render;
mod resize;
mod sharpen;
mod trim;
mod warnings;

pub use focus::{CropFocus, FocusPoint, FocusSource};
pub use format::{Format, RawKind};
pub use inspect::{ChromaSubsampling, ColourSpace, Density, GainMap, HdrKind, Inspection, inspect};
pub use limits::Limits;
pub use memory::estimate_memory;
pub use metadata::Notices;
pub use orient::Orientation;
pub use presets::{
    Background, Fit, Focus, FrameChoice, Hdr, Metadata, OutputFormat, Position, Preset, Presets,
    PresetsError, Resizing, Watermark,
};
pub use refusal::{Refusal, RefusalCode};
pub use render::{Preview, RenderOptions, Rendered, Rendition, Timings, render};
pub use warnings::{MAX_WARNINGS, Warning, Warnings};
