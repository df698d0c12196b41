//! Decodes Windows and OS/2 bitmaps, and icons, with the `image` crate.

mod header;

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::ico::IcoDecoder;
use image::{ColorType, ImageDecoder};

use super::{Decoded, Request, png, undecodable};
use crate::budget::{Meter, Metered};
use crate::format::Format;
use crate::inspect::bytes::{le16, le32};
use crate::inspect::ico::largest_picture;
use crate::raster::{Model, Packed};
use crate::refusal::Refusal;

pub(super) fn decode_bmp(original: &[u8], meter: &Meter<'_>) -> Result<Decoded, Refusal> {
    let file = header::usual(original)?;
    let decoder = BmpDecoder::new(Metered::new(Cursor::new(file.as_ref()), meter))
        .map_err(|error| undecodable(Format::Bmp, error))?;
    read(decoder, Format::Bmp)
}

/// Decodes the largest picture of an icon. A PNG in it may be of any kind. A bitmap is passed on as a separate icon, so
/// that its transparency mask is applied.
pub(super) fn decode_ico(original: &[u8], request: Request<'_>) -> Result<Decoded, Refusal> {
    let picture = largest_picture(original)
        .ok_or_else(|| Refusal::corrupt("The icon directory is damaged."))?;
    if picture.starts_with(b"\x89PNG") {
        return png::decode(picture, request);
    }
    let icon = single_icon(picture)
        .ok_or_else(|| Refusal::corrupt("The picture in the icon has no header."))?;
    let decoder = IcoDecoder::new(Metered::new(Cursor::new(icon), request.meter))
        .map_err(|error| undecodable(Format::Ico, error))?;
    read(decoder, Format::Ico)
}

/// An icon file with this bitmap alone. Its directory repeats what the bitmap's own header says.
fn single_icon(picture: &[u8]) -> Option<Vec<u8>> {
    const DIRECTORY: u32 = 22;
    let side = |offset: usize| {
        Some(i32::from_le_bytes(*picture.get(offset..)?.first_chunk()?).unsigned_abs())
    };
    // 256 and more are written as 0.
    let byte = |side: u32| u8::try_from(side).unwrap_or(0);
    let mut icon = vec![
        0,
        0,
        1,
        0,
        1,
        0,
        byte(side(4)?),
        byte(side(8)? / 2),
        0,
        0,
        1,
        0,
    ];
    icon.extend_from_slice(picture.get(14..16)?);
    let missing = missing_mask(picture)?;
    let length = picture.len().checked_add(missing)?;
    icon.extend_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
    icon.extend_from_slice(&DIRECTORY.to_le_bytes());
    icon.extend_from_slice(picture);
    icon.extend(std::iter::repeat_n(0, missing));
    Some(icon)
}

/// How many bytes of the mask are missing, if nothing else is. Pixels without a mask are shown.
fn missing_mask(picture: &[u8]) -> Option<usize> {
    let number = |offset| le32(picture, offset).map(|number| number as usize);
    let (width, height) = (number(4)?, number(8)? / 2);
    let bits = usize::from(le16(picture, 14)?).max(1);
    let colours = match (bits, number(32)?) {
        (..=8, 0) => 1 << bits,
        (..=8, colours) => colours,
        _ => 0,
    };
    let row_bytes = |bits: usize| width.checked_mul(bits).map(|bits| bits.div_ceil(32) * 4);
    let pixels = row_bytes(bits)?.checked_mul(height)?;
    let mask = row_bytes(1)?.checked_mul(height)?;
    let pixels_end = number(0)?
        .checked_add(colours.checked_mul(4)?)?
        .checked_add(pixels)?;
    let held = picture.len().checked_sub(pixels_end).unwrap_or(mask);
    Some(mask.saturating_sub(held))
}

fn read(decoder: impl ImageDecoder, format: Format) -> Result<Decoded, Refusal> {
    let (width, height) = decoder.dimensions();
    let model = match decoder.color_type() {
        ColorType::L8 => Model::Grey,
        ColorType::Rgb8 => Model::Rgb,
        ColorType::Rgba8 => Model::RgbAlpha,
        other => {
            return Err(undecodable(
                format,
                format_args!("its pixels are {other:?}"),
            ));
        }
    };
    let size = usize::try_from(decoder.total_bytes())
        .map_err(|_| Refusal::corrupt("The bitmap is too large to fit into memory."))?;
    let mut pixels = vec![0; size];
    let damage = decoder
        .read_image(&mut pixels)
        .err()
        .map(|error| error.to_string());
    Ok(Decoded::whole(
        Packed::new8(width, height, model, pixels),
        damage,
    ))
}
