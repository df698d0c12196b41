//! Reads JPEG XL: the header of the codestream, and the boxes around it (ISO/IEC 18181).

mod boxes;
mod colour;

use std::time::Duration;

use super::{ColourSpace, Inspection};
use crate::budget::Meter;
use crate::decode::undecodable;
use crate::format::Format;
use crate::orient::Orientation;
use crate::refusal::Refusal;
use jxl::api::{
    Event, ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlDecoder, JxlDecoderOptions, JxlPixelFormat,
    ProfileLevel,
};

/// The number of frames after which counting stops. The data about each takes half a kilobyte.
const MAX_FRAMES: usize = 10_000;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let mut decoder = JxlDecoder::new(options());
    read_header(&mut decoder, &mut &*original)?;
    // The colours are those of whole samples; as floating point they would be linear.
    decoder
        .set_pixel_format(JxlPixelFormat::rgb8(0))
        .map_err(|error| undecodable(Format::Jxl, error))?;
    let damaged = || Refusal::corrupt("The header of the JPEG XL file is damaged.");
    let info = decoder.basic_info().ok_or_else(damaged)?;
    let side = |side: usize| u32::try_from(side).map_err(|_| damaged());
    let (width, height) = (side(info.size.0)?, side(info.size.1)?);
    let mut inspection = Inspection::new(Format::Jxl, width, height);
    describe_samples(&mut inspection, info);
    if let Some(profile) = decoder.output_color_profile() {
        colour::describe(&mut inspection, profile, info);
    }
    if info.animation.is_some() {
        count_frames(&mut inspection, original, meter)?;
    }
    describe_metadata(&mut inspection, original, meter);
    // The orientation of the codestream applies, and that of the EXIF block does not (ISO/IEC 18181-2).
    inspection.orientation = Orientation::from_exif(info.orientation as u16).unwrap_or_default();
    Ok(inspection)
}

/// The decoder's options for every case: it leaves pixels as they are stored, and accepts every file that the limits
/// allow.
pub(crate) fn options() -> JxlDecoderOptions {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.max_profile_level = ProfileLevel::Main10;
    options
}

/// Reads up to the pixels.
pub(crate) fn read_header(decoder: &mut JxlDecoder, input: &mut &[u8]) -> Result<(), Refusal> {
    match decoder.process(input, None, None) {
        Ok(Event::BasicInfo) => Ok(()),
        Ok(_) => Err(Refusal::corrupt(
            "The JPEG XL file ends before its picture begins.",
        )),
        Err(error) => Err(Refusal::corrupt(format!(
            "The header of the JPEG XL file is damaged: {error}."
        ))),
    }
}

fn describe_samples(inspection: &mut Inspection<'_>, info: &JxlBasicInfo) {
    inspection.bit_depth = match info.bit_depth {
        JxlBitDepth::Int { bits_per_sample } => u8::try_from(bits_per_sample).unwrap_or(u8::MAX),
        JxlBitDepth::Float { .. } => 32,
    };
    let has = |kind| {
        info.extra_channels
            .iter()
            .any(|channel| channel.ec_type == kind)
    };
    inspection.has_alpha = has(ExtraChannel::Alpha);
    if has(ExtraChannel::Black) {
        inspection.colour_space = ColourSpace::Cmyk;
        inspection.channels = 4;
    }
}

/// Counts the frames of an animation by their headers.
fn count_frames(
    inspection: &mut Inspection<'_>,
    original: &[u8],
    meter: &Meter<'_>,
) -> Result<(), Refusal> {
    let mut options = options();
    options.scan_frames_only = true;
    let mut decoder = JxlDecoder::new(options);
    let mut input = original;
    read_header(&mut decoder, &mut input)?;
    while decoder.scanned_frames().len() <= MAX_FRAMES {
        meter.check()?;
        match decoder.process(&mut input, None, None) {
            Ok(Event::FrameHeader | Event::FrameComplete { .. } | Event::BasicInfo) => {}
            // Missing or damaged data is reported when the pixels are decoded.
            Ok(Event::Complete | Event::NeedMoreInput { .. }) | Err(_) => break,
        }
    }
    let frames = decoder.scanned_frames();
    inspection.frames = u32::try_from(frames.len().max(1)).unwrap_or(u32::MAX);
    let animation = decoder
        .basic_info()
        .and_then(|info| info.animation.as_ref());
    if inspection.is_animated() {
        inspection.loop_count = animation.map(|animation| animation.num_loops);
        let seconds = frames.iter().map(|frame| frame.duration_ms).sum::<f64>() / 1000.0;
        inspection.duration_ms = Duration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|duration| u64::try_from(duration.as_millis()).ok());
    }
    Ok(())
}

fn describe_metadata<'a>(inspection: &mut Inspection<'a>, original: &'a [u8], meter: &Meter<'_>) {
    let metadata = boxes::Metadata::read(original, meter);
    inspection.xmp = metadata.xmp;
    inspection.c2pa = metadata.c2pa;
    if let Some(exif) = metadata.exif.and_then(boxes::tiff_structure) {
        inspection.take_exif(exif);
    }
    for warning in metadata.warnings {
        inspection.warnings.push("metadata-broken", warning);
    }
}
