//! Parses one preset: its keys, their defaults, and combinations that are not allowed.

use serde::Deserialize;
use toml::Spanned;

use super::{ReadFile, Reader};
use crate::orient::Orientation;
use crate::presets::{
    Fit, Focus, FrameChoice, Hdr, Metadata, OutputFormat, Preset, PresetsError, Resizing,
};

/// The longest side that every output format supports. WebP has the lowest limit, with 14 bits.
const MAX_SIDE: u32 = 16_383;

/// Deviations of a blur. A smaller one is invisible, and a larger one takes long without a visible
/// difference.
const BLURS: (f32, f32) = (0.3, 50.0);

const SHARPENINGS: (f32, f32) = (0.0, 2.0);

const DEFAULT_CACHE_CONTROL: &str = "public, max-age=31536000";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PresetTable {
    width: Option<Spanned<i64>>,
    height: Option<Spanned<i64>>,
    trim: Option<Spanned<i64>>,
    rotate: Option<Spanned<i64>>,
    flip: Option<Spanned<String>>,
    fit: Option<Spanned<String>>,
    resize: Option<Spanned<String>>,
    focus: Option<Spanned<String>>,
    format: Spanned<String>,
    quality: Option<Spanned<i64>>,
    max_bytes: Option<Spanned<i64>>,
    effort: Option<Spanned<i64>>,
    background: Option<Spanned<String>>,
    blur: Option<Spanned<f64>>,
    sharpen: Option<Spanned<f64>>,
    watermark: Option<Spanned<super::watermark::WatermarkTable>>,
    frames: Option<Spanned<String>>,
    hdr: Option<Spanned<String>>,
    metadata: Option<Spanned<String>>,
    cache_control: Option<Spanned<String>>,
}

