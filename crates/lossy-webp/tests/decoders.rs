//! What the encoder takes a file to show is what decoders show of it, bit for bit.

mod peer;

use std::io::Cursor;

use image_webp::{UpsamplingMethod, WebPDecodeOptions, WebPDecoder};
use lossy_webp::{Encoder, Plane, Planes};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

/// Three planes.
type Samples = [Vec<u8>; 3];

/// How a picture is made.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Flat,
    Gradient,
    Noise,
    /// Edges of full contrast.
    Stripes,
    /// Waves with a little noise, which is nearest to a photo.
    Waves,
}

fn picture(kind: Kind, width: usize, height: usize, seed: u32) -> Samples {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let sizes = [(width, height), (width.div_ceil(2), height.div_ceil(2)), (width.div_ceil(2), height.div_ceil(2))];
    sizes.map(|(width, height)| {
        let base = random();
        (0..width * height)
            .map(|index| {
                let (x, y) = (index % width, index / width);
                match kind {
                    Kind::Flat => base,
                    Kind::Gradient => (x * 3 + y * 2) as u8,
                    Kind::Noise => random(),
                    Kind::Stripes => if (x / 5 + y / 3 + usize::from(base)) % 2 == 0 { 0 } else { 255 },
                    Kind::Waves => {
                        let wave = (x as f32 * 0.21).sin() * 60.0 + ((x + 2 * y) as f32 * 0.07).cos() * 50.0;
                        (118.0 + wave) as u8 + random() % 16
                    }
                }
            })
            .collect()
    })
}

fn planes(samples: &Samples, width: usize, height: usize) -> Planes<'_> {
    let plane = |index: usize, stride| Plane { samples: &samples[index], stride };
    Planes {
        width: width as u32,
        height: height as u32,
        luma: plane(0, width),
        chroma: [plane(1, width.div_ceil(2)), plane(2, width.div_ceil(2))],
    }
}

/// Red, green and blue that image-webp decodes, without interpolating chroma.
fn by_image_webp(file: &[u8]) -> Vec<u8> {
    let mut options = WebPDecodeOptions::default();
    options.lossy_upsampling = UpsamplingMethod::Simple;
    let mut decoder = WebPDecoder::new_with_options(Cursor::new(file), options).expect("image-webp reads the file");
    let mut pixels = vec![0; decoder.output_buffer_size().expect("a size")];
    decoder.read_image(&mut pixels).expect("image-webp decodes the file");
    pixels
}

/// The same of planes, as image-webp and libwebp convert them: 14 bits behind the point, rounded down.
fn to_rgb(samples: &Samples, width: usize, height: usize) -> Vec<u8> {
    let high = |value: u8, factor: i32| (i32::from(value) * factor) >> 8;
    let clip = |value: i32| (value >> 6).clamp(0, 255) as u8;
    (0..width * height)
        .flat_map(|index| {
            let at = index / width / 2 * width.div_ceil(2) + index % width / 2;
            let (y, u, v) = (samples[0][index], samples[1][at], samples[2][at]);
            [
                clip(high(y, 19077) + high(v, 26149) - 14234),
                clip(high(y, 19077) - high(u, 6419) - high(v, 13320) + 8708),
                clip(high(y, 19077) + high(u, 33050) - 17685),
            ]
        })
        .collect()
}

fn check(kind: Kind, width: usize, height: usize, quality: f32, seed: u32) {
    let samples = picture(kind, width, height, seed);
    let planes = planes(&samples, width, height);
    let plain = Encoder { quality, filter_strength: 0 };
    let (file, shown) = plain.encode_and_show(&planes).expect("the picture is encoded");
    assert_eq!(file, plain.encode(&planes).expect("the picture is encoded"));
    assert!(peer::decode(&file) == shown, "libwebp shows something else");
    assert!(by_image_webp(&file) == to_rgb(&shown, width, height), "image-webp shows something else");
    // With the loop filter decoders are held to each other.
    let file = Encoder { quality, filter_strength: 60 }.encode(&planes).expect("the picture is encoded");
    assert!(by_image_webp(&file) == to_rgb(&peer::decode(&file), width, height), "decoders disagree");
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Flat),
        Just(Kind::Gradient),
        Just(Kind::Noise),
        Just(Kind::Stripes),
        Just(Kind::Waves),
    ]
}

#[test]
fn smallest_pictures() {
    for (width, height) in [(1, 1), (1, 2), (2, 1), (3, 3), (16, 16), (17, 16), (16, 17), (15, 33)] {
        for kind in [Kind::Flat, Kind::Gradient, Kind::Noise, Kind::Stripes, Kind::Waves] {
            for quality in [0.0, 50.0, 100.0] {
                check(kind, width, height, quality, 7);
            }
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(200))]
    #[test]
    fn any_picture(
        kind in kinds(),
        width in 1..150_usize,
        height in 1..150_usize,
        quality in 0_u8..=100,
        seed in any::<u32>(),
    ) {
        check(kind, width, height, quality.into(), seed);
    }
}
