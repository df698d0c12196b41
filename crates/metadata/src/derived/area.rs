//! Resamples by area: each new pixel is the mean of the part of the old picture that it covers.

/// Resamples a plane of `N` channels to a new size, larger or smaller.
pub(super) fn resample<const N: usize>(
    plane: &[[f32; N]],
    (width, height): (usize, usize),
    (new_width, new_height): (usize, usize),
) -> Vec<[f32; N]> {
    let (columns, rows) = (spans(width, new_width), spans(height, new_height));
    let narrowed: Vec<[f32; N]> = plane
        .chunks_exact(width)
        .flat_map(|row| columns.iter().map(|span| span.mean(|x| row[x])))
        .collect();
    rows.iter()
        .flat_map(|span| {
            let narrowed = &narrowed;
            (0..new_width).map(move |x| span.mean(|y| narrowed[y * new_width + x]))
        })
        .collect()
}

/// The old pixels that a new pixel covers. It may cover the first and the last only in part.
struct Span {
    first: usize,
    weights: Vec<f32>,
}

impl Span {
    fn mean<const N: usize>(&self, at: impl Fn(usize) -> [f32; N]) -> [f32; N] {
        let mut sum = [0.0; N];
        for (offset, weight) in self.weights.iter().enumerate() {
            for (sum, value) in sum.iter_mut().zip(at(self.first + offset)) {
                *sum += weight * value;
            }
        }
        sum
    }
}

/// The spans of all new pixels. In units of which an old pixel has `new` and a new pixel has `old`,
/// every border is a whole number, so the weights are exact.
fn spans(old: usize, new: usize) -> Vec<Span> {
    (0..new)
        .map(|at| {
            let (start, end) = (at * old, (at + 1) * old);
            let (first, last) = (start / new, (end - 1) / new);
            let weights = (first..=last)
                .map(|pixel| {
                    let covered = end.min((pixel + 1) * new) - start.max(pixel * new);
                    ratio(covered, old)
                })
                .collect();
            Span { first, weights }
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "previews are a few hundred pixels wide"
)]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_by_covered_area() {
        let plane = [[0.0], [3.0], [6.0]];
        let halves = resample(&plane, (3, 1), (2, 1));
        assert!(
            (halves[0][0] - 1.0).abs() < 1e-6 && (halves[1][0] - 5.0).abs() < 1e-6,
            "{halves:?}"
        );
        assert_eq!(resample(&[[7.0]], (1, 1), (3, 2)), [[7.0]; 6]);
    }
}
