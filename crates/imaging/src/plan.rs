//! Computes exact dimensions from presets and a displayed size, and how much of the original is needed.

use crate::presets::{Fit, Preset, Resizing};
use crate::resize::Region;

/// One rendition to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Target<'a> {
    pub(crate) preset: &'a Preset,
    /// The displayed picture without its borders, in its pixels, if borders are removed.
    pub(crate) trimmed: Option<Region>,
    /// Dimensions of the part that is shown, before it is turned and padded.
    pub(crate) size: (u32, u32),
    /// The size of the picture without its borders at the rendition's scale. It is larger than `size` if the rendition
    /// is cropped.
    pub(crate) framed: (u32, u32),
    /// The size of the whole displayed picture at the rendition's scale.
    pub(crate) whole: (u32, u32),
}

impl Target<'_> {
    /// Whether less is shown than the picture without its borders.
    pub(crate) fn is_cropped(&self) -> bool {
        self.size != self.framed
    }

    /// Whether all of the displayed picture is shown.
    pub(crate) fn is_whole(&self) -> bool {
        self.trimmed.is_none() && !self.is_cropped()
    }

    /// Dimensions of the rendition.
    pub(crate) fn output(&self) -> (u32, u32) {
        match padded(self.preset) {
            Some(size) => size,
            None => self.preset.turn.display_size(self.size),
        }
    }
}

/// The box of a preset that is filled whatever the picture is.
fn padded(preset: &Preset) -> Option<(u32, u32)> {
    (preset.fit == Fit::Pad)
        .then_some(preset.width.zip(preset.height))
        .flatten()
}

/// The dimensions of a preset's rendition of a picture of this size without borders.
pub(crate) fn output_size(displayed: (u32, u32), preset: &Preset) -> (u32, u32) {
    target(displayed, None, preset).output()
}

/// The renditions to make from a picture of this size, the largest scale first, so that each can be made from one
/// before it. `trimmed` is the picture without its borders.
pub(crate) fn plan<'a>(
    displayed: (u32, u32),
    presets: &[&'a Preset],
    trimmed: impl Fn(&Preset) -> Option<Region>,
) -> Vec<Target<'a>> {
    let mut targets: Vec<_> = presets
        .iter()
        .map(|preset| target(displayed, trimmed(preset), preset))
        .collect();
    // The sort is stable and by size alone, so presets of one size stay in the order of the file.
    targets.sort_by_key(|target| {
        std::cmp::Reverse((
            u64::from(target.whole.0) * u64::from(target.whole.1),
            target.is_whole(),
        ))
    });
    targets
}

fn target(displayed: (u32, u32), trimmed: Option<Region>, preset: &Preset) -> Target<'_> {
    // The box in the picture's orientation, before the picture is turned.
    let wanted = preset.turn.display_size((
        preset.width.unwrap_or(u32::MAX),
        preset.height.unwrap_or(u32::MAX),
    ));
    let all = (f64::from(displayed.0), f64::from(displayed.1));
    let (width, height) = trimmed.map_or(all, |region| (region.width, region.height));
    let horizontal = f64::from(wanted.0) / width;
    let vertical = f64::from(wanted.1) / height;
    let (size, scale) = if preset.fit == Fit::Cover {
        // A picture smaller than the box is not enlarged. The box shrinks and keeps its proportions.
        let shrink = horizontal.recip().min(vertical.recip()).min(1.0);
        let size = (
            scaled(f64::from(wanted.0), shrink),
            scaled(f64::from(wanted.1), shrink),
        );
        let scale = (f64::from(size.0) / width).max(f64::from(size.1) / height);
        (size, scale)
    } else {
        let scale = horizontal.min(vertical).min(1.0);
        ((scaled(width, scale), scaled(height, scale)), scale)
    };
    let at_scale = |(width, height)| {
        (
            scaled(width, scale).max(size.0),
            scaled(height, scale).max(size.1),
        )
    };
    Target {
        preset,
        trimmed,
        size,
        framed: at_scale((width, height)),
        whole: at_scale(all),
    }
}

/// The most pixels that a rendition of a picture of this size can have, whatever its borders are.
pub(crate) fn most_pixels(displayed: (u32, u32), target: &Target<'_>) -> u64 {
    let preset = target.preset;
    let (width, height) = if preset.trim.is_some() && preset.fit != Fit::Pad {
        let (width, height) = preset.turn.display_size(displayed);
        (
            preset.width.unwrap_or(width).min(width),
            preset.height.unwrap_or(height).min(height),
        )
    } else {
        target.output()
    };
    u64::from(width) * u64::from(height)
}

