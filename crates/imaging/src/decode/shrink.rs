//! Reduces by a whole factor while rows arrive, so that a picture much larger than needed is never held in full.

use crate::raster::Model;

/// Averages squares of pixels. Colours are weighted by their alpha, as in a premultiplied average.
pub(super) struct Shrink<T> {
    factor: usize,
    model: Model,
    width: usize,
    sums: Vec<u64>,
    rows: u64,
    output: Vec<T>,
}

/// A sample of 8 or 16 bits.
pub(super) trait Sample: Copy + Into<u64> + TryFrom<u64> + Default {}

impl Sample for u8 {}
impl Sample for u16 {}

impl<T: Sample> Shrink<T> {
    pub(super) fn new(factor: u32, model: Model, width: u32, height: u32) -> Self {
        let factor = factor as usize;
        let reduced = (width as usize).div_ceil(factor) * model.channels();
        Self {
            factor,
            model,
            width: width as usize,
            sums: vec![0; reduced],
            rows: 0,
            output: Vec::with_capacity(reduced * (height as usize).div_ceil(factor)),
        }
    }

    /// Takes the next row of the picture.
    pub(super) fn push(&mut self, row: &[T]) {
        if self.factor == 1 {
            self.output.extend_from_slice(row);
            return;
        }
        match self.model {
            Model::Grey => self.add::<1>(row),
            Model::Rgb | Model::Lab => self.add::<3>(row),
            Model::Cmyk => self.add::<4>(row),
            Model::GreyAlpha => self.add_weighted::<2>(row),
            Model::RgbAlpha => self.add_weighted::<4>(row),
        }
        self.rows += 1;
        if self.rows == self.factor as u64 {
            self.emit();
        }
    }

    /// The reduced picture. The last row of squares may consist of fewer rows.
    pub(super) fn finish(mut self) -> Vec<T> {
        if self.rows > 0 {
            self.emit();
        }
        self.output
    }

    fn add<const N: usize>(&mut self, row: &[T]) {
        for (sums, square) in self
            .sums
            .chunks_exact_mut(N)
            .zip(row.chunks(self.factor * N))
        {
            for pixel in square.chunks_exact(N) {
                for (sum, sample) in sums.iter_mut().zip(pixel) {
                    *sum += (*sample).into();
                }
            }
        }
    }

    fn add_weighted<const N: usize>(&mut self, row: &[T]) {
        for (sums, square) in self
            .sums
            .chunks_exact_mut(N)
            .zip(row.chunks(self.factor * N))
        {
            for pixel in square.chunks_exact(N) {
                let alpha: u64 = pixel[N - 1].into();
                for (sum, sample) in sums.iter_mut().zip(&pixel[..N - 1]) {
                    *sum += (*sample).into() * alpha;
                }
                sums[N - 1] += alpha;
            }
        }
    }

    fn emit(&mut self) {
        let channels = self.model.channels();
        for (index, sums) in self.sums.chunks_exact_mut(channels).enumerate() {
            let columns = self.factor.min(self.width - index * self.factor) as u64;
            let pixels = columns * self.rows;
            let average = |sum: u64, weight: u64| {
                // A fully transparent square has no colour.
                let average = (sum + weight / 2).checked_div(weight).unwrap_or_default();
                T::try_from(average).unwrap_or_default()
            };
            if self.model.has_alpha() {
                let alpha = sums[channels - 1];
                self.output
                    .extend(sums[..channels - 1].iter().map(|sum| average(*sum, alpha)));
                self.output.push(average(alpha, pixels));
            } else {
                self.output
                    .extend(sums.iter().map(|sum| average(*sum, pixels)));
            }
            sums.fill(0);
        }
        self.rows = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Shrink;
    use crate::raster::Model;

    fn shrink(model: Model, factor: u32, width: u32, rows: &[&[u8]]) -> Vec<u8> {
        let mut shrink = Shrink::new(
            factor,
            model,
            width,
            u32::try_from(rows.len()).expect("few rows"),
        );
        rows.iter().for_each(|row| shrink.push(row));
        shrink.finish()
    }

    #[test]
    fn squares_are_averaged_and_the_last_ones_may_be_smaller() {
        assert_eq!(
            shrink(
                Model::Grey,
                2,
                3,
                &[&[0, 10, 50], &[20, 30, 70], &[8, 12, 99]]
            ),
            [15, 60, 10, 99]
        );
        assert_eq!(shrink(Model::Grey, 1, 2, &[&[1, 2], &[3, 4]]), [1, 2, 3, 4]);
    }

    #[test]
    fn transparent_pixels_lend_no_colour() {
        assert_eq!(
            shrink(Model::GreyAlpha, 2, 2, &[&[200, 255, 0, 0]]),
            [200, 128]
        );
        assert_eq!(shrink(Model::GreyAlpha, 2, 2, &[&[9, 0, 7, 0]]), [0, 0]);
    }
}
