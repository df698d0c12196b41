//! Measures the cost of each part of rendering: `cargo bench -p imaging`.
//!
//! The photo is generated. `IMAGING_BENCH_PHOTO=/path/to/photo.jpg` uses a real one instead, which takes longer to
//! decode and encode than waves.

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use imaging::{Limits, Preset, Presets, RenderOptions, inspect, render};

fn main() {
    divan::main();
}

static PHOTO: LazyLock<Vec<u8>> = LazyLock::new(|| match std::env::var_os("IMAGING_BENCH_PHOTO") {
    Some(path) => std::fs::read(path).expect("the photo can be read"),
    None => waves(4000, 3000),
});

/// A JPEG with 4:2:0 and quality 85 of waves of many sizes, which contain every frequency.
fn waves(width: usize, height: usize) -> Vec<u8> {
    let sample = |x: usize, y: usize, channel: usize| {
        let (x, y, channel) = (x as f32, y as f32, channel as f32 + 1.0);
        let wave = (x * 0.003 * channel).sin() * 60.0
            + (y * 0.11).cos() * 20.0
            + ((x + y) * 0.7).sin() * 12.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the waves stay between 0 and 255"
        )]
        let sample = (128.0 + wave) as u8;
        sample
    };
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| (0..3).map(move |channel| sample(x, y, channel)))
        })
        .collect();
    let image = turbojpeg::Image {
        pixels: pixels.as_slice(),
        width,
        pitch: width * 3,
        height,
        format: turbojpeg::PixelFormat::RGB,
    };
    let jpeg = turbojpeg::compress(image, 85, turbojpeg::Subsamp::Sub2x2)
        .expect("the waves can be encoded");
    jpeg.to_vec()
}

/// Renders the photo with presets of these keys.
fn run(bencher: Bencher, original: &[u8], presets: &str) {
    let presets = Presets::parse(presets).expect("the presets are valid");
    let chosen: Vec<&Preset> = presets.iter().collect();
    let inspection = inspect(original, &Limits::default()).expect("the photo is readable");
    bencher
        .counter(BytesCount::new(original.len()))
        .bench_local(|| {
            render(
                black_box(original),
                &inspection,
                &chosen,
                &RenderOptions::default(),
            )
        });
}

/// Only decoding and resizing to the preview, which is the work without any rendition.
mod decode {
    use super::{Bencher, BytesCount, LazyLock, PHOTO, black_box, run};

    #[divan::bench]
    fn bare_libjpeg_turbo_to_rgb(bencher: Bencher) {
        bencher
            .counter(BytesCount::new(PHOTO.len()))
            .bench_local(|| turbojpeg::decompress(black_box(&PHOTO), turbojpeg::PixelFormat::RGB));
    }

    #[divan::bench(args = [250, 1000, 1920, 3000])]
    fn jpeg_to_cover(bencher: Bencher, side: u32) {
        // Baseline JPEG of quality 1 is the cheapest encoder.
        run(
            bencher,
            &PHOTO,
            &format!(
                "[presets.a]\nformat = \"jpeg\"\nquality = 1\neffort = 0\nwidth = {side}\nheight = {side}"
            ),
        );
    }

    static PNG: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let presets = imaging::Presets::parse("[presets.a]\nformat = \"png\"\neffort = 1")
            .expect("valid presets");
        let inspection =
            imaging::inspect(&PHOTO, &imaging::Limits::default()).expect("a readable photo");
        let chosen: Vec<_> = presets.iter().collect();
        let rendered = imaging::render(
            &PHOTO,
            &inspection,
            &chosen,
            &imaging::RenderOptions::default(),
        );
        rendered.expect("a rendition").renditions.remove(0).bytes
    });

    #[divan::bench(sample_count = 5)]
    fn png_row_by_row(bencher: Bencher) {
        run(
            bencher,
            &PNG,
            "[presets.a]\nformat = \"jpeg\"\nquality = 1\neffort = 0\nwidth = 640",
        );
    }
}

/// All sizes together and single ones, to show what each further rendition costs.
mod resize {
    use super::{Bencher, PHOTO, run};

    #[divan::bench(args = [1, 2, 3, 4])]
    fn ladder(bencher: Bencher, rungs: usize) {
        let preset = |side| {
            format!(
                "[presets.a{side}]\nformat = \"jpeg\"\nquality = 1\neffort = 0\nwidth = {side}\nheight = {side}\n"
            )
        };
        let presets = [1920, 1280, 640, 250].map(preset)[..rungs].concat();
        run(bencher, &PHOTO, &presets);
    }
}

/// One rendition of 1280 pixels in each format and effort.
mod encode {
    use super::{Bencher, PHOTO, run};

    #[divan::bench(args = ["jpeg 0", "jpeg 1", "jpeg 2", "webp 0", "webp 2", "webp 4", "png 1", "png 6"], sample_count = 10)]
    fn format_and_effort(bencher: Bencher, how: &str) {
        let (format, effort) = how.split_once(' ').expect("a format and an effort");
        run(
            bencher,
            &PHOTO,
            &format!("[presets.a]\nformat = \"{format}\"\neffort = {effort}\nwidth = 1280"),
        );
    }

    #[divan::bench(sample_count = 10)]
    fn default_presets(bencher: Bencher) {
        run(bencher, &PHOTO, include_str!("../../../presets.toml"));
    }
}

#[divan::bench]
fn inspect_header(bencher: Bencher) {
    bencher.bench_local(|| inspect(black_box(&PHOTO), &Limits::default()));
}
