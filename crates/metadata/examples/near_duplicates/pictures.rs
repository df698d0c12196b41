//! Pictures for the measurement: generated from a number, or read from a file.

use std::{fs, path::PathBuf};

use image::{ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use imaging::{Limits, Preset, Presets, RenderOptions};

const TILE: (u32, u32) = (480, 360);

/// From this number of pixels, a JPEG file is also used in tiles.
const LARGE: u64 = 5_000_000;

/// A scene similar to photos: light that falls off, objects in front of each other, and texture of every size, which is
/// weaker the finer it is. The same number gives the same picture.
pub(crate) fn drawn(number: u64) -> RgbImage {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (width, height) = [(640, 480), (480, 640), (640, 360), (512, 512)][dice.below(4)];
    let things: Vec<Thing> = (0..3 + dice.below(6))
        .map(|_| Thing::any(&mut dice))
        .collect();
    let texture: Vec<Wave> = (0..24).map(|at| Wave::any(&mut dice, at)).collect();
    let (slope, strength) = (dice.share() - 0.5, 0.03 + 0.1 * dice.share());
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (
            f64::from(x) / f64::from(width),
            f64::from(y) / f64::from(height),
        );
        let ground = [0.5 + slope * x, 0.55 - 0.3 * y, 0.6 - 0.4 * y * slope];
        let colour = things
            .iter()
            .rev()
            .find(|thing| thing.covers(x, y))
            .map_or(ground, |thing| thing.colour);
        let rough: f64 = texture.iter().map(|wave| wave.at(x, y)).sum();
        Rgb(colour.map(|level| ((level + strength * rough) * 255.0).clamp(0.0, 255.0) as u8))
    })
}

/// The picture of a file, at most 1000 pixels wide or high, and its tiles if it is large. Nothing if it is not a
/// picture.
pub(crate) fn read(path: PathBuf) -> Vec<RgbImage> {
    let Ok(file) = fs::read(path) else {
        return Vec::new();
    };
    let mut pictures: Vec<RgbImage> = whole(&file).into_iter().collect();
    if let Ok(large) = image::load_from_memory_with_format(&file, ImageFormat::Jpeg) {
        let large = large.to_rgb8();
        if u64::from(large.width()) * u64::from(large.height()) >= LARGE {
            pictures.extend(tiles(&large));
        }
    }
    pictures
}

fn whole(file: &[u8]) -> Option<RgbImage> {
    let presets = "[presets.whole]\nwidth = 1000\nheight = 1000\nformat = \"jpeg\"\nquality = 95";
    let presets = Presets::parse(presets).expect("a preset");
    let presets: Vec<&Preset> = presets.iter().collect();
    let inspection = imaging::inspect(file, &Limits::default()).ok()?;
    let rendered = imaging::render(file, &inspection, &presets, &RenderOptions::default()).ok()?;
    let jpeg = &rendered.renditions.first()?.bytes;
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).ok()?;
    let is_large_enough = picture.width().min(picture.height()) >= 100;
    is_large_enough.then(|| picture.to_rgb8())
}

fn tiles(large: &RgbImage) -> impl Iterator<Item = RgbImage> {
    let (columns, rows) = (large.width() / TILE.0, large.height() / TILE.1);
    (0..rows).flat_map(move |row| {
        (0..columns).map(move |column| {
            imageops::crop_imm(large, column * TILE.0, row * TILE.1, TILE.0, TILE.1).to_image()
        })
    })
}

pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode_image(picture)
        .expect("a picture");
    file
}

/// An object in front of the background.
struct Thing {
    centre: (f64, f64),
    radius: (f64, f64),
    round: bool,
    colour: [f64; 3],
}

impl Thing {
    fn any(dice: &mut Dice) -> Self {
        Self {
            centre: (dice.share(), dice.share()),
            radius: (0.05 + 0.25 * dice.share(), 0.05 + 0.25 * dice.share()),
            round: dice.below(2) == 0,
            colour: [dice.share(), dice.share(), dice.share()],
        }
    }

    fn covers(&self, x: f64, y: f64) -> bool {
        let across = (x - self.centre.0).abs() / self.radius.0;
        let down = (y - self.centre.1).abs() / self.radius.1;
        if self.round {
            across.hypot(down) < 1.0
        } else {
            across.max(down) < 1.0
        }
    }
}

/// One wave of a texture.
struct Wave {
    across: f64,
    down: f64,
    phase: f64,
    strength: f64,
}

impl Wave {
    fn any(dice: &mut Dice, at: u32) -> Self {
        let frequency = 1.3_f64.powi(at as i32) * 2.0;
        let direction = dice.share() * std::f64::consts::TAU;
        Self {
            across: frequency * direction.cos(),
            down: frequency * direction.sin(),
            phase: dice.share() * std::f64::consts::TAU,
            strength: 1.0 / frequency.sqrt(),
        }
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        self.strength * (self.across * x + self.down * y + self.phase).sin()
    }
}

/// Pseudo-random numbers that are always the same (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
