//! `presets.toml`: the named recipes, the rules that choose among them, and the limits.

mod parse;
#[cfg(test)]
mod tests;
mod watermark;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::format::Format;
use crate::limits::Limits;
use crate::orient::Orientation;

pub(crate) use watermark::Mark;
pub use watermark::{Position, Watermark};

/// Everything that `presets.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Presets {
    presets: Vec<Preset>,
    rules: Vec<Rule>,
    limits: Limits,
    version: String,
}

/// A mistake in `presets.toml`: where it is, and what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PresetsError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there and what would be right, in one sentence.
    pub message: String,
}

/// A named recipe: it makes one rendition of every original that it is chosen for.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The name, which is also that of the rendition's file and of its output binding.
    pub name: String,
    /// Width of the box in pixels; without it the height alone decides.
    pub width: Option<u32>,
    /// Height of the box in pixels; without it the width alone decides.
    pub height: Option<u32>,
    /// How far the samples of a uniform border, which is taken off first, may be from each other; nothing keeps borders.
    pub trim: Option<u8>,
    /// How the picture is turned and mirrored. The box is that of the turned picture.
    pub turn: Orientation,
    /// How the picture fits the box.
    pub fit: Fit,
    /// Of what the pixels of a smaller picture are means.
    pub resize: Resizing,
    /// What a crop keeps.
    pub focus: Focus,
    /// The format of the rendition.
    pub format: OutputFormat,
    /// Quality of lossy formats, 1 to 100; with `max_bytes` the highest that is tried.
    pub quality: u8,
    /// The most bytes of the file, for which the quality is lowered.
    pub max_bytes: Option<u64>,
    /// How hard the encoder tries, in the format's own scale; see `presets.toml`.
    pub effort: u8,
    /// What transparent pixels are laid on where the format has no transparency, and what [`Fit::Pad`] fills the box with.
    pub background: Background,
    /// Standard deviation of a Gaussian blur after resizing, in pixels of the rendition; 0 is none.
    pub blur: f32,
    /// Strength of the unsharp mask after resizing; 0 is none.
    pub sharpen: f32,
    /// The picture that is laid over the rendition.
    pub watermark: Option<Watermark>,
    /// Which frames of an animation are kept.
    pub frames: FrameChoice,
    /// Whether the rendition keeps a gain map.
    pub hdr: Hdr,
    /// Which metadata the rendition carries.
    pub metadata: Metadata,
    /// The `Cache-Control` header with which the rendition is stored, where the way out can store one.
    pub cache_control: String,
    /// The line of `presets.toml`, counted from 1, where the preset begins.
    pub line: usize,
}

/// A colour as red, green, blue and alpha, not premultiplied.
pub type Background = [u8; 4];

/// How a picture fits the box of a preset. It is never enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// All of the picture, inside the box.
    Contain,
    /// The box filled, and what stands out cropped.
    Cover,
    /// All of the picture in the middle of the box, and the rest of the box filled with the background.
    Pad,
}

/// Of what the pixels of a smaller picture are means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resizing {
    /// Of the numbers that sRGB has for them, as nearly all software does it.
    Encoded,
    /// Of the light that they stand for.
    Linear,
}

/// What a crop keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The middle.
    Centre,
    /// The region of highest interest: edges, saturated colours, skin.
    Attention,
}

/// The format of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// JPEG, lossy, without transparency.
    Jpeg,
    /// PNG, lossless.
    Png,
    /// WebP, lossy, with transparency.
    WebP,
    /// AVIF, lossy, with transparency.
    Avif,
    /// WebP always, so that the name is known beforehand: lossless for drawings of few colours, else lossy.
    Auto,
}

/// Which frames of an animation a rendition keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameChoice {
    /// The first frame, as a still picture.
    First,
    /// All of them, as an animated WebP.
    All,
}

