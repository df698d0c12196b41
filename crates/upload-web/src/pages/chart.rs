//! Curves and bars as attributes of SVG elements. The content security policy allows no inline
//! styles, and none are needed.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The number of bins of each colour in a record's histogram.
const BINS: usize = 64;

/// One colour's curve of a histogram.
pub struct Curve {
    /// The CSS class that gives its colour.
    pub class: &'static str,
    /// The outline of its area, in a box of 256 by 100.
    pub points: String,
}

/// The curves of a record's histogram; none if the text is not a histogram.
#[must_use]
pub fn histogram(base64: &str) -> Vec<Curve> {
    let bins = BASE64_STANDARD.decode(base64).unwrap_or_default();
    if bins.len() != 3 * BINS {
        return Vec::new();
    }
    let curves = ["red", "green", "blue"].into_iter().zip(bins.chunks(BINS));
    curves
        .map(|(class, bins)| Curve {
            class,
            points: outline(bins),
        })
        .collect()
}

/// Draws from the lower left over every bin to the lower right.
fn outline(bins: &[u8]) -> String {
    let mut points = "0,100".to_owned();
    for (at, &bin) in bins.iter().enumerate() {
        // The square root keeps small bins visible beside large ones.
        let height = (f64::from(bin) / 255.0).sqrt() * 98.0;
        let _ = write!(points, " {},{:.1}", at * 256 / (BINS - 1), 100.0 - height);
    }
    points.push_str(" 256,100");
    points
}

/// One bar of a chart.
pub struct Bar {
    /// Its label.
    pub label: String,
    /// The value, as text beside it.
    pub value: String,
    /// Its length in per cent of the longest bar, at least long enough to be visible.
    pub length: String,
}

/// Bars scaled so that the longest has full length.
#[must_use]
pub fn bars(values: impl IntoIterator<Item = (String, String, u64)>) -> Vec<Bar> {
    let values: Vec<_> = values.into_iter().collect();
    let longest = values.iter().map(|&(_, _, value)| value).max();
    values
        .into_iter()
        .map(|(label, text, value)| Bar {
            label,
            value: text,
            length: part(value, longest.unwrap_or_default(), 100.0),
        })
        .collect()
}

/// `value` as a part of `whole`, scaled to `full` and with one decimal. A value above zero gives at
/// least one.
#[must_use]
pub fn part(value: u64, whole: u64, full: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let share = value as f64 / whole.max(1) as f64 * full;
    let share = if value > 0 { share.max(1.0) } else { share };
    format!("{share:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_becomes_three_outlines() {
        let mut bins = [0_u8; 192];
        bins[0] = 255;
        let curves = histogram(&BASE64_STANDARD.encode(bins));
        assert_eq!(curves.len(), 3);
        assert!(curves[0].points.starts_with("0,100 0,2.0 4,100.0"));
        assert!(curves[0].points.ends_with(" 256,100.0 256,100"));
        assert!(histogram("AAAA").is_empty());
    }

    #[test]
    fn the_longest_bar_is_full_and_no_bar_vanishes() {
        let bars =
            bars([("a", 1000), ("b", 1), ("c", 0)].map(|(l, v)| (l.into(), String::new(), v)));
        let lengths: Vec<_> = bars.iter().map(|bar| bar.length.as_str()).collect();
        assert_eq!(lengths, ["100.0", "1.0", "0.0"]);
    }
}
