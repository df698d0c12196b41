//! WebP by libwebp, lossy or lossless.

use super::unencodable;
use crate::budget::Meter;
use crate::ffi::webp_encode::{Failure, Planes, Settings, encode_pixels, encode_planes};
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::Preset;
use crate::raster::{Pixels8, Planar, area, unpair};
use crate::refusal::Refusal;

/// Longest side that the format has room for: 14 bits.
const MAX_SIDE: u32 = 16_383;

pub(super) fn encode(
    picture: &Picture,
    preset: &Preset,
    lossless: bool,
    threads: bool,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Refusal> {
    let size = picture.size();
    if size.0.max(size.1) > MAX_SIDE {
        return Err(unencodable(
            Format::WebP,
            size,
            format_args!("a side may have at most {MAX_SIDE}"),
        ));
    }
    let settings = settings(preset, lossless, threads);
    let encoded = match picture {
        Picture::Planar(planes) => encode_full_range(planes, settings, meter),
        Picture::Pixels(pixels) => encode_pixels(&pixels.to_colour(), settings, meter),
        Picture::Deep(pixels) => {
            encode_pixels(&pixels.clone().into_8_bits().to_colour(), settings, meter)
        }
    };
    encoded.map_err(|error| unencodable(Format::WebP, size, error))
}

/// The encoder's settings of a preset. Of lossless encoding the quality is how hard it tries, for which the method
/// stands already.
pub(crate) fn settings(preset: &Preset, lossless: bool, threads: bool) -> Settings {
    const LOSSLESS_EFFORT: u8 = 70;
    Settings {
        quality: if lossless {
            LOSSLESS_EFFORT
        } else {
            preset.quality
        },
        method: preset.effort,
        lossless,
        threads,
    }
}

/// Whether at least half of the pixels are the same as their left neighbours: a drawing, not a photo.
pub(super) fn is_flat(picture: &Picture) -> bool {
    let Picture::Pixels(Pixels8 {
        width, model, data, ..
    }) = picture
    else {
        return false;
    };
    let channels = model.channels();
    let rows = data.chunks_exact(*width as usize * channels);
    let repeats = |row: &[u8]| {
        row.chunks_exact(channels)
            .zip(row[channels..].chunks_exact(channels))
            .filter(|(left, right)| left == right)
            .count()
    };
    let repeated: usize = rows.map(repeats).sum();
    repeated * 2 >= data.len() / channels
}

/// Encodes planes of JPEG's range. Its samples use all 256 values; those of WebP's bitstream only what video uses
/// (RFC 6386, 9.2). A grey picture gets neutral chroma.
fn encode_full_range(
    planes: &Planar,
    settings: Settings,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Failure> {
    let (luma, chroma) = (table(16, 219, 0), table(128, 224, 128));
    let map = |table: &[u8; 256], samples: &[u8]| {
        samples
            .iter()
            .map(|sample| table[usize::from(*sample)])
            .collect::<Vec<_>>()
    };
    let luma = map(&luma, &planes.luma.data);
    let [cb, cr] = match &planes.chroma {
        Some(pairs) => unpair(&map(&chroma, &pairs.data)),
        None => {
            [(); 2].map(|()| vec![128; area(planes.width.div_ceil(2), planes.height.div_ceil(2))])
        }
    };
    encode_planes(
        &Planes {
            width: planes.width,
            height: planes.height,
            luma: &luma,
            chroma: [&cb, &cr],
        },
        settings,
        meter,
    )
}

/// Maps the full range onto `range` values around a zero, which lies at `zero` before and at `offset` after.
fn table(offset: i32, range: i32, zero: i32) -> [u8; 256] {
    let mut table = [0; 256];
    for (value, mapped) in (0..).zip(&mut table) {
        let scaled = (value - zero) * range;
        let rounded = (scaled + scaled.signum() * 127) / 255;
        *mapped = (offset + rounded).clamp(0, 255).to_le_bytes()[0];
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{is_flat, table};
    use crate::picture::Picture;
    use crate::raster::{Model, Pixels8};

    #[test]
    fn the_ranges_of_video_are_those_of_bt_601() {
        let (luma, chroma) = (table(16, 219, 0), table(128, 224, 128));
        assert_eq!((luma[0], luma[255]), (16, 235));
        assert_eq!((chroma[0], chroma[128], chroma[255]), (16, 128, 240));
    }

    #[test]
    fn drawings_are_told_from_photos() {
        let picture = |data: Vec<u8>| {
            Picture::Pixels(Pixels8 {
                width: 8,
                height: 1,
                model: Model::Grey,
                data,
            })
        };
        assert!(is_flat(&picture(vec![1, 1, 1, 9, 9, 9, 9, 9])));
        assert!(!is_flat(&picture(vec![1, 2, 3, 4, 4, 5, 6, 7])));
    }
}
