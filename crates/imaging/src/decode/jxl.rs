//! JPEG XL, decoded by `jxl`.

use jxl::api::{
    AlphaMode, Endianness, Event, JxlColorType, JxlDataFormat, JxlDecoder, JxlOutputBuffer,
    JxlParallelRunner, JxlParallelRunnerFun, JxlPixelFormat,
};
use jxl::error::{Error, Result as JxlResult};

use super::{Decoded, Request, undecodable};
use crate::budget::Meter;
use crate::format::Format;
use crate::inspect::{ColourSpace, Inspection, jxl as header};
use crate::raster::{Model, Packed, Samples, area};
use crate::refusal::Refusal;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let failed = |error: Error| undecodable(Format::Jxl, error);
    let (width, height) = (inspection.coded_width, inspection.coded_height);
    let model = model(inspection);
    let mut options = header::options();
    options.alpha_mode = AlphaMode::Unpremultiplied;
    let mut decoder = JxlDecoder::new(options);
    let mut input = original;
    header::read_header(&mut decoder, &mut input)?;
    let is_deep = inspection.bit_depth > 8;
    let others = decoder
        .basic_info()
        .map_or(0, |info| info.extra_channels.len());
    decoder
        .set_pixel_format(pixel_format(model, is_deep, others))
        .map_err(failed)?;

    let mut samples = blank(area(width, height) * model.channels(), is_deep);
    let mut steps = Steps {
        decoder,
        input,
        rows: height as usize,
        meter: request.meter,
    };
    let damage = steps.first_frame(bytes_of(&mut samples))?;
    if model == Model::Cmyk {
        invert(&mut samples);
    }
    let packed = Packed {
        width,
        height,
        model,
        samples,
    };
    Ok(Decoded::whole(packed, damage))
}

fn model(inspection: &Inspection<'_>) -> Model {
    match (inspection.colour_space, inspection.has_alpha) {
        (ColourSpace::Cmyk, _) => Model::Cmyk,
        (ColourSpace::Grey, false) => Model::Grey,
        (ColourSpace::Grey, true) => Model::GreyAlpha,
        (_, false) => Model::Rgb,
        (_, true) => Model::RgbAlpha,
    }
}

/// The pixel format for samples of the model. Channels that do not belong to it, such as depth, are
/// not decoded.
fn pixel_format(model: Model, is_deep: bool, others: usize) -> JxlPixelFormat {
    let color_type = match model {
        Model::Grey => JxlColorType::Grayscale,
        Model::GreyAlpha => JxlColorType::GrayscaleAlpha,
        Model::Rgb | Model::Lab => JxlColorType::Rgb,
        Model::RgbAlpha => JxlColorType::Rgba,
        Model::Cmyk => JxlColorType::Cmyk,
    };
    let samples = if is_deep {
        JxlDataFormat::U16 {
            endianness: Endianness::native(),
            bit_depth: 16,
        }
    } else {
        JxlDataFormat::U8 { bit_depth: 8 }
    };
    JxlPixelFormat {
        color_type,
        color_data_format: Some(samples),
        extra_channel_format: vec![None; others],
    }
}

fn blank(length: usize, is_deep: bool) -> Samples {
    if is_deep {
        Samples::U16(vec![0; length])
    } else {
        Samples::U8(vec![0; length])
    }
}

fn bytes_of(samples: &mut Samples) -> &mut [u8] {
    match samples {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => bytemuck::cast_slice_mut(samples),
    }
}

/// Inverts samples, because full ink is zero in JPEG XL.
fn invert(samples: &mut Samples) {
    match samples {
        Samples::U8(samples) => samples.iter_mut().for_each(|sample| *sample = !*sample),
        Samples::U16(samples) => samples.iter_mut().for_each(|sample| *sample = !*sample),
    }
}

/// A decoder on its way through the file.
struct Steps<'a> {
    decoder: JxlDecoder,
    input: &'a [u8],
    rows: usize,
    meter: &'a Meter<'a>,
}

impl Steps<'_> {
    /// Decodes up to the end of the first visible frame, and says what is missing of it.
    fn first_frame(&mut self, pixels: &mut [u8]) -> Result<Option<String>, Refusal> {
        let row = pixels.len() / self.rows;
        loop {
            self.meter.check()?;
            let mut buffers = [JxlOutputBuffer::new(pixels, self.rows, row)];
            let mut runner = Metered(self.meter);
            let input = &mut self.input;
            let event = self
                .decoder
                .process(input, Some(&mut buffers), Some(&mut runner));
            self.meter.check()?;
            match event {
                Ok(Event::FrameComplete { .. }) => return Ok(None),
                Ok(Event::BasicInfo | Event::FrameHeader) => {}
                Ok(Event::NeedMoreInput { .. } | Event::Complete) => {
                    return self.what_there_is(pixels);
                }
                Err(error) => return Err(undecodable(Format::Jxl, error)),
            }
        }
    }

    /// The pixels of a file that is cut off, as far as they can be decoded.
    fn what_there_is(&mut self, pixels: &mut [u8]) -> Result<Option<String>, Refusal> {
        let row = pixels.len() / self.rows;
        let mut buffers = [JxlOutputBuffer::new(pixels, self.rows, row)];
        let mut runner = Metered(self.meter);
        match self.decoder.flush_pixels(&mut buffers, Some(&mut runner)) {
            Ok(true) => Ok(Some("the picture ends early".to_owned())),
            Ok(false) | Err(_) => Err(undecodable(Format::Jxl, "the picture ends early")),
        }
    }
}

/// Does the parts of the work one after the other, in this thread, while there is time left.
struct Metered<'a>(&'a Meter<'a>);

impl JxlParallelRunner for Metered<'_> {
    fn run(&mut self, count: usize, part: &JxlParallelRunnerFun<'_>) -> JxlResult<()> {
        for index in 0..count {
            if self.0.is_spent() {
                return Err(Error::ApiUsageError("the processor time is used up"));
            }
            part(index)?;
        }
        Ok(())
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(
        &mut self,
        count: usize,
        _: Option<usize>,
        part: &JxlParallelRunnerFun<'_>,
    ) -> JxlResult<()> {
        self.run(count, part)
    }
}
