//! Turns repeated measurements into the numbers of a table.

use std::{
    fmt::{Display, Formatter, Result},
    time::Duration,
};

/// The median of some measurements, and their range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// # Panics
    ///
    /// If nothing was measured.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Self {
            median,
            least: values[0],
            most: values[values.len() - 1],
        }
    }
}

/// `3.2 (3.0–3.5)`, with as many digits as the format asks for. A single measurement has no range.
impl Display for Spread {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let digits = f.precision().unwrap_or(1);
        write!(f, "{:.digits$}", self.median)?;
        if self.least < self.most {
            write!(f, " ({:.digits$}–{:.digits$})", self.least, self.most)?;
        }
        Ok(())
    }
}

/// The smallest duration that `percent` of them do not exceed (the nearest-rank method).
///
/// # Panics
///
/// If there is none.
pub(crate) fn percentile(durations: &[Duration], percent: usize) -> Duration {
    let mut durations = durations.to_vec();
    durations.sort_unstable();
    let rank = (durations.len() * percent).div_ceil(100).max(1);
    durations[rank - 1]
}

/// Milliseconds with their fraction.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Mebibytes with their fraction.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
    let bytes = bytes as f64;
    bytes / 1024.0 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let odd = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!(format!("{odd:.0}"), "2 (1–3)");
        let even = Spread::of([4.0, 1.0, 2.0, 3.0]);
        assert_eq!(format!("{even:.1}"), "2.5 (1.0–4.0)");
        assert_eq!(format!("{:.2}", Spread::of([1.0])), "1.00");
    }

    #[test]
    fn percentiles_are_measured_values() {
        let durations: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&durations, 50), Duration::from_millis(100));
        assert_eq!(percentile(&durations, 99), Duration::from_millis(198));
        assert_eq!(percentile(&durations[..1], 99), Duration::from_millis(1));
    }
}
