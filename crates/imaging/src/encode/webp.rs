//! Encodes WebP: lossy without transparency at the usual effort with the crate `lossy-webp`, everything else with
//! libwebp.

use std::fmt::Display;

use lossy_webp::{Encoder, Plane, Planes as View, PlanesBuf};

use super::unencodable;
use crate::budget::Meter;
use crate::ffi::webp_encode::{Failure, Planes, Settings, encode_pixels, encode_planes};
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::Preset;
use crate::raster::{Model, Pixels8, Planar, area, unpair};
use crate::refusal::Refusal;

/// The longest side that the format allows: 14 bits.
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
    let failed = |error: &dyn Display| unencodable(Format::WebP, size, error);
    match Library::of(picture, settings) {
        Library::Own => match encode_own(picture, settings, meter) {
            // libwebp can use modes that need less room.
            Err(lossy_webp::Error::TooDetailed) => {
                encode_libwebp(picture, settings, meter).map_err(|error| failed(&error))
            }
            encoded => encoded.map_err(|error| failed(&error)),
        },
        Library::Libwebp => {
            encode_libwebp(picture, settings, meter).map_err(|error| failed(&error))
        }
    }
}

/// The encoder that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    /// The crate `lossy-webp`: the result of libwebp's method 2 in less than half of the time.
    Own,
    Libwebp,
}

impl Library {
    /// The library for files that `lossy-webp` supports. Set it to [`Self::Libwebp`] to compare the two.
    const FOR_THE_USUAL: Self = Self::Own;
    /// The method of libwebp that `lossy-webp` replaces.
    const USUAL_METHOD: u8 = 2;

    fn of(picture: &Picture, settings: Settings) -> Self {
        let usual = !settings.lossless && settings.method == Self::USUAL_METHOD;
        if usual && picture.is_opaque() {
            Self::FOR_THE_USUAL
        } else {
            Self::Libwebp
        }
    }
}

