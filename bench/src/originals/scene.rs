//! Generates pictures with the statistics of photographs from a seed.
//!
//! The *dead leaves* model: discs of every size cover one another at random, their radii
//! distributed as `r⁻³`. Such pictures have the edges, the flat parts and the `1/f²` spectrum of
//! photographs at every scale, so decoders and encoders spend their time on them as they do on
//! photographs. Source: Lee, Mumford and Huang, "Occlusion Models for Natural Images", IJCV 41,
//! 2001.
//!
//! As in a camera, there is also texture and shading, a lens that is not perfectly sharp, and the
//! grain of the sensor. Only additions, multiplications and square roots are used, which give the
//! same bits on every machine.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sides, samples and coordinates are far below 2^23, and samples are clamped"
)]

use super::random::{self, Random};

// These numbers make the files, their renditions and the encoders' times similar to those of a
// 12-megapixel phone photograph of 2.9 MB.

/// How often discs cover each pixel, on average.
const COVER: f32 = 3.0;
/// Radii, as fractions of the picture's width.
const SMALLEST: f32 = 1.0 / 300.0;
const LARGEST: f32 = 1.0 / 4.0;
/// Standard deviation of the sensor's grain, in steps of 8-bit samples.
const GRAIN: f32 = 3.0;
/// Finest and coarsest detail of texture, as wavelengths in pixels.
const WAVELENGTHS: [f32; 5] = [3.0, 7.0, 17.0, 43.0, 109.0];

/// One disc: its position, and the look of its surface.
struct Leaf {
    x: f32,
    y: f32,
    radius: f32,
    /// Red, green and blue, 0 to 255.
    colour: [f32; 3],
    /// The increase of brightness across its radius, in each direction.
    shading: [f32; 2],
    /// The amplitude of its texture, in steps of 8-bit samples.
    texture: f32,
}

/// Paints a picture: packed red, green and blue, row by row.
pub(super) fn paint(width: usize, height: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let leaves = scatter(width as f32, height as f32, &mut random);
    let seen = cover(&leaves, width, height);
    let mut pixels = shade(&leaves, &seen, width, seed);
    blur(&mut pixels, width, height);
    add_grain(&mut pixels, &mut random);
    pixels
}

/// Discs from back to front. The first is behind all others and fills the picture.
fn scatter(width: f32, height: f32, random: &mut Random) -> Vec<Leaf> {
    let (smallest, largest) = (width * SMALLEST, width * LARGEST);
    let ratio = 1.0 - (smallest / largest).powi(2);
    // The mean area of a disc for the distribution below.
    let area = std::f32::consts::TAU * smallest.powi(2) * octaves(largest / smallest) / ratio;
    let count = (COVER * width * height / area) as usize;
    let mut leaves = vec![leaf(width, height, width + height, random)];
    leaves.extend((0..count).map(|_| {
        // The inverse of the distribution function for the density r⁻³.
        let radius = smallest / (1.0 - random.unit() * ratio).sqrt();
        leaf(width, height, radius, random)
    }));
    leaves
}

/// An approximation of the natural logarithm, computed only by halving.
fn octaves(mut ratio: f32) -> f32 {
    let mut octaves = 0.0;
    while ratio >= 2.0 {
        ratio /= 2.0;
        octaves += 1.0;
    }
    (octaves + ratio - 1.0) * std::f32::consts::LN_2
}

fn leaf(width: f32, height: f32, radius: f32, random: &mut Random) -> Leaf {
    let light = random.between(75.0, 180.0);
    let (warmth, tint) = (random.normal() * 15.0, random.normal() * 8.0);
    // Much of a photograph is smooth, and some of it is rough.
    let roughness = random.unit();
    Leaf {
        x: random.between(0.0, width),
        y: random.between(0.0, height),
        radius,
        colour: [light + warmth, light + tint, light - warmth],
        shading: [random.normal() * 20.0, random.normal() * 20.0],
        texture: 80.0 * roughness * roughness * roughness,
    }
}

