//! AVIF: AV1 pictures decoded by rav1d, put together from tiles, and converted to RGB.

mod convert;
mod matrix;
mod picture;

use re_rav1d::dav1d::{self, PixelLayout, PlanarImageComponent};

use self::convert::to_packed;
use self::picture::{Chroma, Picture};
use super::{Decoded, Request, undecodable};
use crate::format::Format;
use crate::inspect::avif::alpha_item;
use crate::inspect::bytes::{be16, be32};
use crate::inspect::isobmff::HeifFile;
use crate::inspect::{Cicp, Inspection};
use crate::raster::area;
use crate::refusal::Refusal;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let file = HeifFile::open(original, request.meter)
        .ok_or_else(|| Refusal::corrupt("The AVIF file does not say where its picture is."))?;
    let size = (inspection.coded_width, inspection.coded_height);
    let colour = decode_item(&file, file.primary, size, request)?;
    let alpha = alpha_item(&file)
        .map(|item| decode_item(&file, item, size, request))
        .transpose()?;
    let premultiplied = alpha_item(&file)
        .is_some_and(|alpha| file.referred(*b"prem", file.primary).contains(&alpha));
    let mut pixels = to_packed(
        &colour,
        alpha.as_ref(),
        inspection.cicp,
        inspection.shown(),
        request.meter,
    )?;
    drop((colour, alpha));
    if premultiplied {
        pixels.unpremultiply();
    }
    Ok(Decoded::whole(pixels, None))
}

/// Decodes an item, which is a picture or a grid of such.
fn decode_item(
    file: &HeifFile<'_>,
    item: u32,
    size: (u32, u32),
    request: Request<'_>,
) -> Result<Picture, Refusal> {
    let data = file
        .data(item)
        .ok_or_else(|| undecodable(Format::Avif, "its picture lies outside the file"))?;
    let picture = match file.item_kind(item).as_ref() {
        Some(b"grid") => decode_grid(file, item, &data, size, request)?,
        _ => decode_picture(data.into_owned(), size)?,
    };
    if (picture.width, picture.height) == size {
        Ok(picture)
    } else {
        Err(Refusal::corrupt(format!(
            "The AVIF file says {}×{} pixels, and its picture has {}×{}.",
            size.0, size.1, picture.width, picture.height
        )))
    }
}

