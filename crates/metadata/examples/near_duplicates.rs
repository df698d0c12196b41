//! Measures how well copies of pictures are found by their likenesses, and which pictures are mistaken for copies.
//!
//! `cargo run --release -p metadata --example near_duplicates -- [PICTURES] [DIR...]`
//!
//! Makes 200 pictures, or as many as are requested, and adds those of the folders, and large JPEG files also in tiles
//! of 480×360 pixels. Each gets copies: resized, compressed hard, and cropped by a twentieth in several ways. Every
//! file goes through the decoder and the preview, as an upload does. It prints for each kind of copy the share that is
//! found from the original and the other way round, how many of all pairs that are found are not copies, and what a
//! query costs among 100,000 records. Pictures that already look the same are not mistakes, so only one of each is used
//! from the folders' files.
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "pictures are small, and levels are clamped"
)]

#[path = "near_duplicates/pictures.rs"]
mod pictures;

use std::{env, fs, hint::black_box, path::PathBuf, time::Instant};

use contract::{Likeness, likeness::colour_distance};
use image::{RgbImage, imageops};
use imaging::{Limits, RenderOptions};
use pictures::{drawn, jpeg, read};

/// How a copy of a picture is made.
type Copy = (&'static str, fn(&RgbImage) -> Vec<u8>);

const COPIES: [Copy; 12] = [
    ("half the size", |picture| jpeg(&resized(picture, 0.5), 85)),
    ("a quarter of the size", |picture| {
        jpeg(&resized(picture, 0.25), 85)
    }),
    ("twice the size", |picture| jpeg(&resized(picture, 2.0), 85)),
    ("JPEG of quality 50", |picture| jpeg(picture, 50)),
    ("JPEG of quality 30", |picture| jpeg(picture, 30)),
    ("cropped around by 5 %", |picture| {
        jpeg(&cropped(picture, [0.025, 0.025, 0.975, 0.975]), 85)
    }),
    ("cropped at the left by 5 %", |picture| {
        jpeg(&cropped(picture, [0.05, 0.0, 1.0, 1.0]), 85)
    }),
    ("cropped at the bottom by 5 %", |picture| {
        jpeg(&cropped(picture, [0.0, 0.0, 1.0, 0.95]), 85)
    }),
    ("cropped to the upper left by 5 %", |picture| {
        jpeg(&cropped(picture, [0.0, 0.0, 0.95, 0.95]), 85)
    }),
    ("cropped to the lower right by 5 %", |picture| {
        jpeg(&cropped(picture, [0.05, 0.05, 1.0, 1.0]), 85)
    }),
    ("cropped off the middle by 3 %", |picture| {
        jpeg(&cropped(picture, [0.01, 0.0, 0.98, 0.97]), 85)
    }),
    ("all of it: cropped, halved, quality 50", |picture| {
        let cropped = cropped(picture, [0.05, 0.0, 1.0, 0.95]);
        jpeg(&resized(&cropped, 0.5), 50)
    }),
];

/// The fields of a record about a picture.
struct Hashes {
    core: Likeness,
    colour: String,
    /// The likenesses that copies of it may have, including its own.
    sought: Vec<Likeness>,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let count = arguments.first().and_then(|first| first.parse().ok());
    let folders = arguments.iter().skip(usize::from(count.is_some()));
    let mut pictures: Vec<RgbImage> = (0..count.unwrap_or(200)).map(drawn).collect();
    pictures.extend(folders.flat_map(|folder| files(folder)).flat_map(read));
    let all = pictures.len();

    let mut originals: Vec<(RgbImage, Hashes)> = Vec::new();
    let mut plain = 0;
    for picture in pictures {
        match hashes(&jpeg(&picture, 92)) {
            Some(found)
                if originals
                    .iter()
                    .any(|(_, other)| is_the_same(&found, other)) => {}
            Some(found) => originals.push((picture, found)),
            None => plain += 1,
        }
    }
    println!(
        "{all} pictures: {plain} are too plain to be told from others, and {} look like another one.\n",
        all - plain - originals.len()
    );
    recall(&originals);
    mistakes(&originals);
    cost(&originals);
}

/// Whether they are the same picture with a probability far above chance.
fn is_the_same(one: &Hashes, other: &Hashes) -> bool {
    one.distance(other).min(other.distance(one)) <= Likeness::MOST_DISTANCE / 2
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The fields of an upload's record, or `None` if the picture has too few details.
fn hashes(file: &[u8]) -> Option<Hashes> {
    let inspection = imaging::inspect(file, &Limits::default()).ok()?;
    let preview = imaging::render(file, &inspection, &[], &RenderOptions::default())
        .ok()?
        .preview;
    let derived = metadata::derived::describe(&preview.rgba, preview.width, preview.height);
    let core = derived.likeness?.parse().ok()?;
    let mut sought = Likeness::several(&derived.likeness_crops.unwrap_or_default());
    sought.push(core);
    let colour = derived.average_colour?;
    Some(Hashes {
        core,
        colour,
        sought,
    })
}

impl Hashes {
    fn distance(&self, other: &Self) -> u32 {
        let distances = self.sought.iter().map(|own| own.distance(other.core));
        distances.min().unwrap_or(u32::MAX)
    }

    /// Whether a query for copies of this picture reads the record of the other one.
    fn is_candidate(&self, other: &Self) -> bool {
        let bands = other.core.bands();
        self.sought.iter().any(|own| {
            let own = own.bands();
            own.iter().zip(&bands).any(|(own, other)| own == other)
        })
    }

    fn finds(&self, other: &Self) -> bool {
        let colours = colour_distance(&self.colour, &other.colour);
        self.is_candidate(other)
            && self.distance(other) <= Likeness::MOST_DISTANCE
            && colours.is_some_and(|distance| distance <= Likeness::MOST_COLOUR_DISTANCE)
    }
}

fn recall(originals: &[(RgbImage, Hashes)]) {
    println!("| copy | found from the original | the original found from it |\n|---|---|---|");
    let (mut forth_all, mut back_all) = (0, 0);
    for (name, copy) in COPIES {
        let (mut forth, mut back) = (0, 0);
        for (picture, original) in originals {
            if let Some(copy) = hashes(&copy(picture)) {
                forth += usize::from(original.finds(&copy));
                back += usize::from(copy.finds(original));
            }
        }
        println!(
            "| {name} | {:.1} % | {:.1} % |",
            percent(forth, originals.len()),
            percent(back, originals.len())
        );
        forth_all += forth;
        back_all += back;
    }
    let copies = COPIES.len() * originals.len();
    println!(
        "| all | {:.1} % | {:.1} % |\n",
        percent(forth_all, copies),
        percent(back_all, copies)
    );
}

fn mistakes(originals: &[(RgbImage, Hashes)]) {
    let pairs = pairs(originals);
    let mistaken = pairs.iter().filter(|(one, other)| one.finds(other)).count();
    let all = pairs.len();
    let found = COPIES.len() * originals.len();
    println!(
        "Of {all} pairs of different pictures {mistaken} are mistaken for copies: a precision of \
         {:.2} % with {found} copies.",
        percent(found, found + mistaken)
    );
}

fn cost(originals: &[(RgbImage, Hashes)]) {
    const RECORDS: usize = 100_000;
    let pairs = pairs(originals);
    let candidates = pairs
        .iter()
        .filter(|(one, other)| one.is_candidate(other))
        .count();
    let share = percent(candidates, pairs.len()) / 100.0;
    let Some((_, asking)) = originals.first() else {
        return;
    };
    let records: Vec<&Hashes> = originals
        .iter()
        .map(|(_, hashes)| hashes)
        .cycle()
        .take(RECORDS)
        .collect();
    let started = Instant::now();
    let near = records
        .iter()
        .filter(|record| asking.distance(record) <= Likeness::MOST_DISTANCE);
    black_box(near.count());
    let elapsed = started.elapsed().as_secs_f64() * 1e3;
    println!(
        "Among {RECORDS} records a query reads {:.0} candidates. Computing the distances of all \
         {RECORDS} takes {elapsed:.1} ms.",
        share * RECORDS as f64
    );
}

/// Every pair of different pictures, in both orders.
fn pairs(originals: &[(RgbImage, Hashes)]) -> Vec<(&Hashes, &Hashes)> {
    let all = || originals.iter().map(|(_, hashes)| hashes).enumerate();
    all()
        .flat_map(|(at, one)| {
            let others = all().filter(move |(other, _)| *other != at);
            others.map(move |(_, other)| (one, other))
        })
        .collect()
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn resized(picture: &RgbImage, scale: f64) -> RgbImage {
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let (width, height) = (side(picture.width()), side(picture.height()));
    imageops::resize(picture, width, height, imageops::FilterType::CatmullRom)
}

/// The part between left, top, right and bottom, each as a share.
fn cropped(picture: &RgbImage, [left, top, right, bottom]: [f64; 4]) -> RgbImage {
    let at = |share: f64, side: u32| (share * f64::from(side)).round() as u32;
    let (x, y) = (at(left, picture.width()), at(top, picture.height()));
    let (width, height) = (
        at(right, picture.width()) - x,
        at(bottom, picture.height()) - y,
    );
    imageops::crop_imm(picture, x, y, width, height).to_image()
}