fn encode_libwebp(
    picture: &Picture,
    settings: Settings,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Failure> {
    match picture {
        Picture::Planar(planes) => {
            let video = VideoRange::of(planes);
            let planes = Planes {
                width: planes.width,
                height: planes.height,
                luma: &video.luma,
                chroma: [&video.chroma[0], &video.chroma[1]],
            };
            encode_planes(&planes, settings, meter)
        }
        Picture::Pixels(pixels) => encode_pixels(&pixels.to_colour(), settings, meter),
        Picture::Deep(pixels) => {
            encode_pixels(&pixels.clone().into_8_bits().to_colour(), settings, meter)
        }
    }
}

/// Encodes a picture without transparency.
fn encode_own(
    picture: &Picture,
    settings: Settings,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, lossy_webp::Error> {
    let encoder = Encoder::new(settings.quality.into());
    let go_on = || !meter.is_spent();
    let converted = |pixels: &Pixels8| {
        let colour = pixels.to_colour();
        let convert = match colour.model {
            Model::RgbAlpha => PlanesBuf::from_rgba,
            _ => PlanesBuf::from_rgb,
        };
        convert(colour.width, colour.height, &colour.data)
    };
    match picture {
        Picture::Planar(planes) => {
            let video = VideoRange::of(planes);
            encoder.encode_while(&video.view(planes.width, planes.height), go_on)
        }
        Picture::Pixels(pixels) => encoder.encode_while(&converted(pixels)?.as_planes(), go_on),
        Picture::Deep(pixels) => {
            let pixels = pixels.clone().into_8_bits();
            encoder.encode_while(&converted(&pixels)?.as_planes(), go_on)
        }
    }
}

/// The encoder's settings for a preset. In lossless encoding, quality means how hard the encoder tries, which the
/// method decides already.
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

/// Whether at least half of the pixels equal their left neighbours, as in a drawing but not in a photo.
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

/// Planes in the range of WebP's bitstream, which is that of video (RFC 6386, 9.2).
struct VideoRange {
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

impl VideoRange {
    /// Converts planes in JPEG's range, whose samples use all 256 values. A grey picture gets neutral chroma.
    fn of(planes: &Planar) -> Self {
        let (luma, chroma) = (table(16, 219, 0), table(128, 224, 128));
        let map = |table: &[u8; 256], samples: &[u8]| {
            samples
                .iter()
                .map(|sample| table[usize::from(*sample)])
                .collect::<Vec<_>>()
        };
        let half = || area(planes.width.div_ceil(2), planes.height.div_ceil(2));
        Self {
            luma: map(&luma, &planes.luma.data),
            chroma: match &planes.chroma {
                Some(pairs) => unpair(&map(&chroma, &pairs.data)),
                None => [(); 2].map(|()| vec![128; half()]),
            },
        }
    }

    fn view(&self, width: u32, height: u32) -> View<'_> {
        let plane = |samples, width: u32| Plane {
            samples,
            stride: width as usize,
        };
        let [blue, red] = &self.chroma;
        let half = width.div_ceil(2);
        View {
            width,
            height,
            luma: plane(&self.luma, width),
            chroma: [plane(blue, half), plane(red, half)],
        }
    }
}

/// Maps the full range to `range` values around a zero, which is at `zero` before and at `offset` after.
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
    use super::{Library, encode_libwebp, encode_own, is_flat, table};
    use crate::budget::unlimited;
    use crate::colour::ycbcr::from_pixels;
    use crate::ffi::webp_encode::Settings;
    use crate::picture::Picture;
    use crate::raster::{Model, Pixels8};

    const USUAL: Settings = Settings {
        quality: 80,
        method: 2,
        lossless: false,
        threads: false,
    };

    /// Waves with the same transparency everywhere.
    fn waves(alpha: u8) -> Pixels8 {
        let (width, height) = (203_u32, 155_u32);
        let sample = |x: u32, y: u32, channel: u32| {
            let wave = (f64::from(x * (channel + 2)) / 19.0).sin() * 70.0 + f64::from(y) / 2.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the waves stay between 10 and 228"
            )]
            let sample = (wave + 80.0) as u8;
            sample
        };
        let pixel = |x, y| [sample(x, y, 0), sample(x, y, 1), sample(x, y, 2), alpha];
        Pixels8 {
            width,
            height,
            model: Model::RgbAlpha,
            data: (0..height)
                .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
                .collect(),
        }
    }

    #[test]
    fn our_own_encoder_is_for_the_usual() {
        let opaque = Picture::Pixels(waves(255));
        let transparent = Picture::Pixels(waves(254));
        let lossless = Settings {
            lossless: true,
            ..USUAL
        };
        let thorough = Settings { method: 4, ..USUAL };
        assert_eq!(Library::of(&opaque, USUAL), Library::Own);
        assert_eq!(Library::of(&transparent, USUAL), Library::Libwebp);
        assert_eq!(Library::of(&opaque, lossless), Library::Libwebp);
        assert_eq!(Library::of(&opaque, thorough), Library::Libwebp);
    }

    #[test]
    fn both_libraries_make_about_the_same() {
        let pixels = waves(255);
        let planar = Picture::Planar(from_pixels(&pixels.clone().without_alpha()));
        for picture in [Picture::Pixels(pixels), planar] {
            let own = encode_own(&picture, USUAL, &unlimited()).unwrap();
            let libwebp = encode_libwebp(&picture, USUAL, &unlimited()).unwrap();
            let (own_length, length) = (own.len(), libwebp.len());
            assert!(
                own_length.abs_diff(length) * 8 < length,
                "{own_length}, {length}"
            );
            let [own, libwebp] = [own, libwebp].map(|file| {
                let decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(file));
                let mut pixels = vec![0; 203 * 155 * 3];
                decoder.unwrap().read_image(&mut pixels).unwrap();
                pixels
            });
            let apart = own
                .iter()
                .zip(&libwebp)
                .map(|(a, b)| u64::from(a.abs_diff(*b)));
            assert!(apart.sum::<u64>() < 3 * own.len() as u64);
        }
    }

    #[test]
    fn our_own_encoder_stops_when_the_time_is_up() {
        let spent = crate::budget::Budget::new(std::time::Duration::ZERO).account();
        let stopped = encode_own(&Picture::Pixels(waves(255)), USUAL, &spent.meter());
        assert_eq!(stopped, Err(lossy_webp::Error::Stopped));
    }

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
