//! Compares this encoder with libwebp: bytes, quality and time, as ratios. It also compares the picture that the
//! encoder expects from its files with the output of libwebp's decoder.
//!
//! `cargo run --release -p lossy-webp --example compare -- [--quality N] [--method N] [--rounds N] [--fast] PHOTO.jpg...`
#![expect(clippy::print_stdout, reason = "an example prints")]

#[path = "../../tests/peer/mod.rs"]
mod peer;
mod picture;

use std::hint::black_box;
use std::time::{Duration, Instant};

use lossy_webp::Encoder;
use picture::Picture;

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    quality: f32,
    method: i32,
    /// Leaves out quality, which takes long to measure.
    fast: bool,
    /// The times are the medians of this many rounds.
    rounds: usize,
    photos: Vec<String>,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments {
        quality: 80.0,
        method: 2,
        fast: false,
        rounds: 21,
        photos: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quality" => found.quality = arguments.next().unwrap_or_default().parse()?,
            "--method" => found.method = arguments.next().unwrap_or_default().parse()?,
            "--rounds" => found.rounds = arguments.next().unwrap_or_default().parse()?,
            "--fast" => found.fast = true,
            _ => found.photos.push(argument),
        }
    }
    Ok(found)
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    println!(
        "Ratios are those of this encoder over libwebp's method {}, at quality {}.\n",
        arguments.method, arguments.quality
    );
    println!(
        "| photo | size | bytes | ratio | SSIMULACRA2 | libwebp's | bytes at the same | ms | ratio |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    let mut products = [1.0_f64; 3];
    let mut count = 0;
    for path in &arguments.photos {
        for picture in Picture::renditions(path)? {
            let line = compare(&picture, &arguments)?;
            println!("| {path} | {}×{} {line}", picture.width, picture.height);
            for (product, ratio) in products.iter_mut().zip(line.ratios) {
                *product *= ratio;
            }
            count += 1;
        }
    }
    let [bytes, same, time] = products.map(|product| product.powf(1.0 / f64::from(count.max(1))));
    println!("| geometric mean | | | {bytes:.3} | | | {same:.3} | | {time:.3} |");
    Ok(())
}

struct Line {
    bytes: usize,
    scores: [f64; 2],
    time: Duration,
    /// The ratios of bytes, of bytes at the same score, and of time.
    ratios: [f64; 3],
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [bytes, same, time] = self.ratios;
        let [ours, theirs] = self.scores;
        let ms = self.time.as_secs_f64() * 1000.0;
        write!(
            f,
            "| {} | {bytes:.3} | {ours:.2} | {theirs:.2} | {same:.3} | {ms:.2} | {time:.3} |",
            self.bytes
        )
    }
}

/// Compares the picture that the encoder expects from its file with the one that libwebp decodes.
fn check(picture: &Picture, quality: f32) {
    let encoder = Encoder {
        quality,
        filter_strength: 0,
    };
    let (file, shown) = encoder
        .encode_and_show(&picture.planes.as_planes())
        .expect("the picture is encoded");
    let [blue, red] = shown.chroma;
    assert!(
        peer::decode(&file) == [shown.luma, blue, red],
        "libwebp decodes another picture"
    );
}

fn compare(picture: &Picture, arguments: &Arguments) -> Result<Line, Failure> {
    check(picture, arguments.quality);
    let ours = |quality: f32| encode(picture, quality);
    let [blue, red] = &picture.planes.chroma;
    let theirs = || {
        peer::encode(
            [&picture.planes.luma, blue, red],
            (picture.width, picture.height),
            arguments.quality,
            arguments.method,
        )
    };
    let (our_file, their_file) = (ours(arguments.quality), theirs());
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..arguments.rounds {
        let start = Instant::now();
        black_box(ours(arguments.quality));
        times[0].push(start.elapsed());
        let start = Instant::now();
        black_box(theirs());
        times[1].push(start.elapsed());
    }
    let [our_time, their_time] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    let ratio = our_file.len() as f64 / their_file.len() as f64;
    let mut line = Line {
        bytes: our_file.len(),
        scores: [0.0; 2],
        time: our_time,
        ratios: [
            ratio,
            1.0,
            our_time.as_secs_f64() / their_time.as_secs_f64(),
        ],
    };
    if !arguments.fast {
        line.scores = [picture.score(&our_file)?, picture.score(&their_file)?];
        // Files of two more qualities show how bytes and score are related here.
        let step = if line.scores[0] > line.scores[1] {
            -3.0
        } else {
            3.0
        };
        let other = ours(arguments.quality + step);
        let other_score = picture.score(&other)?;
        let slope =
            (other.len() as f64 / our_file.len() as f64).ln() / (other_score - line.scores[0]);
        line.ratios[1] = ratio * (slope * (line.scores[1] - line.scores[0])).exp();
    }
    Ok(line)
}

#[inline(never)]
fn encode(picture: &Picture, quality: f32) -> Vec<u8> {
    let encoder = Encoder {
        quality,
        filter_strength: 60,
    };
    encoder
        .encode(&picture.planes.as_planes())
        .expect("the picture is encoded")
}
