//! AV1 pictures, decoded by rav1d.

use re_rav1d::dav1d::{self, PixelLayout, PlanarImageComponent};

use super::picture::{Chroma, Picture};
use crate::decode::undecodable;
use crate::format::Format;
use crate::inspect::Cicp;
use crate::raster::area;
use crate::refusal::Refusal;

/// Decodes one AV1 picture, of at most this size.
pub(super) fn decode_picture(data: Vec<u8>, size: (u32, u32)) -> Result<Picture, Refusal> {
    let failed = |error: dav1d::Error| undecodable(Format::Avif, error);
    let mut settings = dav1d::Settings::new();
    // With threads of its own the decoder would do its work where the processor time of the original is not counted.
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_frame_size_limit(size.0.saturating_mul(size.1));
    settings.set_strict_std_compliance(false);
    let mut decoder = dav1d::Decoder::with_settings(&settings).map_err(failed)?;
    match decoder.send_data(data, None, None, None) {
        Ok(()) | Err(dav1d::Error::Again) => {}
        Err(error) => return Err(failed(error)),
    }
    // If there are several layers, the last one is the picture (AV1 Image File Format, 2.3.2).
    let mut last = None;
    loop {
        match decoder.get_picture() {
            Ok(picture) => last = Some(picture),
            Err(dav1d::Error::Again) => break,
            Err(error) => return Err(failed(error)),
        }
    }
    let decoded = last.ok_or_else(|| undecodable(Format::Avif, "the picture ends early"))?;
    read_planes(&decoded).ok_or_else(|| undecodable(Format::Avif, "its planes are incomplete"))
}

fn read_planes(decoded: &dav1d::Picture) -> Option<Picture> {
    let (width, height) = (decoded.width(), decoded.height());
    let shift = match decoded.pixel_layout() {
        PixelLayout::I400 => None,
        PixelLayout::I420 => Some((1, 1)),
        PixelLayout::I422 => Some((1, 0)),
        PixelLayout::I444 => Some((0, 0)),
    };
    let luma = read_plane(decoded, PlanarImageComponent::Y, width, height)?;
    let chroma = match shift {
        None => None,
        Some(shift) => {
            let (width, height) = (width.div_ceil(1 << shift.0), height.div_ceil(1 << shift.1));
            let plane = |component| read_plane(decoded, component, width, height);
            Some(Chroma {
                width,
                shift,
                planes: [
                    plane(PlanarImageComponent::U)?,
                    plane(PlanarImageComponent::V)?,
                ],
            })
        }
    };
    let bits = u8::try_from(decoded.bits_per_component()?.0).ok()?;
    Some(Picture {
        width,
        height,
        bits,
        luma,
        chroma,
        coded: Some(coded_colours(decoded)),
    })
}

fn read_plane(
    decoded: &dav1d::Picture,
    component: PlanarImageComponent,
    width: u32,
    height: u32,
) -> Option<Vec<u16>> {
    let stride = decoded.stride(component) as usize;
    let plane = decoded.plane(component);
    let mut samples = Vec::with_capacity(area(width, height));
    let wide = decoded.bits_per_component()?.0 > 8;
    let row_bytes = width as usize * if wide { 2 } else { 1 };
    for y in 0..height as usize {
        let row = plane.get(y * stride..y * stride + row_bytes)?;
        if wide {
            samples.extend(
                row.chunks_exact(2)
                    .map(|sample| u16::from_ne_bytes([sample[0], sample[1]])),
            );
        } else {
            samples.extend(row.iter().copied().map(u16::from));
        }
    }
    Some(samples)
}

/// The colours that the bitstream states, for files whose container does not state them.
fn coded_colours(decoded: &dav1d::Picture) -> Cicp {
    use dav1d::pixel::{MatrixCoefficients as Matrix, YUVRange};
    let matrix = match decoded.matrix_coefficients() {
        Matrix::Identity => 0,
        Matrix::BT709 => 1,
        Matrix::BT470M => 4,
        Matrix::ST240M => 7,
        Matrix::YCgCo => 8,
        Matrix::BT2020NonConstantLuminance => 9,
        Matrix::BT2020ConstantLuminance => 10,
        Matrix::ST2085 => 11,
        Matrix::ChromaticityDerivedNonConstantLuminance => 12,
        Matrix::ChromaticityDerivedConstantLuminance => 13,
        Matrix::ICtCp => 14,
        _ => 6,
    };
    let full_range = decoded.color_range() == YUVRange::Full;
    Cicp {
        primaries: 1,
        transfer: 13,
        matrix,
        full_range,
    }
}
