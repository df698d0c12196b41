//! The ladder: every rendition is resized from the smallest earlier picture that is large enough.

use super::Preview;
use crate::budget::Meter;
use crate::finish::finish;
use crate::focus::{CropFocus, FocusPoint, crop_focus, window};
use crate::linear;
use crate::picture::Picture;
use crate::plan::{Target, preview_size};
use crate::presets::Resizing;
use crate::refusal::Refusal;
use crate::resize::{Region, Scaler};

/// A picture that is ready to be encoded.
pub(super) struct Rung<'a> {
    pub(super) target: Target<'a>,
    /// The part of the displayed picture that it shows.
    pub(super) shown: Region,
    pub(super) picture: Picture,
    pub(super) focus: Option<CropFocus>,
}

/// Resizes, crops and finishes for every target, and makes the preview. Targets come with the largest scale first.
pub(super) fn climb_down<'a>(
    base: Picture,
    displayed: (u32, u32),
    targets: &[Target<'a>],
    focus: Option<FocusPoint>,
    scaler: &mut Scaler,
    meter: &Meter<'_>,
) -> Result<(Vec<Rung<'a>>, Preview), Refusal> {
    // Pictures of the whole original, the largest first. Crops are made from them after all of them exist.
    let mut wholes = vec![base];
    let handed_on =
        |target: &&Target<'_>| target.is_whole() && target.preset.resize == Resizing::Encoded;
    for target in targets.iter().filter(handed_on) {
        meter.check()?;
        if wholes.iter().all(|whole| whole.size() != target.whole) {
            let parent = parent(&wholes, target.whole);
            wholes.push(parent.resize(scaler, all_of(parent), target.whole));
        }
    }
    let preview = preview_of(&wholes, preview_size(displayed), scaler);
    let rungs = targets.iter().map(|target| {
        meter.check()?;
        let shown = window(target, displayed, &preview, focus);
        let picture = picture_for(target, displayed, shown, &wholes, scaler);
        Ok(Rung {
            target: *target,
            shown,
            focus: crop_focus(target, shown, displayed, focus),
            picture: finish(picture.reduced(), target, scaler, meter)?,
        })
    });
    Ok((rungs.collect::<Result<_, _>>()?, preview))
}

/// The smallest picture that is at least as large. The base is always large enough.
fn parent(wholes: &[Picture], size: (u32, u32)) -> &Picture {
    let covers = |whole: &&Picture| whole.size().0 >= size.0 && whole.size().1 >= size.1;
    wholes.iter().rev().find(covers).unwrap_or(&wholes[0])
}

fn picture_for(
    target: &Target<'_>,
    displayed: (u32, u32),
    shown: Region,
    wholes: &[Picture],
    scaler: &mut Scaler,
) -> Picture {
    if let Some(frame) = target.trimmed {
        // The part is cut out first, because resizing would mix in pixels from outside its region.
        let size = frame.rounded_size();
        let cut = wholes[0].resize(scaler, frame, size);
        let region = shown.within(frame).to_make(target.size);
        return resize(&cut, target, region, scaler);
    }
    // A picture that was resized by its numbers has already lost light.
    let parent = match target.preset.resize {
        Resizing::Linear => &wholes[0],
        Resizing::Encoded => parent(wholes, target.whole),
    };
    let (width, height) = parent.size();
    let scale = (
        f64::from(width) / f64::from(displayed.0),
        f64::from(height) / f64::from(displayed.1),
    );
    let region = shown.scaled(scale, (width, height)).to_make(target.size);
    resize(parent, target, region, scaler)
}

fn resize(from: &Picture, target: &Target<'_>, region: Region, scaler: &mut Scaler) -> Picture {
    match target.preset.resize {
        Resizing::Encoded => from.resize(scaler, region, target.size),
        Resizing::Linear => linear::resize(from, scaler, region, target.size),
    }
}

fn all_of(picture: &Picture) -> Region {
    let (width, height) = picture.size();
    Region::whole((width.into(), height.into()))
}

/// The preview, made from the smallest picture that is large enough for it.
fn preview_of(wholes: &[Picture], size: (u32, u32), scaler: &mut Scaler) -> Preview {
    let parent = parent(wholes, size);
    let small = parent.resize(scaler, all_of(parent), size);
    Preview {
        width: size.0,
        height: size.1,
        rgba: small.to_pixels(scaler).to_rgba(),
    }
}
