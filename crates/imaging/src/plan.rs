//! From presets and a displayed size to exact dimensions, and to how much of the original is needed at all.

use crate::inspect::Inspection;
use crate::presets::{Fit, Preset};

/// One rendition to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Target<'a> {
    pub(crate) preset: &'a Preset,
    /// Dimensions of the rendition.
    pub(crate) size: (u32, u32),
    /// How large the whole picture is at the rendition's scale: larger than `size` where it is cropped.
    pub(crate) whole: (u32, u32),
}

impl Target<'_> {
    pub(crate) fn is_cropped(&self) -> bool {
        self.size != self.whole
    }
}

/// The renditions to make, the largest scale first, so that each can be made from one before it.
pub(crate) fn plan<'a>(inspection: &Inspection<'_>, presets: &[&'a Preset]) -> Vec<Target<'a>> {
    let displayed = (inspection.width, inspection.height);
    let mut targets: Vec<_> = presets
        .iter()
        .map(|preset| target(displayed, preset))
        .collect();
    // A stable sort by size alone: presets of one size stay in the order of the file.
    targets.sort_by_key(|target| {
        std::cmp::Reverse((
            u64::from(target.whole.0) * u64::from(target.whole.1),
            !target.is_cropped(),
        ))
    });
    targets
}

fn target(displayed: (u32, u32), preset: &Preset) -> Target<'_> {
    let wanted = (
        preset.width.unwrap_or(u32::MAX),
        preset.height.unwrap_or(u32::MAX),
    );
    let (width, height) = (f64::from(displayed.0), f64::from(displayed.1));
    let horizontal = f64::from(wanted.0) / width;
    let vertical = f64::from(wanted.1) / height;
    if let (Fit::Cover, Some(_), Some(_)) = (preset.fit, preset.width, preset.height) {
        // A picture smaller than the box is not enlarged: the box shrinks, and keeps its proportions.
        let shrink = horizontal.recip().min(vertical.recip()).min(1.0);
        let size = (scaled(wanted.0, shrink), scaled(wanted.1, shrink));
        let scale = (f64::from(size.0) / width).max(f64::from(size.1) / height);
        let whole = (
            scaled(displayed.0, scale).max(size.0),
            scaled(displayed.1, scale).max(size.1),
        );
        return Target {
            preset,
            size,
            whole,
        };
    }
    let scale = horizontal.min(vertical).min(1.0);
    let size = (scaled(displayed.0, scale), scaled(displayed.1, scale));
    Target {
        preset,
        size,
        whole: size,
    }
}

/// A side at a scale, rounded, and never nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side times a scale of at most 1 is a side"
)]
fn scaled(side: u32, scale: f64) -> u32 {
    ((f64::from(side) * scale).round() as u32).max(1)
}

/// Longer side of the preview.
const PREVIEW_SIDE: u32 = 256;

/// Dimensions of the preview of a picture of this size.
pub(crate) fn preview_size(displayed: (u32, u32)) -> (u32, u32) {
    let longer = displayed.0.max(displayed.1).max(PREVIEW_SIDE);
    let side = |side| scaled(side, f64::from(PREVIEW_SIDE) / f64::from(longer));
    (side(displayed.0), side(displayed.1))
}

/// The size in which the whole picture is needed, as displayed: enough for every target and for the preview.
pub(crate) fn base_size(targets: &[Target<'_>], displayed: (u32, u32)) -> (u32, u32) {
    let base = targets
        .iter()
        .fold(preview_size(displayed), |base, target| {
            (target.whole.0.max(base.0), target.whole.1.max(base.1))
        });
    (base.0.min(displayed.0), base.1.min(displayed.1))
}

#[cfg(test)]
mod tests {
    use super::{base_size, target};
    use crate::presets::{Preset, Presets};

    fn preset(keys: &str) -> Preset {
        let presets = Presets::parse(&format!("[presets.a]\nformat = \"png\"\n{keys}"))
            .expect("valid presets");
        presets.iter().next().expect("one preset").clone()
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
}
