//! Decodes WebP with libwebp, which can reduce while it decodes.

use super::{Decoded, Pixels, Request, spare_factor, undecodable};
use crate::ffi::webp_animation::Frames;
use crate::ffi::webp_decode::{Outcome, Settings, decode as decode_still};
use crate::format::Format;
use crate::inspect::Inspection;
use crate::raster::{Model, Packed};
use crate::refusal::Refusal;
use crate::warnings::Warnings;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let size = (inspection.coded_width, inspection.coded_height);
    if inspection.duration_ms.is_some() || is_animation_file(original) {
        let mut frames = Frames::open(original, size)
            .ok_or_else(|| undecodable(Format::WebP, "the animation is damaged"))?;
        let (canvas, _) = frames
            .next()
            .ok_or_else(|| undecodable(Format::WebP, "its first frame is damaged"))?;
        let pixels = Packed::new8(size.0, size.1, Model::RgbAlpha, canvas.to_vec());
        return Ok(Decoded::whole(pixels, None));
    }
    let factor = spare_factor(size, request.cover);
    let reduced = (size.0.div_ceil(factor), size.1.div_ceil(factor));
    let has_alpha = inspection.has_alpha;
    let settings = Settings {
        size: reduced,
        reduces: factor > 1,
        has_alpha,
        threads: request.threads,
    };
    let (pixels, outcome) = decode_still(original, settings);
    let damage = match outcome {
        Outcome::Complete => None,
        Outcome::Damaged => Some("the file ends early or is damaged".to_owned()),
        Outcome::Failed => return Err(undecodable(Format::WebP, "it is damaged")),
    };
    let model = if has_alpha {
        Model::RgbAlpha
    } else {
        Model::Rgb
    };
    // The library fits the whole picture into the reduced size, so nothing is left over at the
    // edges.
    let pixels = Packed::new8(reduced.0, reduced.1, model, pixels);
    let extent = (f64::from(reduced.0), f64::from(reduced.1));
    Ok(Decoded {
        pixels: Pixels::Packed(pixels),
        extent,
        damage,
        warnings: Warnings::default(),
    })
}

/// Whether the header declares an animation, even one with a single frame.
fn is_animation_file(original: &[u8]) -> bool {
    original.get(12..16) == Some(b"VP8X") && original.get(20).is_some_and(|flags| flags & 0x02 != 0)
}
