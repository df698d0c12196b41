//! The steps from an original to its renditions, in order.

mod base;
mod ladder;
mod renditions;

use std::time::{Duration, Instant};

use crate::animate::animate;
use crate::colour::Colours;
use crate::focus::{CropFocus, FocusPoint};
use crate::format::Format;
use crate::gain_map::Map;
use crate::inspect::{ColourSpace, Inspection};
use crate::metadata::{Carried, Notices};
use crate::picture::Picture;
use crate::plan::{Target, base_size, plan};
use crate::presets::{FrameChoice, OutputFormat, Preset, Resizing};
use crate::refusal::Refusal;
use crate::resize::Scaler;
use crate::trim::inside_borders;
use crate::warnings::Warnings;
use base::{Base, base};
pub(crate) use base::{decoded, displayed};
use ladder::climb_down;
use renditions::{Made, Shared, complete, encode_all};

/// How to render, apart from the presets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenderOptions<'a> {
    /// The most threads at once, including the calling one. With 1, none is started. Default 1.
    pub threads: usize,
    /// Whether an original whose pixel data is damaged or ends early is rendered as far as possible, with a warning,
    /// instead of being refused. Default false.
    pub accept_damaged: bool,
    /// Facts about the original that renditions state. Default nothing.
    pub notices: Notices<'a>,
    /// The point that crops keep in the middle as far as the edges allow, overriding their presets. Default nothing.
    pub focus: Option<FocusPoint>,
}

impl Default for RenderOptions<'_> {
    fn default() -> Self {
        Self {
            threads: 1,
            accept_damaged: false,
            notices: Notices::default(),
            focus: None,
        }
    }
}

/// The result of rendering an original.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// One rendition for each preset, in the order of the presets.
    pub renditions: Vec<Rendition>,
    /// A small copy of the picture, for statistics.
    pub preview: Preview,
    /// Whether no pixel of the picture is transparent.
    pub is_opaque: bool,
    /// Whether the picture has no colour, even if it is not stored as grey.
    pub greyscale: bool,
    /// How long the steps took.
    pub timings: Timings,
    /// Warnings about deviations from what the original or the preset asked for.
    pub warnings: Warnings,
}

/// One preset applied to one original.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendition {
    /// The preset's name.
    pub preset: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The format it is written in.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
    /// The quality with which a lossy format was written; nothing for a lossless file.
    pub quality: Option<u8>,
    /// The point that it was cropped around; nothing if it is not cropped.
    pub focus: Option<CropFocus>,
}

/// The picture as displayed, in sRGB, its longer side 256 pixels or fewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Red, green, blue and alpha of each pixel, row by row, not premultiplied.
    pub rgba: Vec<u8>,
}

/// How long the steps took, by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// From bytes to pixels.
    pub decode: Duration,
    /// From stored colours to sRGB.
    pub colour: Duration,
    /// Orientation, resizing, cropping and sharpening.
    pub resize: Duration,
    /// From pixels to bytes.
    pub encode: Duration,
}