/// What becomes of a map from which screens make a picture of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hdr {
    /// It is left out.
    Standard,
    /// It is cut, turned and resized with its picture, and kept beside it.
    Keep,
}

/// Which metadata a rendition carries. That generative AI made or changed the picture is said in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metadata {
    /// None.
    Strip,
    /// Creator and copyright as [`Notices`](crate::Notices) has them, in EXIF's fields for them.
    Copyright,
    /// EXIF and XMP, places and serial numbers included, without what holds for the original alone: its orientation, its
    /// size, its thumbnail, regions in it, and what refers to parts of the file that are not there any more.
    Keep,
}

/// Which presets originals get whose name begins in this way.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    prefix: String,
    /// Indices into the presets.
    presets: Vec<usize>,
}

impl OutputFormat {
    /// The file format that is written.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Jpeg => Format::Jpeg,
            Self::Png => Format::Png,
            Self::WebP | Self::Auto => Format::WebP,
            Self::Avif => Format::Avif,
        }
    }
}

impl Preset {
    /// The extension of the rendition's file, without its dot. It is known before any original is seen.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        self.format.format().extension()
    }

    /// Width and height of the rendition of a picture that is displayed with `displayed` pixels; borders
    /// that `trim` would take off are not seen here.
    #[must_use]
    pub fn size_of(&self, displayed: (u32, u32)) -> (u32, u32) {
        crate::plan::output_size(displayed, self)
    }

    /// A short hash of what the preset says; where it stands in the file does not change it.
    #[must_use]
    pub fn version(&self) -> String {
        short_hash(&self.content())
    }

    fn content(&self) -> String {
        let anywhere = Self {
            line: 0,
            ..self.clone()
        };
        format!("{anywhere:?}")
    }

    /// The media type of the rendition.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.format.format().content_type()
    }

    /// The name of the rendition's file, such as `thumb.webp`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.extension())
    }
}

impl Presets {
    /// Reads `presets.toml` that names no other file.
    ///
    /// # Errors
    /// The first mistake found, with its line: an unknown key, a value out of its range, a name that cannot be one.
    pub fn parse(toml: &str) -> Result<Self, PresetsError> {
        let none = |_: &str| Err("there is no folder to read it from".to_owned());
        Self::parse_with_files(toml, none)
    }

    /// Reads `presets.toml`, and the pictures of its watermarks by `read`, which is given their paths below the folder of
    /// `presets.toml` and says why one cannot be read.
    ///
    /// # Errors
    /// The first mistake found, with its line.
    pub fn parse_with_files(
        toml: &str,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, PresetsError> {
        let (presets, rules, limits) = parse::parse(toml, &mut read)?;
        let version = version(&presets, &rules, &limits);
        Ok(Self {
            presets,
            rules,
            limits,
            version,
        })
    }

    /// A short hash of what the presets, rules and limits say; comments and layout do not change it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The presets in the order of the file.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Preset> {
        self.presets.iter()
    }

    /// The preset of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.name == name)
    }

    /// The presets for an original of this name: those of the first rule whose prefix it begins with, or all.
    #[must_use]
    pub fn for_path(&self, path: &str) -> Vec<&Preset> {
        match self
            .rules
            .iter()
            .find(|rule| path.starts_with(&rule.prefix))
        {
            Some(rule) => rule
                .presets
                .iter()
                .filter_map(|index| self.presets.get(*index))
                .collect(),
            None => self.presets.iter().collect(),
        }
    }

    /// The limits on originals.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn version(presets: &[Preset], rules: &[Rule], limits: &Limits) -> String {
    let mut content = format!("{limits:?}\n");
    for preset in presets {
        let _ = writeln!(content, "{}", preset.content());
    }
    for rule in rules {
        let _ = writeln!(content, "{rule:?}");
    }
    short_hash(&content)
}

fn short_hash(content: &str) -> String {
    const SHOWN_BYTES: usize = 6;
    Sha256::digest(content)
        .iter()
        .take(SHOWN_BYTES)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