impl Reader<'_> {
    pub(super) fn preset(
        &self,
        name: &Spanned<String>,
        table: &PresetTable,
        read: &mut ReadFile<'_>,
    ) -> Result<Preset, PresetsError> {
        self.check_name(name)?;
        let format = self.format(&table.format)?;
        let side = |value, key| optional(value, |value| self.number(value, key, 1, MAX_SIDE));
        let preset = Preset {
            name: name.get_ref().clone(),
            width: side(table.width.as_ref(), "width")?,
            height: side(table.height.as_ref(), "height")?,
            trim: optional(table.trim.as_ref(), |value| {
                self.number(value, "trim", 0, u8::MAX)
            })?,
            turn: self.turn(table)?,
            fit: optional(table.fit.as_ref(), |value| self.fit(value))?.unwrap_or(Fit::Contain),
            resize: optional(table.resize.as_ref(), |value| self.resizing(value))?
                .unwrap_or(Resizing::Encoded),
            focus: optional(table.focus.as_ref(), |value| self.focus(value))?
                .unwrap_or(Focus::Centre),
            format,
            quality: optional(table.quality.as_ref(), |value| {
                self.number(value, "quality", 1, 100)
            })?
            .unwrap_or(default_quality(format)),
            max_bytes: optional(table.max_bytes.as_ref(), |value| {
                self.number(value, "max_bytes", 1, i64::MAX)
            })?
            .map(i64::unsigned_abs),
            effort: optional(table.effort.as_ref(), |value| {
                self.number(value, "effort", 0, max_effort(format))
            })?
            .unwrap_or(default_effort(format)),
            background: optional(table.background.as_ref(), |value| self.colour(value))?
                .unwrap_or([u8::MAX; 4]),
            blur: optional(table.blur.as_ref(), |value| {
                self.decimal(value, "blur", BLURS)
            })?
            .unwrap_or(0.0),
            sharpen: optional(table.sharpen.as_ref(), |value| {
                self.decimal(value, "sharpen", SHARPENINGS)
            })?
            .unwrap_or(0.0),
            watermark: table
                .watermark
                .as_ref()
                .map(|value| self.watermark(value, read))
                .transpose()?,
            frames: optional(table.frames.as_ref(), |value| self.frames(value, format))?
                .unwrap_or(FrameChoice::First),
            hdr: optional(table.hdr.as_ref(), |value| {
                self.choice(
                    value,
                    "hdr",
                    &[("standard", Hdr::Standard), ("keep", Hdr::Keep)],
                )
            })?
            .unwrap_or(Hdr::Standard),
            metadata: optional(table.metadata.as_ref(), |value| self.metadata(value))?
                .unwrap_or(Metadata::Strip),
            cache_control: optional(table.cache_control.as_ref(), |value| {
                self.header_value(value)
            })?
            .unwrap_or_else(|| DEFAULT_CACHE_CONTROL.to_owned()),
            line: self.line(&name.span()),
        };
        self.check_box(name, &preset)?;
        self.check_trim(table, &preset)?;
        self.check_resizing(table, &preset)?;
        self.check_background(table, &preset)?;
        self.check_max_bytes(table, &preset)?;
        self.check_hdr(table, &preset)?;
        Ok(preset)
    }

    /// Checks the name. The host requires binding names of letters and digits, and a binding has
    /// the name of its preset.
    fn check_name(&self, name: &Spanned<String>) -> Result<(), PresetsError> {
        let text = name.get_ref();
        let sound = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric());
        if sound {
            return Ok(());
        }
        Err(self.error(
            name.span(),
            format!(
                "preset “{text}” must have a name of at most 64 letters and digits that starts \
                 with a letter"
            ),
        ))
    }

    fn check_box(&self, name: &Spanned<String>, preset: &Preset) -> Result<(), PresetsError> {
        let fit = match preset.fit {
            Fit::Contain => return Ok(()),
            Fit::Cover => "cover",
            Fit::Pad => "pad",
        };
        if preset.width.is_none() || preset.height.is_none() {
            return Err(self.error(
                name.span(),
                format!(
                    "preset “{}” has fit = \"{fit}\", which needs both width and height",
                    preset.name
                ),
            ));
        }
        Ok(())
    }

    /// Refuses trim for animations. The border of one frame may differ from that of the next, and
    /// an animation must not jump.
    fn check_trim(&self, table: &PresetTable, preset: &Preset) -> Result<(), PresetsError> {
        match &table.trim {
            Some(trim) if preset.frames == FrameChoice::All => Err(self.error(
                trim.span(),
                "trim works only on still pictures: remove it, or remove frames = \"all\""
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn check_resizing(&self, table: &PresetTable, preset: &Preset) -> Result<(), PresetsError> {
        let is_linear = preset.resize == Resizing::Linear;
        match &table.resize {
            Some(resize) if is_linear && preset.frames == FrameChoice::All => Err(self.error(
                resize.span(),
                "resize = \"linear\" works only on still pictures: remove it, or remove frames = \
                 \"all\""
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn check_background(&self, table: &PresetTable, preset: &Preset) -> Result<(), PresetsError> {
        let is_opaque = preset.background[3] == u8::MAX;
        match &table.background {
            Some(value) if preset.format == OutputFormat::Jpeg && !is_opaque => Err(self.error(
                value.span(),
                format!(
                    "background = \"{}\" is transparent, which format = \"jpeg\" does not support: \
                     write six digits",
                    value.get_ref()
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Checks `max_bytes`. Only a quality can be lowered until a file is small enough.
    fn check_max_bytes(&self, table: &PresetTable, preset: &Preset) -> Result<(), PresetsError> {
        let Some(value) = &table.max_bytes else {
            return Ok(());
        };
        let mistake = match (preset.format, preset.frames) {
            (OutputFormat::Png | OutputFormat::Auto, _) => {
                "max_bytes needs a format that is always lossy: \"jpeg\", \"webp\" or \"avif\""
            }
            (_, FrameChoice::All) => {
                "max_bytes works only on still pictures: remove it, or remove frames = \"all\""
            }
            _ => return Ok(()),
        };
        Err(self.error(value.span(), mistake.to_owned()))
    }

    /// Checks `hdr`. A gain map belongs to a JPEG, and it does not include what is drawn on its
    /// picture.
    fn check_hdr(&self, table: &PresetTable, preset: &Preset) -> Result<(), PresetsError> {
        let Some(value) = table.hdr.as_ref().filter(|_| preset.hdr == Hdr::Keep) else {
            return Ok(());
        };
        let mistake = if preset.format != OutputFormat::Jpeg {
            "needs format = \"jpeg\", the only format that is written with a gain map"
        } else if preset.fit == Fit::Pad || preset.blur > 0.0 || preset.watermark.is_some() {
            "cannot be combined with fit = \"pad\", blur or watermark, because they would not \
             match the gain map"
        } else {
            return Ok(());
        };
        Err(self.error(value.span(), format!("hdr = \"keep\" {mistake}")))
    }

    fn format(&self, value: &Spanned<String>) -> Result<OutputFormat, PresetsError> {
        let formats = [
            ("jpeg", OutputFormat::Jpeg),
            ("png", OutputFormat::Png),
            ("webp", OutputFormat::WebP),
            ("avif", OutputFormat::Avif),
            ("auto", OutputFormat::Auto),
        ];
        self.choice(value, "format", &formats)
    }

    fn fit(&self, value: &Spanned<String>) -> Result<Fit, PresetsError> {
        let fits = [
            ("contain", Fit::Contain),
            ("cover", Fit::Cover),
            ("pad", Fit::Pad),
        ];
        self.choice(value, "fit", &fits)
    }

    fn resizing(&self, value: &Spanned<String>) -> Result<Resizing, PresetsError> {
        let choices = [("encoded", Resizing::Encoded), ("linear", Resizing::Linear)];
        self.choice(value, "resize", &choices)
    }

    fn focus(&self, value: &Spanned<String>) -> Result<Focus, PresetsError> {
        let choices = [("centre", Focus::Centre), ("attention", Focus::Attention)];
        self.choice(value, "focus", &choices)
    }

    fn metadata(&self, value: &Spanned<String>) -> Result<Metadata, PresetsError> {
        let choices = [
            ("strip", Metadata::Strip),
            ("copyright", Metadata::Copyright),
            ("keep", Metadata::Keep),
        ];
        self.choice(value, "metadata", &choices)
    }

    /// Combines the clockwise turn and the mirror that follows it.
    fn turn(&self, table: &PresetTable) -> Result<Orientation, PresetsError> {
        let anticlockwise_quarters =
            optional(table.rotate.as_ref(), |value| match value.get_ref() {
                90 => Ok(3),
                180 => Ok(2),
                270 => Ok(1),
                other => Err(self.error(
                    value.span(),
                    format!("rotate = {other} must be 90, 180 or 270"),
                )),
            })?;
        let axis = optional(table.flip.as_ref(), |value| {
            self.choice(value, "flip", &[("horizontal", 1), ("vertical", 0)])
        })?;
        Ok(Orientation::from_heif(
            anticlockwise_quarters.unwrap_or(0),
            axis,
        ))
    }

    fn frames(
        &self,
        value: &Spanned<String>,
        format: OutputFormat,
    ) -> Result<FrameChoice, PresetsError> {
        let choice = self.choice(
            value,
            "frames",
            &[("first", FrameChoice::First), ("all", FrameChoice::All)],
        )?;
        if choice == FrameChoice::All && !matches!(format, OutputFormat::WebP | OutputFormat::Auto)
        {
            return Err(self.error(
                value.span(),
                "frames = \"all\" needs format = \"webp\" or \"auto\", the only formats that are \
                 written with several frames"
                    .to_owned(),
            ));
        }
        Ok(choice)
    }
}

fn optional<T, U>(
    value: Option<&Spanned<T>>,
    read: impl FnOnce(&Spanned<T>) -> Result<U, PresetsError>,
) -> Result<Option<U>, PresetsError> {
    value.map(read).transpose()
}

fn default_quality(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Avif => 63,
        _ => 80,
    }
}

fn default_effort(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Jpeg | OutputFormat::WebP | OutputFormat::Auto | OutputFormat::Avif => 2,
        OutputFormat::Png => 6,
    }
}

fn max_effort(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Jpeg => 2,
        OutputFormat::WebP | OutputFormat::Auto => 6,
        OutputFormat::Png | OutputFormat::Avif => 9,
    }
}
