//! Converts planes to pixels of grey or RGB.

use super::matrix::Conversion;
use super::picture::Picture;
use crate::budget::Meter;
use crate::colour::to_8;
use crate::inspect::{Cicp, Crop};
use crate::raster::{Model, Packed, Samples, area};
use crate::refusal::Refusal;

/// Converts planes to grey or RGB, with alpha if there is any, within the region that is shown: 8 bits to 8, and more
/// bits to 16.
pub(super) fn to_packed(
    colour: &Picture,
    alpha: Option<&Picture>,
    container: Option<Cicp>,
    shown: Crop,
    meter: &Meter<'_>,
) -> Result<Packed, Refusal> {
    let coded = container.or(colour.coded);
    let conversion = Conversion::new(colour.bits, coded)?;
    let model = match (colour.chroma.is_some(), alpha.is_some()) {
        (false, false) => Model::Grey,
        (false, true) => Model::GreyAlpha,
        (true, false) => Model::Rgb,
        (true, true) => Model::RgbAlpha,
    };
    let mut samples = Vec::with_capacity(area(shown.width, shown.height) * model.channels());
    let alpha_conversion = alpha
        .map(|alpha| Conversion::new(alpha.bits, alpha.coded.map(Cicp::of_one_plane)))
        .transpose()?;
    let columns = shown.left as usize..(shown.left + shown.width) as usize;
    let mut chroma_rows = [
        vec![0.0; colour.width as usize],
        vec![0.0; colour.width as usize],
    ];
    for y in shown.top..shown.top + shown.height {
        if meter.step() {
            meter.check()?;
        }
        let luma = &colour.luma[area(colour.width, y)..][..colour.width as usize];
        if let Some(chroma) = &colour.chroma {
            for (row, plane) in chroma_rows.iter_mut().zip(&chroma.planes) {
                chroma.upsample(plane, y, row);
            }
        }
        let alpha_row = alpha
            .zip(alpha_conversion.as_ref())
            .map(|(alpha, conversion)| (&alpha.luma[area(alpha.width, y)..], conversion));
        for x in columns.clone() {
            if colour.chroma.is_some() {
                samples.extend(conversion.rgb(luma[x], chroma_rows[0][x], chroma_rows[1][x]));
            } else {
                samples.push(conversion.grey(luma[x]));
            }
            if let Some((row, conversion)) = alpha_row {
                samples.push(conversion.grey(row[x]));
            }
        }
    }
    let samples = if colour.bits == 8 {
        Samples::U8(samples.into_iter().map(to_8).collect())
    } else {
        Samples::U16(samples)
    };
    Ok(Packed {
        width: shown.width,
        height: shown.height,
        model,
        samples,
    })
}
