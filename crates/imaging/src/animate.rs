//! Resizes every frame of an animation and writes an animated WebP.

use crate::budget::Meter;
use crate::colour::{Colours, to_srgb};
use crate::decode::{ApngFrames, GifFrames};
use crate::encode::webp;
use crate::ffi::webp_animation::{Encoder, Frames};
use crate::finish::finish;
use crate::focus::{crop_focus, window};
use crate::format::Format;
use crate::inspect::Inspection;
use crate::orient::orient;
use crate::picture::Picture;
use crate::plan::Target;
use crate::raster::{Model, Packed};
use crate::refusal::{Refusal, RefusalCode};
use crate::render::{Preview, RenderOptions, Rendition};
use crate::resize::Scaler;
use crate::warnings::Warnings;

/// Makes an animated rendition. All frames use the crop of the first one, so that the picture does not jump.
pub(crate) fn animate(
    original: &[u8],
    inspection: &Inspection<'_>,
    target: &Target<'_>,
    preview: &Preview,
    colours: &Colours,
    options: &RenderOptions<'_>,
    meter: &Meter<'_>,
) -> Result<Rendition, Refusal> {
    let settings = webp::settings(target.preset, false, options.threads > 1);
    let plays = inspection.loop_count.unwrap_or_default();
    let mut encoder = Encoder::new(target.output(), plays, settings).map_err(unencodable)?;
    let mut scaler = Scaler::default();
    let mut frames = Source::open(original, inspection, meter)?;
    let displayed_size = (inspection.width, inspection.height);
    let shown = window(target, displayed_size, preview, options.focus);
    let region = shown.to_make(target.size);
    let mut added = 0;
    while added < inspection.frames {
        let next = frames.next();
        // A decoder that ran out of time reports damaged data.
        meter.check()?;
        let Some((canvas, shown_ms)) = next? else {
            break;
        };
        let stored = Packed::new8(
            inspection.coded_width,
            inspection.coded_height,
            Model::RgbAlpha,
            canvas.to_vec(),
        );
        let displayed = to_srgb(
            orient(stored, inspection.orientation),
            colours,
            &mut Warnings::default(),
        );
        let picture = Picture::of(scaler.packed(&displayed, region, target.size));
        if let Picture::Pixels(frame) = finish(picture, target, &mut scaler, meter)? {
            encoder.add(&frame, shown_ms).map_err(unencodable)?;
        }
        added += 1;
    }
    // A decoder that ran out of time looks as if its data had ended.
    meter.check()?;
    if added < inspection.frames && !options.accept_damaged {
        return Err(Refusal::corrupt(format!(
            "The animation ends early or is damaged: {added} of its {} frames can be decoded.",
            inspection.frames
        )));
    }
    let bytes = encoder.finish().map_err(unencodable)?;
    let (width, height) = target.output();
    Ok(Rendition {
        preset: target.preset.name.clone(),
        width,
        height,
        format: Format::WebP,
        bytes,
        quality: Some(target.preset.quality),
        focus: crop_focus(target, shown, displayed_size, options.focus),
    })
}

fn unencodable(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        RefusalCode::CannotEncode,
        format!("The animation cannot be written as WebP: {error}."),
    )
}

/// The frames of an animation, whichever format they come from.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Source<'a> {
    Gif(GifFrames<'a>),
    Png(ApngFrames<'a>),
    WebP(Frames<'a>),
}

impl<'a> Source<'a> {
    fn open(
        original: &'a [u8],
        inspection: &Inspection<'_>,
        meter: &'a Meter<'a>,
    ) -> Result<Self, Refusal> {
        let size = (inspection.coded_width, inspection.coded_height);
        match inspection.format {
            Format::Gif => GifFrames::open(original, size, meter).map(Self::Gif),
            Format::Png => ApngFrames::open(original, inspection.frames, meter).map(Self::Png),
            _ => Frames::open(original, size)
                .map(Self::WebP)
                .ok_or_else(|| Refusal::corrupt("The WebP animation is damaged.")),
        }
    }

    /// The canvas of the next frame as RGBA, and how long it is shown, in milliseconds.
    fn next(&mut self) -> Result<Option<(&[u8], u32)>, Refusal> {
        match self {
            Self::Gif(frames) => frames.next(),
            Self::Png(frames) => frames.next(),
            Self::WebP(frames) => Ok(frames.next()),
        }
    }
}
