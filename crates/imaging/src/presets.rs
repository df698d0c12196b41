//! `presets.toml`: the named presets, the rules that choose among them, and the limits.

mod parse;
#[cfg(test)]
mod tests;
mod watermark;

use std::fmt::{Debug, Write as _};

use sha2::{Digest, Sha256};

use crate::format::Format;
use crate::limits::Limits;
use crate::orient::Orientation;

pub(crate) use watermark::Mark;
pub use watermark::{Position, Watermark};

/// The content of `presets.toml`.
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

/// A preset. It makes one rendition of every original that it is chosen for.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The name. The rendition's file and its output binding have the same name.
    pub name: String,
    /// Width of the box in pixels. Without it, the height alone decides.
    pub width: Option<u32>,
    /// Height of the box in pixels. Without it, the width alone decides.
    pub height: Option<u32>,
    /// How much the samples of a uniform border may differ. Such a border is removed first; nothing keeps borders.
    pub trim: Option<u8>,
    /// How the picture is turned and mirrored. The box applies to the turned picture.
    pub turn: Orientation,
    /// How the picture fits the box.
    pub fit: Fit,
    /// What the pixels of a smaller picture are averages of.
    pub resize: Resizing,
    /// What a crop keeps.
    pub focus: Focus,
    /// The format of the rendition.
    pub format: OutputFormat,
    /// Quality of lossy formats, 1 to 100; with `max_bytes` the highest that is tried.
    pub quality: u8,
    /// The most bytes of the file. The quality is lowered to reach it.
    pub max_bytes: Option<u64>,
    /// How hard the encoder tries, on the format's own scale; see `presets.toml`.
    pub effort: u8,
    /// The colour behind transparent pixels if the format has no transparency, and the colour with which [`Fit::Pad`]
    /// fills the box.
    pub background: Background,
    /// Standard deviation of a Gaussian blur after resizing, in pixels of the rendition; 0 is none.
    pub blur: f32,
    /// Strength of the unsharp mask after resizing; 0 is none.
    pub sharpen: f32,
    /// The picture that is drawn over the rendition.
    pub watermark: Option<Watermark>,
    /// Which frames of an animation are kept.
    pub frames: FrameChoice,
    /// Whether the rendition keeps a gain map.
    pub hdr: Hdr,
    /// Which metadata the rendition carries.
    pub metadata: Metadata,
    /// The `Cache-Control` header with which the rendition is stored, if the mode of delivery can store one.
    pub cache_control: String,
    /// The line of `presets.toml`, counted from 1, where the preset begins.
    pub line: usize,
}

/// A colour as red, green, blue and alpha, not premultiplied.
pub type Background = [u8; 4];

/// How a picture fits the box of a preset. It is never enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The whole picture, inside the box.
    Contain,
    /// The picture fills the box, and what extends beyond it is cropped.
    Cover,
    /// The whole picture in the middle of the box. The rest of the box is filled with the background.
    Pad,
}

/// What the pixels of a smaller picture are averages of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resizing {
    /// Of their sRGB numbers, as in nearly all software.
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
    /// Always WebP, so that the name is known beforehand: lossless for drawings with few colours, otherwise lossy.
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

/// What happens to a gain map, from which screens make a picture of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hdr {
    /// It is left out.
    Standard,
    /// It is cropped, turned and resized like its picture, and kept with it.
    Keep,
}

/// Which metadata a rendition carries. It always says if generative AI made or changed the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metadata {
    /// None.
    Strip,
    /// Creator and copyright from [`Notices`](crate::Notices), in EXIF's fields for them.
    Copyright,
    /// EXIF and XMP, including places and serial numbers, without the parts that are right only for the original: its
    /// orientation, its size, its thumbnail, regions in it, and references to removed parts of the file.
    Keep,
}

/// The presets for originals whose name begins with a prefix.
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
    /// The extension of the rendition's file, without its dot. It is known before any original is read.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        self.format.format().extension()
    }

    /// Width and height of the rendition of a picture that is displayed with `displayed` pixels. Borders that `trim`
    /// would remove are not considered.
    #[must_use]
    pub fn size_of(&self, displayed: (u32, u32)) -> (u32, u32) {
        crate::plan::output_size(displayed, self)
    }

    /// A short hash of all that decides how the rendition is stored: its bytes, its name and its headers. The position of
    /// the preset in the file does not matter.
    ///
    /// A rendition of another version is out of date, and `darkroom reprocess` makes it again.
    #[must_use]
    pub fn version(&self) -> String {
        short_hash(&self.content())
    }

    /// What the version is a hash of. A value that switches its key off is left out: a key that a later release of
    /// Darkroom adds then changes the versions of those presets only that use it.
    fn content(&self) -> String {
        // All fields are named, so that the compiler asks about each new one.
        let Self {
            name,
            width,
            height,
            trim,
            turn,
            fit,
            resize,
            focus,
            format,
            quality,
            max_bytes,
            effort,
            background,
            blur,
            sharpen,
            watermark,
            frames,
            hdr,
            metadata,
            cache_control,
            line: _,
        } = self;
        let mut content =
            format!("{name:?} {format:?} {quality} {effort} {background:?} {cache_control:?}");
        let keys: [(&str, bool, &dyn Debug); 14] = [
            ("width", width.is_some(), width),
            ("height", height.is_some(), height),
            ("trim", trim.is_some(), trim),
            ("turn", *turn != Orientation::Upright, turn),
            ("fit", *fit != Fit::Contain, fit),
            ("resize", *resize != Resizing::Encoded, resize),
            ("focus", *focus != Focus::Centre, focus),
            ("max_bytes", max_bytes.is_some(), max_bytes),
            ("blur", *blur > 0.0, blur),
            ("sharpen", *sharpen > 0.0, sharpen),
            ("watermark", watermark.is_some(), watermark),
            ("frames", *frames != FrameChoice::First, frames),
            ("hdr", *hdr != Hdr::Standard, hdr),
            ("metadata", *metadata != Metadata::Strip, metadata),
        ];
        for (key, is_used, value) in keys {
            if is_used {
                let _ = write!(content, " {key}={value:?}");
            }
        }
        content
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
    /// Parses `presets.toml` that names no other file.
    ///
    /// # Errors
    /// The first mistake found, with its line: an unknown key, a value out of its range, an invalid name.
    pub fn parse(toml: &str) -> Result<Self, PresetsError> {
        let none = |_: &str| Err("there is no folder to read it from".to_owned());
        Self::parse_with_files(toml, none)
    }

    /// Parses `presets.toml` and reads the pictures of its watermarks with `read`. That function gets their paths below
    /// the folder of `presets.toml`, and returns the reason if one cannot be read.
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

    /// A short hash of the presets, rules and limits. Comments and layout do not matter.
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

    /// The presets for an original with this name: those of the first rule whose prefix matches, or all.
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
