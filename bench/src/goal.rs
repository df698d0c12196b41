//! Goals for the measured numbers.

/// A goal, and whether it was reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The goal in words.
    pub(crate) text: String,
    /// What was measured, with its unit.
    pub(crate) measured: String,
    pub(crate) met: bool,
}

impl Goal {
    /// The measured number may be at most `limit`. Both are shown with `digits` decimals.
    pub(crate) fn at_most(
        text: &str,
        measured: f64,
        limit: f64,
        unit: &str,
        digits: usize,
    ) -> Self {
        Self {
            text: format!("{text}: at most {limit:.digits$}{unit}"),
            measured: format!("{measured:.digits$}{unit}"),
            met: measured <= limit,
        }
    }

    /// The measured number must be at least `limit`.
    pub(crate) fn at_least(
        text: &str,
        measured: f64,
        limit: f64,
        unit: &str,
        digits: usize,
    ) -> Self {
        Self {
            text: format!("{text}: at least {limit:.digits$}{unit}"),
            measured: format!("{measured:.digits$}{unit}"),
            met: measured >= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_rounded_is_judged_exactly() {
        let goal = Goal::at_most("Size", 1.004, 1.0, " MiB", 2);
        assert_eq!(goal.text, "Size: at most 1.00 MiB");
        assert_eq!(goal.measured, "1.00 MiB");
        assert!(!goal.met);
        assert!(Goal::at_least("Speed", 3.0, 3.0, "×", 1).met);
    }
}
