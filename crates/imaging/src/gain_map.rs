//! Gain maps that renditions keep. From such a picture, a screen of high dynamic range computes how much brighter each
//! place is than in the standard picture. The map is cropped, turned and resized like the picture, and put into the
//! same file.
//!
//! A map multiplies light channel by channel, whatever the primaries are, so it fits the rendition's sRGB as well as
//! the colours of the original.

mod container;
mod description;

use std::time::Duration;

use crate::budget::Meter;
use crate::colour::Colours;
use crate::encode::encode_jpeg;
use crate::finish::turn;
use crate::inspect::{GainMap, Inspection, inspect};
use crate::limits::Limits;
use crate::picture::Picture;
use crate::plan::Target;
use crate::presets::{Hdr, Preset};
use crate::refusal::Refusal;
use crate::render::decoded;
use crate::resize::{Region, Scaler};
use crate::warnings::Warnings;
use container::with_segments;
pub(crate) use container::{MOST_FRAMING, attach};
use description::Description;

/// The map of an original as displayed.
pub(crate) struct Map {
    picture: Picture,
    pub(crate) description: Description,
}

impl Map {
    /// The map of an original, if it has one and a preset keeps it. A map that cannot be kept gives a warning, because
    /// the picture is complete without it.
    pub(crate) fn of(
        original: &[u8],
        inspection: &Inspection<'_>,
        presets: &[&Preset],
        meter: &Meter<'_>,
        warnings: &mut Warnings,
    ) -> Option<Self> {
        let kind = inspection.gain_map?;
        if presets.iter().all(|preset| preset.hdr != Hdr::Keep) {
            return None;
        }
        let map = Self::read(original, inspection, kind, meter);
        if let Err(reason) = &map {
            warnings.push(
                "gain-map-not-kept",
                format!("Renditions do not keep the gain map: {reason}"),
            );
        }
        map.ok()
    }

    fn read(
        original: &[u8],
        inspection: &Inspection<'_>,
        kind: GainMap,
        meter: &Meter<'_>,
    ) -> Result<Self, String> {
        if kind == GainMap::Apple {
            return Err(
                "its brightness is stated only in the maker notes of the camera.".to_owned(),
            );
        }
        let file = inspection
            .gain_map_file
            .ok_or("it is not a file of its own.")?;
        let description = Description::of(original, file).ok_or("its description is damaged.")?;
        let header = header(inspection, file).map_err(|refusal| refusal.message)?;
        // The samples are not colours, whatever profile the file has.
        let picture = decoded(file, &header, &Colours::of(&header), meter)
            .map_err(|refusal| refusal.message)?;
        Ok(Self {
            picture,
            description,
        })
    }

    /// The map for a rendition that shows a part of a picture of this size, as a file.
    pub(crate) fn to_jpeg(
        &self,
        target: &Target<'_>,
        shown: Region,
        displayed: (u32, u32),
        scaler: &mut Scaler,
    ) -> Result<Vec<u8>, Refusal> {
        let bounds = self.picture.size();
        let scale = (
            f64::from(bounds.0) / f64::from(displayed.0),
            f64::from(bounds.1) / f64::from(displayed.1),
        );
        let region = shown.scaled(scale, bounds);
        let size = (
            side(target.size.0, region.width / shown.width),
            side(target.size.1, region.height / shown.height),
        );
        let map = self.picture.resize(scaler, region.to_make(size), size);
        let map = turn(map, target.preset.turn, scaler);
        let file = encode_jpeg(&map, target.preset)?;
        Ok(with_segments(&file, &self.description.segments()))
    }
}

/// The header of a map, which is stored in the same orientation as the picture.
pub(crate) fn header<'a>(
    inspection: &Inspection<'_>,
    file: &'a [u8],
) -> Result<Inspection<'a>, Refusal> {
    let limits = Limits {
        max_pixels: u64::from(inspection.coded_width) * u64::from(inspection.coded_height),
        // This is only a header of a few segments.
        max_cpu: Duration::from_secs(1),
        ..Limits::default()
    };
    let mut header = inspect(file, &limits)?;
    header.icc = None;
    header.hdr = None;
    header.orientation = inspection.orientation;
    let coded = (header.coded_width, header.coded_height);
    (header.width, header.height) = header.orientation.display_size(coded);
    Ok(header)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a map is no larger than its picture"
)]
fn side(of_picture: u32, scale: f64) -> u32 {
    ((f64::from(of_picture) * scale).round() as u32).max(1)
}
