//! Formats numbers for people.

use std::time::Duration;

/// Formats bytes as `2.9 MB`, in decimal units like storage bills and file managers.
pub(crate) fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
    let exact = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..10_000 => format!("{:.1} kB", exact / 1e3),
        10_000..1_000_000 => format!("{:.0} kB", exact / 1e3),
        1_000_000..10_000_000 => format!("{:.1} MB", exact / 1e6),
        _ => format!("{:.0} MB", exact / 1e6),
    }
}

/// Formats as `0.84 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Formats as `1 file`, `3 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_or_three_digits() {
        let shown = [0, 999, 1_000, 8_149, 34_567, 2_949_120, 61_000_000].map(bytes);
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.0 kB", "8.1 kB", "35 kB", "2.9 MB", "61 MB"
            ]
        );
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [0, 1, 2].map(|n| count(n, "file")),
            ["0 files", "1 file", "2 files"]
        );
    }
}
