//! Estimates how much memory rendering takes at most, so that a caller admits no more work than there is room for.
//!
//! `tests/memory.rs` compares the estimate with what processes really take, in both directions.

use crate::decode::spare_factor;
use crate::format::Format;
use crate::gain_map;
use crate::inspect::{ChromaSubsampling, ColourSpace, Inspection};
use crate::metadata::MAX_CARRIED;
use crate::orient::Orientation;
use crate::plan::{Target, base_size, most_pixels, plan};
use crate::presets::{Fit, FrameChoice, Hdr, Metadata, OutputFormat, Preset, Resizing};

/// Memory of the codecs that does not depend on the picture: tables, stacks, buffers of a few rows.
const FIXED: u64 = 4 << 20;

/// Additional memory of the AV1 decoder that does not depend on the picture.
const AV1_CONTEXT: u64 = 4 << 20;

/// An upper bound in bytes of the memory that [`render`](crate::render()) holds at once for this original and these
/// presets. It includes what the inspection holds, but not the original's own bytes.
#[must_use]
pub fn estimate_memory(inspection: &Inspection<'_>, presets: &[&Preset]) -> u64 {
    let displayed = (inspection.width, inspection.height);
    let targets = plan(displayed, presets, |_| None);
    let base = base_size(&targets, displayed);
    let decoding = decoding(inspection, inspection.orientation.display_size(base));
    // During resizing, orientation and conversion there are at most three pictures of the base size at once, with the
    // stored depth. Unless nothing is resized, there is also the resizer's intermediate buffer, as high as the decoded
    // picture and as wide as the base.
    let stored_height = if inspection.orientation == Orientation::Upright {
        displayed.1
    } else {
        inspection.coded_height
    };
    let bytes_per_pixel = working_bytes(inspection);
    let half_way = if base == displayed {
        0
    } else {
        u64::from(base.0.max(base.1)) * u64::from(stored_height)
    };
    let resizing = (pixels(base) * 3 + half_way) * bytes_per_pixel;
    let renditions: u64 = targets
        .iter()
        .map(|target| {
            let preset = target.preset;
            // The best file so far is kept while others are tried.
            let searching = if preset.max_bytes.is_some() { 4 } else { 0 };
            most_pixels(displayed, target) * (4 + encoding(preset) + searching)
        })
        .sum();
    // Renditions are finished one after the other. If borders are removed, the rest of the picture is copied.
    let cutting = if presets.iter().any(|preset| preset.trim.is_some()) {
        pixels(base) * bytes_per_pixel
    } else {
        0
    };
    // A copy of the picture as light of 16 bits, and the part of it that is resized one way.
    let lighting = if presets
        .iter()
        .any(|preset| preset.resize == Resizing::Linear)
    {
        (pixels(base) + half_way) * working_bytes(inspection).max(3) * 2
    } else {
        0
    };
    let finishing = targets
        .iter()
        .map(|target| most_pixels(displayed, target) * finishing(target.preset))
        .max()
        .unwrap_or_default();
    let keeps_map = presets.iter().any(|preset| preset.hdr == Hdr::Keep);
    let map = inspection
        .gain_map_file
        .filter(|_| keeps_map)
        .and_then(|file| gain_map::header(inspection, file).ok())
        .map_or(0, |map| gain_map(&map, presets.len()));
    // The decoded picture is freed before the renditions are encoded.
    FIXED
        + metadata(inspection, presets)
        + resizing
        + map
        + decoding
            .max(renditions + finishing + cutting + lighting + animation(inspection, &targets))
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// Bytes of a pixel during resizing, with the stored depth.
fn working_bytes(inspection: &Inspection<'_>) -> u64 {
    let channels = u64::from(inspection.channels.clamp(1, 5));
    channels * if inspection.bit_depth > 8 { 2 } else { 1 }
}

/// The memory of decoding: the pixels, and what the codec needs besides them.
fn decoding(inspection: &Inspection<'_>, cover: (u32, u32)) -> u64 {
    let size = (inspection.coded_width, inspection.coded_height);
    let all = pixels(size);
    let bytes = working_bytes(inspection);
    match inspection.format {
        Format::Jpeg | Format::Raw(_) => jpeg(inspection, cover),
        Format::Png => {
            // Interlaced rows come in seven passes, so the picture cannot be reduced while it is read.
            let factor = if inspection.progressive == Some(true) {
                1
            } else {
                u64::from(spare_factor(size, cover))
            };
            let rows = u64::from(size.0) * (bytes * 6 + 32);
            all.div_ceil(factor * factor) * bytes + rows + inspection.coding.copied_bytes
        }
        // The library holds two canvases, one of which is a copy of a frame; the pixels are copied once more.
        Format::WebP if inspection.is_animated() => all * 4 * 4,
        Format::WebP => {
            let factor = u64::from(spare_factor(size, cover));
            let held = match (inspection.colour_space, inspection.has_alpha) {
                // The lossless decoder holds all pixels as ARGB.
                (ColourSpace::Rgb, _) => 4,
                // The lossy decoder holds a few rows and all of alpha, for which it may use the lossless decoder.
                (_, true) => 5,
                (_, false) => 1,
            };
            all * held + all.div_ceil(factor * factor) * bytes
        }
        // The canvas, and one to restore or the pixels made from it.
        Format::Gif => all * (4 + 4) + inspection.coding.copied_bytes,
        Format::Avif => avif(inspection),
        Format::Heic => heic(inspection),
        Format::Jxl => jxl(inspection),
        Format::Tiff => tiff(inspection),
        Format::Bmp => all * 4 + inspection.coding.copied_bytes,
        // The picture is copied to a separate icon, and its mask is added to its pixels.
        Format::Ico => all * 4 * 2,
    }
}

/// Planes or pixels at the scale that covers what is needed, and all coefficients if there are several scans.
fn jpeg(inspection: &Inspection<'_>, cover: (u32, u32)) -> u64 {
    let size = (inspection.coded_width, inspection.coded_height);
    // Sides are rounded up to whole units of at most 32 samples.
    let padded = pixels((size.0.next_multiple_of(32), size.1.next_multiple_of(32)));
    // Scales are halved each time, so one of them is at most twice the needed size each way.
    let scaled = padded.min(pixels(cover) * 4 + u64::from(size.0.max(size.1)) * 64);
    let (halves, chroma_halves) = half_samples(inspection);
    let coefficients = if inspection.coding.has_several_scans {
        padded * halves
    } else {
        0
    };
    // Chroma exists twice while its planes are combined into pairs.
    scaled * (halves + chroma_halves) / 2 + coefficients + inspection.coding.copied_bytes
}

/// Twice the number of samples for each pixel, for all components and for the two of chroma.
fn half_samples(inspection: &Inspection<'_>) -> (u64, u64) {
    match (inspection.colour_space, inspection.chroma_subsampling) {
        (ColourSpace::Grey, _) => (2, 0),
        (ColourSpace::YCbCr, Some(ChromaSubsampling::Cs420)) => (3, 1),
        (ColourSpace::YCbCr, Some(ChromaSubsampling::Cs422 | ChromaSubsampling::Cs440)) => (4, 2),
        (ColourSpace::YCbCr, _) => (6, 4),
        _ => (2 * u64::from(inspection.channels.max(1)), 0),
    }
}

/// Planes of 16 bits for the picture and its alpha, and in addition the frames of the AV1 decoder or the pixels made
/// from the planes.
fn avif(inspection: &Inspection<'_>) -> u64 {
    let all = pixels((inspection.coded_width, inspection.coded_height));
    let bytes_of_sample = if inspection.bit_depth > 8 { 2 } else { 1 };
    let (halves, _) = half_samples(inspection);
    let alpha = if inspection.has_alpha { 2 } else { 0 };
    let frames = u64::from(inspection.coding.held_frames);
    // The decoder's data about each block comes to less than a byte for each pixel.
    let decoder = halves.div_ceil(2) * bytes_of_sample * frames + 1;
    let packed = 2 * u64::from(inspection.channels.max(1));
    // A grid and one of its tiles, which may be as large as the whole.
    let planes = if inspection.coding.is_grid {
        2 * halves
    } else {
        halves
    };
    AV1_CONTEXT + all * (planes + alpha + decoder.max(packed)) + inspection.coding.copied_bytes
}

/// Planes of 16 bits for the picture and its alpha, and in addition the decoder's data for one picture or the pixels
/// made from the planes.
fn heic(inspection: &Inspection<'_>) -> u64 {
    let all = pixels((inspection.coded_width, inspection.coded_height));
    let (halves, _) = half_samples(inspection);
    let alpha = if inspection.has_alpha { 2 } else { 0 };
    // The planes, a copy of them, and the decoder's data about each block.
    let decoder = inspection.coding.tile_pixels * (halves + 5);
    // Pixels are computed in 16 bits and returned in 8.
    let packed = all * (2 * u64::from(inspection.channels.max(1)) + 1);
    all * (halves + alpha) + decoder.max(packed) + inspection.coding.copied_bytes
}

/// The pixels, and each channel as the decoder holds it: for the frame and, in an animation, for two frames that it may
/// be drawn on.
fn jxl(inspection: &Inspection<'_>) -> u64 {
    let all = pixels((inspection.coded_width, inspection.coded_height));
    let held = if inspection.is_animated() { 3 } else { 1 };
    let channels = u64::from(inspection.channels.max(1));
    all * (working_bytes(inspection) + channels * 4 * held)
}

/// The page, and the memory of one strip or tile.
fn tiff(inspection: &Inspection<'_>) -> u64 {
    let all = pixels((inspection.coded_width, inspection.coded_height));
    all * working_bytes(inspection) + inspection.coding.copied_bytes
}

/// A gain map: it is decoded and turned, and for each rendition resized and encoded; then it is copied with its
/// picture.
fn gain_map(map: &Inspection<'_>, renditions: usize) -> u64 {
    let size = (map.width, map.height);
    let encoding = 4 + 12 + 4;
    decoding(map, (map.coded_width, map.coded_height))
        + pixels(size) * (3 * working_bytes(map) + encoding * renditions as u64)
}

/// The memory of an encoder for each pixel of a rendition.
fn encoding(preset: &Preset) -> u64 {
    match preset.format {
        // Symbols of a progressive file or tokens of a frame, and the file itself.
        OutputFormat::Jpeg | OutputFormat::WebP => 12,
        OutputFormat::Png => 8,
        OutputFormat::Auto => 40,
        OutputFormat::Avif => 80,
    }
}

/// The memory for each pixel to finish a rendition, besides the rendition.
fn finishing(preset: &Preset) -> u64 {
    // Two copies of 16 bits a sample.
    let blurring = if preset.blur > 0.0 { 4 * 4 } else { 0 };
    let is_drawn_on = preset.fit == Fit::Pad || preset.watermark.is_some();
    // The picture as pixels, with more channels, and in its box.
    blurring.max(if is_drawn_on { 4 * 3 } else { 0 })
}

/// The additional memory of animated renditions: canvases of the decoder and of the encoder, and the file.
fn animation(inspection: &Inspection<'_>, targets: &[Target<'_>]) -> u64 {
    if !inspection.is_animated() {
        return 0;
    }
    let canvas = pixels((inspection.width, inspection.height));
    let frames = u64::from(inspection.frames);
    let animated = targets
        .iter()
        .filter(|target| target.preset.frames == FrameChoice::All);
    animated
        .map(|target| {
            canvas * 4 * 8
                + most_pixels((inspection.width, inspection.height), target) * (4 * 12 + frames / 2)
        })
        .sum()
}

/// The memory of the inspection, of the metadata that renditions carry, and of the tables built from a colour profile.
fn metadata(inspection: &Inspection<'_>, presets: &[&Preset]) -> u64 {
    const TABLES_OF_PROFILE: u64 = 8;
    let length =
        |block: &Option<std::borrow::Cow<'_, [u8]>>| block.as_deref().map_or(0, <[u8]>::len);
    let carried = [&inspection.exif, &inspection.xmp]
        .map(|block| length(block).min(MAX_CARRIED) as u64)
        .iter()
        .sum::<u64>();
    let keeping = presets
        .iter()
        .filter(|preset| preset.metadata == Metadata::Keep)
        .count() as u64;
    inspection.owned_bytes() + length(&inspection.icc) as u64 * TABLES_OF_PROFILE
        // The copy that is carried, and each rendition with it, once more while it is inserted.
        + if keeping > 0 { carried * (keeping + 2) } else { 0 }
}
