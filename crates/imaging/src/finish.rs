//! Finishes a rendition in its final size. This affects that rendition alone: the pictures from which smaller ones are
//! made stay unchanged.

mod blur;
mod pad;
mod stamp;

use crate::budget::Meter;
use crate::orient::{Orientation, orient, orient_planar};
use crate::picture::Picture;
use crate::plan::Target;
use crate::raster::{Packed, Pixels8, Samples};
use crate::refusal::Refusal;
use crate::resize::Scaler;
use crate::sharpen::sharpen;

/// Turns, blurs, sharpens, pads and marks a picture of 8 bits, in this order.
pub(crate) fn finish(
    picture: Picture,
    target: &Target<'_>,
    scaler: &mut Scaler,
    meter: &Meter<'_>,
) -> Result<Picture, Refusal> {
    let preset = target.preset;
    let picture = turn(picture, preset.turn, scaler);
    let picture = blur::blur(picture, preset.blur, meter)?;
    let mut picture = sharpen(picture, preset.sharpen);
    if picture.size() != target.output() {
        let pixels = picture.into_pixels(scaler);
        picture = Picture::Pixels(pad::pad(pixels, target.output(), preset.background));
    }
    Ok(match &preset.watermark {
        None => picture,
        Some(watermark) => {
            let pixels = picture.into_pixels(scaler);
            Picture::Pixels(stamp::stamp(pixels, watermark, scaler))
        }
    })
}

/// Turns and mirrors a picture. Chroma of half the size belongs to whole pairs of luma counted from the left and the
/// top, so planes with an odd side cannot be turned directly.
pub(crate) fn turn(picture: Picture, turn: Orientation, scaler: &mut Scaler) -> Picture {
    if turn == Orientation::Upright {
        return picture;
    }
    match picture {
        Picture::Planar(planes) if planes.width % 2 == 0 && planes.height % 2 == 0 => {
            Picture::Planar(orient_planar(planes, turn))
        }
        other => {
            let Pixels8 {
                width,
                height,
                model,
                data,
            } = other.into_pixels(scaler);
            let packed = Packed {
                width,
                height,
                model,
                samples: Samples::U8(data),
            };
            Picture::of(orient(packed, turn))
        }
    }
}