/// A side at a scale, rounded, and at least 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side times a scale of at most 1 is a side"
)]
fn scaled(side: f64, scale: f64) -> u32 {
    ((side * scale).round() as u32).max(1)
}

/// Longer side of the preview.
const PREVIEW_SIDE: u32 = 256;

/// Dimensions of the preview of a picture of this size.
pub(crate) fn preview_size(displayed: (u32, u32)) -> (u32, u32) {
    let longer = displayed.0.max(displayed.1).max(PREVIEW_SIDE);
    let side = |side: u32| scaled(side.into(), f64::from(PREVIEW_SIDE) / f64::from(longer));
    (side(displayed.0), side(displayed.1))
}

/// The size in which the whole picture is needed, as displayed: enough for every target and for the preview. Borders
/// have to be found at full size, and the rest may be needed at full size. Resizing by light needs the full size, too,
/// because decoders reduce by the stored numbers.
pub(crate) fn base_size(targets: &[Target<'_>], displayed: (u32, u32)) -> (u32, u32) {
    let needs_all = |preset: &Preset| preset.trim.is_some() || preset.resize == Resizing::Linear;
    if targets.iter().any(|target| needs_all(target.preset)) {
        return displayed;
    }
    let base = targets
        .iter()
        .fold(preview_size(displayed), |base, target| {
            (target.whole.0.max(base.0), target.whole.1.max(base.1))
        });
    (base.0.min(displayed.0), base.1.min(displayed.1))
}

#[cfg(test)]
mod tests {
    use super::{Target, base_size};
    use crate::presets::{Preset, Presets};
    use crate::resize::Region;

    fn preset(keys: &str) -> Preset {
        let presets = Presets::parse(&format!("[presets.a]\nformat = \"png\"\n{keys}"))
            .expect("valid presets");
        presets.iter().next().expect("one preset").clone()
    }

    fn target(displayed: (u32, u32), preset: &Preset) -> Target<'_> {
        super::target(displayed, None, preset)
    }

    #[test]
    fn contain_fits_inside_and_never_enlarges() {
        let both = preset("width = 100\nheight = 100");
        assert_eq!(target((4000, 3000), &both).size, (100, 75));
        assert_eq!(target((3000, 4000), &both).size, (75, 100));
        assert_eq!(target((60, 40), &both).size, (60, 40));
        assert_eq!(target((10_000, 1), &both).size, (100, 1));
        assert_eq!(
            target((4000, 3000), &preset("width = 1000")).size,
            (1000, 750)
        );
        assert_eq!(
            target((4000, 3000), &preset("height = 300")).size,
            (400, 300)
        );
        assert_eq!(target((4000, 3000), &preset("")).size, (4000, 3000));
    }

    #[test]
    fn cover_fills_the_box_and_keeps_its_proportions_when_the_picture_is_smaller() {
        let square = preset("width = 250\nheight = 250\nfit = \"cover\"");
        let wide = target((4000, 3000), &square);
        assert_eq!((wide.size, wide.whole), ((250, 250), (333, 250)));
        let small = target((300, 100), &square);
        assert_eq!((small.size, small.whole), ((100, 100), (300, 100)));
    }

    #[test]
    fn the_base_covers_every_target() {
        let (contain, cover) = (
            preset("width = 640"),
            preset("width = 600\nheight = 600\nfit = \"cover\""),
        );
        let targets = [target((4000, 3000), &contain), target((4000, 3000), &cover)];
        assert_eq!(base_size(&targets, (4000, 3000)), (800, 600));
    }

    #[test]
    fn the_box_is_that_of_the_turned_picture() {
        let turned = preset("width = 100\nheight = 500\nrotate = 90");
        let target = target((4000, 2000), &turned);
        assert_eq!((target.size, target.output()), ((200, 100), (100, 200)));
    }

    #[test]
    fn what_is_padded_fills_its_box_and_is_not_enlarged() {
        let square = preset("width = 100\nheight = 100\nfit = \"pad\"");
        for (displayed, size) in [((4000, 2000), (100, 50)), ((30, 10), (30, 10))] {
            let target = target(displayed, &square);
            assert_eq!((target.size, target.output()), (size, (100, 100)));
        }
    }

    #[test]
    fn the_scale_is_that_of_what_borders_leave() {
        let preset = preset("width = 100\ntrim = 0");
        let inner = Region {
            left: 500.0,
            top: 500.0,
            width: 200.0,
            height: 400.0,
        };
        let target = super::target((1000, 2000), Some(inner), &preset);
        assert_eq!((target.size, target.whole), ((100, 200), (500, 1000)));
        assert!(!target.is_cropped() && !target.is_whole());
        assert_eq!(base_size(&[target], (1000, 2000)), (1000, 2000));
    }
}
