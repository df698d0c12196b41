//! A palette: the few colours that represent a picture.
//!
//! It uses weighted k-means in `Oklab`, where distances match what the eye sees. To be fast it works on a coarse
//! histogram instead of pixels. To be repeatable it uses no random numbers: it starts from the largest cell, and then
//! repeatedly adds the cell that the clusters represent worst so far.

use contract::Swatch;

use super::{
    Pixels,
    colour::{self, Oklab},
    rounded,
};

/// The most colours of a palette.
const COLOURS: usize = 6;

/// The most rounds of k-means. The colours hardly move after the first few.
const ROUNDS: usize = 12;

/// Bits of each channel that the histogram keeps.
const CELL_BITS: u32 = 5;

/// Colours closer than this in `Oklab` look the same side by side, and are merged.
const SAME: f32 = 0.04;

/// A move shorter than this changes no digit of a colour.
const STILL: f32 = 1e-3;

/// A colour with a smaller share of the picture than this is left out.
const LEAST_SHARE: f32 = 0.005;

/// All pixels of about the same colour.
#[derive(Clone, Copy)]
struct Cell {
    colour: Oklab,
    weight: f32,
}

/// Up to six colours with their shares of the visible picture, the largest first.
pub(super) fn of(pixels: Pixels<'_>) -> Vec<Swatch> {
    let cells = cells(pixels);
    let mut clusters = cluster(&cells, starts(&cells));
    merge_alike(&mut clusters);
    clusters.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let total: f32 = cells.iter().map(|cell| cell.weight).sum();
    clusters.retain(|cluster| cluster.weight >= LEAST_SHARE * total);
    let shown: f32 = clusters.iter().map(|cluster| cluster.weight).sum();
    clusters
        .iter()
        .map(|cluster| Swatch {
            colour: colour::hex(colour::srgb(colour::from_oklab(cluster.colour))),
            share: rounded(f64::from(cluster.weight / shown), 4),
        })
        .collect()
}

/// The non-empty cells of the histogram, each with the mean of its pixels.
fn cells(pixels: Pixels<'_>) -> Vec<Cell> {
    const SIDE: usize = 1 << CELL_BITS;
    let mut sums = vec![[0_u32; 4]; SIDE * SIDE * SIDE];
    for (colour, alpha) in pixels.visible() {
        let [red, green, blue] = colour.map(|level| usize::from(level >> (8 - CELL_BITS)));
        let sum = &mut sums[(red * SIDE + green) * SIDE + blue];
        for (sum, level) in sum.iter_mut().zip(colour) {
            *sum += u32::from(level) * u32::from(alpha);
        }
        sum[3] += u32::from(alpha);
    }
    sums.into_iter()
        .filter(|sum| sum[3] > 0)
        .map(cell)
        .collect()
}

fn cell([red, green, blue, weight]: [u32; 4]) -> Cell {
    let mean =
        [red, green, blue].map(|sum| u8::try_from((sum + weight / 2) / weight).unwrap_or(u8::MAX));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a weight needs no more than 24 bits"
    )]
    Cell {
        colour: colour::oklab(colour::linear(mean)),
        weight: weight as f32,
    }
}

/// The initial clusters: the largest cell, and then repeatedly the cell with the most weight times distance.
fn starts(cells: &[Cell]) -> Vec<Oklab> {
    let mut starts: Vec<Oklab> = Vec::with_capacity(COLOURS);
    let mut distances = vec![f32::INFINITY; cells.len()];
    let mut next = largest(cells.iter().map(|cell| cell.weight));
    while let Some(at) = next {
        let start = cells[at].colour;
        starts.push(start);
        if starts.len() == COLOURS {
            break;
        }
        for (nearest, cell) in distances.iter_mut().zip(cells) {
            *nearest = nearest.min(distance(cell.colour, start));
        }
        let badly_served = cells
            .iter()
            .zip(&distances)
            .map(|(cell, distance)| cell.weight * distance);
        next = largest(badly_served).filter(|&at| distances[at] > 0.0);
    }
    starts
}

/// The position of the largest value, the first of equals.
fn largest(values: impl Iterator<Item = f32>) -> Option<usize> {
    let largest = values
        .enumerate()
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    largest.map(|(at, _)| at)
}

fn cluster(cells: &[Cell], starts: Vec<Oklab>) -> Vec<Cell> {
    let mut clusters: Vec<Cell> = starts
        .into_iter()
        .map(|colour| Cell {
            colour,
            weight: 0.0,
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut sums = vec![([0.0_f32; 3], 0.0_f32); clusters.len()];
        for cell in cells {
            let (sum, weight) = &mut sums[nearest(&clusters, cell.colour)];
            for (sum, value) in sum.iter_mut().zip(cell.colour) {
                *sum += cell.weight * value;
            }
            *weight += cell.weight;
        }
        let moved: Vec<Cell> = clusters
            .iter()
            .zip(sums)
            .map(|(cluster, sum)| moved(*cluster, sum))
            .collect();
        let settled = clusters
            .iter()
            .zip(&moved)
            .all(|(old, new)| distance(old.colour, new.colour) < STILL * STILL);
        clusters = moved;
        if settled {
            break;
        }
    }
    clusters
}

/// Moves a cluster to the middle of its cells. A cluster without cells stays where it is.
fn moved(cluster: Cell, (sum, weight): ([f32; 3], f32)) -> Cell {
    let colour = if weight > 0.0 {
        sum.map(|sum| sum / weight)
    } else {
        cluster.colour
    };
    Cell { colour, weight }
}

fn nearest(clusters: &[Cell], colour: Oklab) -> usize {
    let closeness = clusters
        .iter()
        .map(|cluster| -distance(cluster.colour, colour));
    largest(closeness).unwrap_or(0)
}

/// The square of the distance.
fn distance(a: Oklab, b: Oklab) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Joins clusters that look the same, the closest pair first.
fn merge_alike(clusters: &mut Vec<Cell>) {
    while let Some((a, b)) = closest_pair(clusters) {
        if distance(clusters[a].colour, clusters[b].colour) >= SAME * SAME {
            return;
        }
        let gone = clusters.remove(b);
        let kept = &mut clusters[a];
        let weight = kept.weight + gone.weight;
        if weight > 0.0 {
            for (kept_value, gone_value) in kept.colour.iter_mut().zip(gone.colour) {
                *kept_value = (*kept_value * kept.weight + gone_value * gone.weight) / weight;
            }
        }
        kept.weight = weight;
    }
}

fn closest_pair(clusters: &[Cell]) -> Option<(usize, usize)> {
    let pairs = (0..clusters.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let far = |&(a, b): &(usize, usize)| distance(clusters[a].colour, clusters[b].colour);
    pairs.min_by(|one, other| far(one).total_cmp(&far(other)))
}
