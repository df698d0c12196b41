//! How much memory rendering takes at most, so that a caller admits no more work than there is room for.

use crate::decode::spare_factor;
use crate::format::Format;
use crate::inspect::{ColourSpace, Inspection};
use crate::orient::Orientation;
use crate::plan::{base_size, plan};
use crate::presets::{FrameChoice, OutputFormat, Preset};

/// What the codecs keep for themselves whatever the picture: tables, stacks, buffers of a few rows.
const FIXED: u64 = 4 << 20;

/// An upper bound in bytes of what [`render`](crate::render()) holds at once for this original and these presets, the
/// original's own bytes not counted.
#[must_use]
pub fn estimate_memory(inspection: &Inspection<'_>, presets: &[&Preset]) -> u64 {
    let targets = plan(inspection, presets);
    let displayed = (inspection.width, inspection.height);
    let base = base_size(&targets, displayed);
    let animation = if inspection.is_animated() {
        animation(inspection, presets)
    } else {
        0
    };
    let decoded = decoding(inspection, inspection.orientation.display_size(base));
    // Resized, oriented and converted there are at most three of the base at once, in 16 bits with four channels, and
    // the resizer's half-way buffer, as high as what was decoded and as wide as the base.
    let stored_height = if inspection.orientation == Orientation::Upright {
        displayed.1
    } else {
        inspection.coded_height
    };
    let bytes_per_pixel = u64::from(working_bytes(inspection));
    let resizing = pixels(base) * bytes_per_pixel * 3
        + u64::from(base.0.max(base.1)) * u64::from(stored_height) * bytes_per_pixel;
    let renditions: u64 = targets
        .iter()
        .map(|target| pixels(target.size) * (4 + encoding(target.preset)))
        .sum();
    FIXED + decoded + resizing + renditions + animation
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// Bytes of a pixel while it is resized: as stored.
fn working_bytes(inspection: &Inspection<'_>) -> u32 {
    let channels = u32::from(inspection.channels.clamp(1, 5));
    channels * if inspection.bit_depth > 8 { 2 } else { 1 }
}

/// What decoding holds: the pixels, and what the codec needs beside them.
fn decoding(inspection: &Inspection<'_>, cover: (u32, u32)) -> u64 {
    let size = (inspection.coded_width, inspection.coded_height);
    let all = pixels(size);
    let bytes = u64::from(working_bytes(inspection));
    let interlaced = inspection.progressive == Some(true);
    match inspection.format {
        Format::Jpeg => {
            // Of scales that are halved each time, one at most twice what is needed each way covers it.
            let scaled = all.min(pixels(cover) * 4 + u64::from(size.0.max(size.1)) * 16);
            let coefficients = if interlaced {
                all * samples_per_pixel(inspection) * 2
            } else {
                0
            };
            scaled * bytes + coefficients
        }
        Format::Png if interlaced => all * bytes * 2,
        Format::Png => {
            let factor = u64::from(spare_factor(size, cover));
            all.div_ceil(factor * factor) * bytes + u64::from(size.0) * (bytes * 6 + 32)
        }
        Format::WebP if inspection.is_animated() => all * 4 * 4,
        // The lossless decoder holds all pixels as ARGB; the lossy one holds planes of alpha and a few rows.
        Format::WebP => all * 4 + all * bytes,
        Format::Gif => all * 4 * 4,
        // Planes of 16 bits, of the picture and of its alpha, and the converted pixels; rav1d's own frames.
        Format::Avif => all * (2 * 4 + 2 * 4 + 8 + 8),
        Format::Tiff => all * bytes.max(2) * 3,
        Format::Bmp | Format::Ico => all * 4 * 2,
    }
}

fn samples_per_pixel(inspection: &Inspection<'_>) -> u64 {
    match inspection.colour_space {
        ColourSpace::Grey => 1,
        ColourSpace::YCbCr
            if inspection.chroma_subsampling == Some(crate::ChromaSubsampling::Cs420) =>
        {
            2
        }
        _ => u64::from(inspection.channels),
    }
}

/// What an encoder needs for each pixel of a rendition.
fn encoding(preset: &Preset) -> u64 {
    match preset.format {
        // Symbols of a progressive file, and the file itself.
        OutputFormat::Jpeg => 12,
        OutputFormat::Png | OutputFormat::WebP => 8,
        OutputFormat::Auto => 40,
        OutputFormat::Avif => 80,
    }
}

/// What animated renditions hold beside all that: canvases of the decoder and of the encoder, and the file.
fn animation(inspection: &Inspection<'_>, presets: &[&Preset]) -> u64 {
    let canvas = pixels((inspection.width, inspection.height));
    let animated = presets
        .iter()
        .filter(|preset| preset.frames == FrameChoice::All)
        .count() as u64;
    let frames = u64::from(inspection.frames);
    if animated == 0 {
        0
    } else {
        canvas * 4 * 4 + animated * (canvas * 4 * 10 + canvas * frames / 2)
    }
}