/// The index of the visible disc at each pixel.
fn cover(leaves: &[Leaf], width: usize, height: usize) -> Vec<u32> {
    let mut seen = vec![0; width * height];
    for (index, leaf) in (0..).zip(leaves).skip(1) {
        let top = (leaf.y - leaf.radius).max(0.0) as usize;
        let bottom = ((leaf.y + leaf.radius) as usize + 1).min(height);
        for y in top..bottom {
            let rise = y as f32 - leaf.y;
            let half = (leaf.radius * leaf.radius - rise * rise).max(0.0).sqrt();
            let left = (leaf.x - half).max(0.0) as usize;
            let right = ((leaf.x + half).max(0.0) as usize).min(width);
            if left < right {
                seen[y * width + left..y * width + right].fill(index);
            }
        }
    }
    seen
}

/// The colour of each pixel: its disc's colour, lit from one side, with texture.
fn shade(leaves: &[Leaf], seen: &[u32], width: usize, seed: u64) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(seen.len() * 3);
    for (position, &index) in seen.iter().enumerate() {
        let leaf = &leaves[index as usize];
        let (x, y) = ((position % width) as f32, (position / width) as f32);
        let across = [(x - leaf.x) / leaf.radius, (y - leaf.y) / leaf.radius];
        let mut light = across[0] * leaf.shading[0] + across[1] * leaf.shading[1];
        if leaf.texture > 1.0 {
            // The disc's index shifts the texture, so that it does not continue across an edge.
            light += leaf.texture * texture(x, y, seed ^ u64::from(index));
        }
        pixels.extend(
            leaf.colour
                .map(|colour| (colour + light).clamp(0.0, 255.0) as u8),
        );
    }
    pixels
}

/// Noise of several octaves, mostly between -1 and 1, with the same contrast at each scale.
fn texture(x: f32, y: f32, seed: u64) -> f32 {
    let octaves = WAVELENGTHS.map(|wavelength| noise(x / wavelength, y / wavelength, seed));
    octaves.iter().sum::<f32>() / 2.0
}

/// Value noise from -0.5 to 0.5, with one value for each point of the grid and linear
/// interpolation.
fn noise(x: f32, y: f32, seed: u64) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (column, row) = (left as i32, top as i32);
    let corner = |dx, dy| random::at(column + dx, row + dy, seed) - 0.5;
    let mix = |low: f32, high: f32, share: f32| low + (high - low) * share;
    mix(
        mix(corner(0, 0), corner(1, 0), x - left),
        mix(corner(0, 1), corner(1, 1), x - left),
        y - top,
    )
}

/// Simulates a lens: the binomial filter 1-2-1 along rows and along columns.
fn blur(pixels: &mut [u8], width: usize, height: usize) {
    let row = width * 3;
    for y in 0..height {
        smooth(&mut pixels[y * row..(y + 1) * row], 3);
    }
    let mut above = pixels[..row].to_vec();
    for y in 0..height - 1 {
        let (here, below) = pixels[y * row..].split_at_mut(row);
        for ((sample, above), below) in here.iter_mut().zip(&mut above).zip(below) {
            let unchanged = *sample;
            *sample = binomial(*above, unchanged, *below);
            *above = unchanged;
        }
    }
}

fn smooth(samples: &mut [u8], step: usize) {
    for channel in 0..step {
        let mut before = samples[channel];
        for position in (channel..samples.len() - step).step_by(step) {
            let unchanged = samples[position];
            samples[position] = binomial(before, unchanged, samples[position + step]);
            before = unchanged;
        }
    }
}

fn binomial(before: u8, here: u8, after: u8) -> u8 {
    ((u16::from(before) + 2 * u16::from(here) + u16::from(after) + 2) / 4) as u8
}

/// Simulates a sensor: the same grain in all three channels, because a camera's noise reduction
/// removes coloured noise first.
fn add_grain(pixels: &mut [u8], random: &mut Random) {
    for pixel in pixels.chunks_exact_mut(3) {
        let grain = random.normal() * GRAIN;
        for sample in pixel {
            *sample = (f32::from(*sample) + grain).clamp(0.0, 255.0) as u8;
        }
    }
}
