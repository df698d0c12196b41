//! Tests that decoders decode a file to the picture that the encoder expects, bit for bit.

mod peer;

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
    /// Waves with a little noise, which are most similar to a photo.
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
    let sizes = [
        (width, height),
        (width.div_ceil(2), height.div_ceil(2)),
        (width.div_ceil(2), height.div_ceil(2)),
    ];
    sizes.map(|(width, height)| {
        let base = random();
        (0..width * height)
            .map(|index| {
                let (x, y) = (index % width, index / width);
                match kind {
                    Kind::Flat => base,
                    Kind::Gradient => (x * 3 + y * 2).to_le_bytes()[0],
                    Kind::Noise => random(),
                    Kind::Stripes => {
                        if (x / 5 + y / 3 + usize::from(base)) % 2 == 0 {
                            0
                        } else {
                            255
                        }
                    }
                    Kind::Waves => {
                        let wave = (x as f32 * 0.21).sin() * 60.0
                            + ((x + 2 * y) as f32 * 0.07).cos() * 50.0;
                        #[expect(
                            clippy::cast_possible_truncation,
                            clippy::cast_sign_loss,
                            reason = "the waves stay between 8 and 228"
                        )]
                        let sample = (118.0 + wave) as u8;
                        sample + random() % 16
                    }
                }
            })
            .collect()
    })
}

fn planes(samples: &Samples, width: usize, height: usize) -> Planes<'_> {
    let plane = |index: usize, stride| Plane {
        samples: &samples[index],
        stride,
    };
    let side = |side: usize| u32::try_from(side).expect("sides are small");
    Planes {
        width: side(width),
        height: side(height),
        luma: plane(0, width),
        chroma: [plane(1, width.div_ceil(2)), plane(2, width.div_ceil(2))],
    }
}

fn check(kind: Kind, width: usize, height: usize, quality: f32, seed: u32) {
    let samples = picture(kind, width, height, seed);
    let planes = planes(&samples, width, height);
    let plain = Encoder {
        quality,
        filter_strength: 0,
    };
    let (file, shown) = plain
        .encode_and_show(&planes)
        .expect("the picture is encoded");
    let [blue, red] = shown.chroma;
    let shown = [shown.luma, blue, red];
    assert_eq!(file, plain.encode(&planes).expect("the picture is encoded"));
    assert!(
        peer::decode(&file) == shown,
        "libwebp decodes another picture"
    );
    assert!(
        peer::decode_by_image_webp(&file) == peer::to_rgb(&shown, width),
        "image-webp decodes another picture"
    );
    // With the loop filter, decoders are compared with each other.
    let file = Encoder {
        quality,
        filter_strength: 60,
    }
    .encode(&planes)
    .expect("the picture is encoded");
    assert!(
        peer::decode_by_image_webp(&file) == peer::to_rgb(&peer::decode(&file), width),
        "decoders disagree"
    );
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
    for (width, height) in [
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 3),
        (16, 16),
        (17, 16),
        (16, 17),
        (15, 33),
    ] {
        for kind in [
            Kind::Flat,
            Kind::Gradient,
            Kind::Noise,
            Kind::Stripes,
            Kind::Waves,
        ] {
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