/// Makes one rendition of an original for each preset, all of them from one decode.
///
/// The same original and presets give the same bytes, whatever the number of threads.
///
/// # Errors
/// A [`Refusal`] if the pixel data is damaged, if a rendition cannot be written in its format, or if the work takes more
/// processor time than the limits leave for it.
pub fn render(
    original: &[u8],
    inspection: &Inspection<'_>,
    presets: &[&Preset],
    options: &RenderOptions<'_>,
) -> Result<Rendered, Refusal> {
    let mut timings = Timings::default();
    let mut warnings = Warnings::default();
    let account = inspection.budget.account();
    let meter = account.meter();
    let mut scaler = Scaler::default();
    let displayed = (inspection.width, inspection.height);
    let targets = plan(displayed, presets, |_| None);
    let colours = Colours::of(inspection);
    if let Some(warning) = colours.warning {
        warnings.push("icc-broken", warning);
    }
    meter.check()?;

    let wanted = Base {
        size: base_size(&targets, displayed),
        may_be_planar: targets.iter().all(|target| takes_planes(target.preset)),
        threads: options.threads > 1,
        accept_damaged: options.accept_damaged,
    };
    let picture = base(
        original,
        inspection,
        &wanted,
        (&colours, &meter),
        &mut scaler,
        &mut timings,
        &mut warnings,
    )?;
    let is_opaque = picture.is_opaque();
    meter.check()?;

    let targets = timed(&mut timings.resize, || {
        without_borders(targets, presets, &picture)
    });
    let stills: Vec<_> = targets
        .iter()
        .copied()
        .filter(|target| !is_animated(target, inspection))
        .collect();
    let (rungs, preview) = timed(&mut timings.resize, || {
        climb_down(
            picture,
            displayed,
            &stills,
            options.focus,
            &mut scaler,
            &meter,
        )
    })?;
    let carried = Carried::of(inspection, presets, options.notices, &mut warnings);
    let drawn = is_stored_without_loss(inspection);
    let map = Map::of(original, inspection, presets, &meter, &mut warnings);
    let shared = Shared {
        drawn,
        carried: &carried,
        map: map.as_ref(),
        displayed,
    };
    let mut made = timed(&mut timings.encode, || {
        encode_all(&rungs, shared, options.threads, &account)
    })?;
    for target in targets
        .iter()
        .filter(|target| is_animated(target, inspection))
    {
        let rendition = timed(&mut timings.encode, || {
            animate(
                original, inspection, target, &preview, &colours, options, &meter,
            )
        })?;
        made.push(Made {
            rendition,
            map: None,
        });
    }
    let renditions = complete(made, presets, shared, &mut warnings);
    let greyscale = inspection.colour_space == ColourSpace::Grey || is_grey(&preview);
    Ok(Rendered {
        renditions,
        preview,
        is_opaque,
        greyscale,
        timings,
        warnings,
    })
}

fn timed<T>(total: &mut Duration, step: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = step();
    *total += start.elapsed();
    result
}

/// Plans the targets again, now that the borders of the picture are known.
fn without_borders<'a>(
    targets: Vec<Target<'a>>,
    presets: &[&'a Preset],
    picture: &Picture,
) -> Vec<Target<'a>> {
    if presets.iter().all(|preset| preset.trim.is_none()) {
        return targets;
    }
    plan(picture.size(), presets, |preset| {
        inside_borders(picture, preset.trim?)
    })
}

/// Whether a rendition can be made from planes as well as from pixels: they are only resized, and the encoder accepts
/// planes.
fn takes_planes(preset: &Preset) -> bool {
    preset.resize == Resizing::Encoded
        && matches!(
            preset.format,
            OutputFormat::Jpeg | OutputFormat::WebP | OutputFormat::Auto
        )
}

fn is_animated(target: &Target<'_>, inspection: &Inspection<'_>) -> bool {
    target.preset.frames == FrameChoice::All && inspection.is_animated()
}

fn is_stored_without_loss(inspection: &Inspection<'_>) -> bool {
    match inspection.format {
        Format::Png | Format::Gif | Format::Bmp | Format::Ico | Format::Tiff => true,
        Format::WebP => inspection.colour_space == ColourSpace::Rgb,
        Format::Jpeg | Format::Avif | Format::Heic | Format::Jxl | Format::Raw(_) => false,
    }
}

/// Whether red, green and blue differ nowhere by more than rounding and chroma quantisation cause.
fn is_grey(preview: &Preview) -> bool {
    const TOLERANCE: u8 = 4;
    preview.rgba.chunks_exact(4).all(|pixel| {
        let (least, most) = pixel[..3]
            .iter()
            .fold((u8::MAX, 0), |(least, most), sample| {
                (least.min(*sample), most.max(*sample))
            });
        pixel[3] == 0 || most - least <= TOLERANCE
    })
}
