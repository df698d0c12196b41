//! The picture in grey, on a white page.

use super::{Pixels, rounded};

/// Luma by ITU-R BT.601 of the sRGB values, 0 to 255, as most image tools measure it.
pub(super) struct Luma {
    pub(super) levels: Vec<u8>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The luma of a picture on white, so that invisible pixels do not count.
pub(super) fn on_white(pixels: Pixels<'_>) -> Luma {
    let levels = pixels.rgba.iter().map(|&[red, green, blue, alpha]| {
        let [red, green, blue, alpha] = [red, green, blue, alpha].map(u32::from);
        // Weights are in thousandths and opacity in 255ths, so whole numbers are exact.
        let seen = (299 * red + 587 * green + 114 * blue) * alpha + 1000 * 255 * (255 - alpha);
        u8::try_from((seen + 127_500) / 255_000).unwrap_or(u8::MAX)
    });
    Luma {
        levels: levels.collect(),
        width: pixels.width,
        height: pixels.height,
    }
}

impl Luma {
    /// Shannon entropy of the levels in bits, 0 to 8.
    pub(super) fn entropy(&self) -> f64 {
        let mut counts = [0_u32; 256];
        for &level in &self.levels {
            counts[usize::from(level)] += 1;
        }
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        let bits: f64 = counts
            .iter()
            .filter(|&&count| count > 0)
            .map(|&count| {
                let share = f64::from(count) / total;
                -share * share.log2()
            })
            .sum();
        // A single level gives a negative zero.
        rounded(bits.abs(), 4)
    }

    /// Variance of the four-neighbour Laplacian over the pixels that have all neighbours; `None` if there are no such
    /// pixels.
    pub(super) fn sharpness(&self) -> Option<f64> {
        let rows = self.levels.chunks_exact(self.width);
        let (mut sum, mut squares, mut count) = (0_i64, 0_i64, 0_u32);
        for ((above, row), below) in rows.clone().zip(rows.clone().skip(1)).zip(rows.skip(2)) {
            for ((above, row), below) in above.windows(3).zip(row.windows(3)).zip(below.windows(3))
            {
                let level = |byte: u8| i64::from(byte);
                let around = level(above[1]) + level(row[0]) + level(row[2]) + level(below[1]);
                let laplacian = around - 4 * level(row[1]);
                sum += laplacian;
                squares += laplacian * laplacian;
                count += 1;
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the sums of a preview are far below 2^53"
        )]
        let (sum, squares) = (sum as f64, squares as f64);
        let count = (count > 0).then_some(f64::from(count))?;
        Some(rounded(squares / count - (sum / count).powi(2), 2))
    }
}