/// Decodes one AV1 picture, of at most this size.
fn decode_picture(data: Vec<u8>, size: (u32, u32)) -> Result<Picture, Refusal> {
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
    // Of several layers the last one is the picture (AV1 Image File Format, 2.3.2).
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

/// What the bitstream itself says of its colours, for files whose container does not.
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

/// A grid: version, flags, rows less one, columns less one, then width and height (ISO/IEC 23008-12, 6.6.2.3).
fn decode_grid(
    file: &HeifFile<'_>,
    item: u32,
    data: &[u8],
    size: (u32, u32),
    request: Request<'_>,
) -> Result<Picture, Refusal> {
    let damaged = || Refusal::corrupt("The AVIF file's grid is damaged.");
    let [_, flags, rows, columns] = *data.first_chunk().ok_or_else(damaged)?;
    let (rows, columns) = (u32::from(rows) + 1, u32::from(columns) + 1);
    let side = |wide_at, narrow_at| {
        if flags & 1 == 1 {
            be32(data, wide_at)
        } else {
            be16(data, narrow_at).map(u32::from)
        }
    };
    let (width, height) = side(4, 4).zip(side(8, 6)).ok_or_else(damaged)?;
    let tiles = file.referred(*b"dimg", item);
    let is_repeated = {
        let mut sorted = tiles.to_vec();
        sorted.sort_unstable();
        sorted.windows(2).any(|pair| pair[0] == pair[1])
    };
    if (width, height) != size || tiles.len() != (rows * columns) as usize || is_repeated {
        return Err(damaged());
    }
    let most = (most_of_tile(width, columns), most_of_tile(height, rows));
    let mut grid: Option<Picture> = None;
    let mut tile_size = None;
    for (index, tile) in (0_u32..).zip(tiles) {
        request.meter.check()?;
        let data = file.data(*tile).ok_or_else(damaged)?;
        let tile = decode_picture(data.into_owned(), most)?;
        let size = *tile_size.get_or_insert((tile.width, tile.height));
        let fits = tile_fits(tile.width, width, columns) && tile_fits(tile.height, height, rows);
        if (tile.width, tile.height) != size || !fits {
            return Err(damaged());
        }
        let grid = grid.get_or_insert_with(|| tile.blank(width, height));
        let at = (index % columns * tile.width, index / columns * tile.height);
        grid.paste(&tile, at).ok_or_else(damaged)?;
    }
    grid.ok_or_else(damaged)
}

/// Samples by which a tile that is the only one of its row or column may be longer than the picture: encoders round up
/// to whole blocks.
const BLOCK: u32 = 64;

/// The longest side of each of so many tiles of a picture.
fn most_of_tile(side: u32, tiles: u32) -> u32 {
    match tiles {
        0 | 1 => side.saturating_add(BLOCK),
        several => side.div_ceil(several - 1),
    }
}

/// Whether so many tiles cover a side of a picture, and no fewer would (ISO/IEC 23008-12, 6.6.2.3.1).
fn tile_fits(tile: u32, side: u32, tiles: u32) -> bool {
    let covers = |tiles: u32| u64::from(tile) * u64::from(tiles) >= u64::from(side);
    covers(tiles) && (tiles == 1 || !covers(tiles - 1)) && tile <= most_of_tile(side, tiles)
}

#[cfg(all(test, feature = "avif-encode"))]
mod tests {
    use super::*;
    use crate::budget::{Account, Budget, thread_time};
    use crate::{Limits, Preset, Presets, RenderOptions, inspect, render};
    use std::time::Duration;

    /// An AVIF of a small picture in a PNG.
    fn avif() -> Vec<u8> {
        let (width, height) = (160_u32, 120_u32);
        let mut original = Vec::new();
        let mut png = png::Encoder::new(&mut original, width, height);
        png.set_color(png::ColorType::Grayscale);
        let pixels: Vec<u8> = (0..width * height)
            .map(|index| (index * index % 251).to_le_bytes()[0])
            .collect();
        png.write_header()
            .expect("a header")
            .write_image_data(&pixels)
            .expect("pixels and size agree");
        let presets =
            Presets::parse("[presets.a]\nformat = \"avif\"\neffort = 0").expect("a preset");
        let presets: Vec<&Preset> = presets.iter().collect();
        let inspection = inspect(&original, &Limits::default()).expect("a header");
        let rendered = render(&original, &inspection, &presets, &RenderOptions::default());
        rendered.expect("a rendition").renditions.remove(0).bytes
    }

    /// Decodes, and gives the time that was counted and that of the calling thread.
    fn decode_timed(original: &[u8], threads: bool) -> (Duration, Duration) {
        let inspection = inspect(original, &Limits::default()).expect("a header");
        let account: Account = Budget::new(Duration::MAX).account();
        let begun = thread_time();
        let meter = account.meter();
        let request = Request {
            cover: (160, 120),
            threads,
            meter: &meter,
        };
        decode(original, &inspection, request).expect("a sound file");
        drop(meter);
        (account.spent(), thread_time().saturating_sub(begun))
    }

    #[test]
    fn all_the_work_is_counted_and_no_waiting() {
        let original = avif();
        let (alone, _) = decode_timed(&original, false);
        let (counted, own) = decode_timed(&original, true);
        assert!(counted <= own, "{counted:?} of {own:?} are processor time");
        assert!(
            counted > alone / 4,
            "{counted:?}, and {alone:?} in one thread"
        );
    }
}
