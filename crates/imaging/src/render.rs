//! The steps from an original to its renditions, in order.

mod ladder;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::animate::animate;
use crate::budget::{Account, Meter};
use crate::colour::{Colours, to_srgb};
use crate::decode::{Decoded, Pixels, Request, decode};
use crate::encode::encode;
use crate::format::Format;
use crate::inspect::{ColourSpace, Inspection};
use crate::metadata::{Carried, Notices};
use crate::orient::{orient, orient_planar};
use crate::picture::Picture;
use crate::plan::{Target, base_size, plan};
use crate::presets::{FrameChoice, OutputFormat, Preset};
use crate::raster::Packed;
use crate::refusal::Refusal;
use crate::resize::{Region, Scaler};
use crate::warnings::Warnings;
use ladder::{Rung, climb_down};

/// How to render, apart from what presets say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions<'a> {
    /// Threads that may be used at once, the calling one included. With 1, none is started. Default 1.
    pub threads: usize,
    /// Whether an original whose pixel data is damaged or ends early is rendered as far as it goes, with a warning,
    /// instead of being refused. Default false.
    pub accept_damaged: bool,
    /// What is known of the original for renditions to say. Default nothing.
    pub notices: Notices<'a>,
}

impl Default for RenderOptions<'_> {
    fn default() -> Self {
        Self {
            threads: 1,
            accept_damaged: false,
            notices: Notices::default(),
        }
    }
}

/// What came of an original.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// One rendition for each preset, in the order of the presets.
    pub renditions: Vec<Rendition>,
    /// The picture, small, for statistics.
    pub preview: Preview,
    /// Whether no pixel of the picture is transparent.
    pub is_opaque: bool,
    /// Whether the picture has no colour, be it stored as grey or not.
    pub greyscale: bool,
    /// How long the steps took.
    pub timings: Timings,
    /// What went otherwise than the original or the preset asked for.
    pub warnings: Warnings,
}

/// One preset applied to one original.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let targets = plan(inspection, presets);
    let displayed = (inspection.width, inspection.height);
    let base = base_size(&targets, displayed);
    let colours = Colours::of(inspection);
    if let Some(warning) = colours.warning {
        warnings.push("icc-broken", warning);
    }
    meter.check()?;

    let stored_base = inspection.orientation.display_size(base);
    let request = Request {
        cover: stored_base,
        threads: options.threads > 1,
        meter: &meter,
    };
    let decoded = timed(&mut timings.decode, || {
        decode(original, inspection, request)
    })?;
    accept(&decoded, options, &mut warnings)?;
    warnings.append(decoded.warnings);

    let region = Region::whole(decoded.extent);
    let picture = match decoded.pixels {
        Pixels::Planar(planes)
            if colours.are_srgb() && targets.iter().all(|target| takes_planes(target.preset)) =>
        {
            timed(&mut timings.resize, || {
                Picture::Planar(orient_planar(
                    scaler.planar(&planes, region, stored_base),
                    inspection.orientation,
                ))
            })
        }
        pixels => {
            let packed = timed(&mut timings.resize, || {
                orient(
                    to_base(pixels, &mut scaler, region, stored_base),
                    inspection.orientation,
                )
            });
            timed(&mut timings.colour, || {
                Picture::of(to_srgb(packed, &colours, &mut warnings))
            })
        }
    };
    let is_opaque = picture.is_opaque();
    meter.check()?;

    let stills: Vec<_> = targets
        .iter()
        .copied()
        .filter(|target| !is_animated(target, inspection))
        .collect();
    let (rungs, preview) = timed(&mut timings.resize, || {
        climb_down(picture, displayed, &stills, &mut scaler, &meter)
    })?;
    let carried = Carried::of(inspection, presets, options.notices, &mut warnings);
    let drawn = is_stored_without_loss(inspection);
    let mut renditions = timed(&mut timings.encode, || {
        encode_all(&rungs, drawn, options.threads, &account)
    })?;
    for target in targets
        .iter()
        .filter(|target| is_animated(target, inspection))
    {
        renditions.push(timed(&mut timings.encode, || {
            animate(
                original, inspection, target, &preview, &colours, options, &meter,
            )
        })?);
    }
    for rendition in &mut renditions {
        if let Some(preset) = presets
            .iter()
            .find(|preset| preset.name == rendition.preset)
        {
            carried.attach(rendition, preset.metadata, &mut warnings);
        }
    }
    renditions.sort_by_key(|rendition| {
        presets
            .iter()
            .position(|preset| preset.name == rendition.preset)
    });
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

/// Refuses what is damaged, unless the caller wants it as far as it goes.
fn accept(
    decoded: &Decoded,
    options: &RenderOptions<'_>,
    warnings: &mut Warnings,
) -> Result<(), Refusal> {
    match &decoded.damage {
        None => Ok(()),
        Some(damage) if options.accept_damaged => {
            warnings.push(
                "pixels-damaged",
                format!(
                    "The pixel data is damaged or ends early ({damage}); it was used as far as it goes."
                ),
            );
            Ok(())
        }
        Some(damage) => Err(Refusal::corrupt(format!(
            "The pixel data is damaged or ends early: {damage}."
        ))),
    }
}

/// Whether an encoder takes planes as well as pixels.
fn takes_planes(preset: &Preset) -> bool {
    matches!(
        preset.format,
        OutputFormat::Jpeg | OutputFormat::WebP | OutputFormat::Auto
    )
}

fn to_base(pixels: Pixels, scaler: &mut Scaler, region: Region, size: (u32, u32)) -> Packed {
    match pixels {
        Pixels::Packed(packed) => scaler.packed_owned(packed, region, size),
        Pixels::Planar(planes) => scaler.planar_to_packed(&planes, region, size),
    }
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

/// Encodes every rung, side by side where there are threads for it. The most expensive ones come first, so that no
/// thread is left with a large one at the end.
fn encode_all(
    rungs: &[Rung<'_>],
    drawn: bool,
    threads: usize,
    account: &Account,
) -> Result<Vec<Rendition>, Refusal> {
    let workers = threads.min(rungs.len());
    if workers <= 1 {
        let meter = account.meter();
        return rungs
            .iter()
            .map(|rung| encode_rung(rung, drawn, threads > 1, &meter))
            .collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let meter = account.meter();
        let mut done = Vec::new();
        while let Some(rung) = rungs.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(encode_rung(rung, drawn, false, &meter));
        }
        done
    };
    let results = thread::scope(|scope| {
        let helpers: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        for helper in helpers {
            match helper.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.into_iter().collect()
}

fn encode_rung(
    rung: &Rung<'_>,
    drawn: bool,
    threads: bool,
    meter: &Meter<'_>,
) -> Result<Rendition, Refusal> {
    meter.check()?;
    let preset = rung.preset;
    let encoded = encode(&rung.picture, preset, drawn, threads, meter);
    // An encoder that was stopped says that it was, and not why.
    meter.check()?;
    let bytes = encoded?;
    let (width, height) = rung.picture.size();
    Ok(Rendition {
        preset: preset.name.clone(),
        width,
        height,
        format: preset.format.format(),
        bytes,
    })
}

/// Whether red, green and blue differ nowhere by more than rounding and chroma quantisation make them.
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
