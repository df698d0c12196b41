//! The point of a picture that its uploader wants crops to keep.

use std::{fmt, str::FromStr};

/// A point of the displayed picture, `0.3,0.7`: fractions of its width from the left and of its height from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FocusPoint {
    /// From the left, 0 to 1.
    pub x: f64,
    /// From the top, 0 to 1.
    pub y: f64,
}

/// A text that is not a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The focus is not a point such as 0.3,0.7: two numbers from 0 to 1, separated by a comma, for \
     the distance from the left and from the top."
)]
pub struct InvalidFocus;

impl FocusPoint {
    /// The code of the warning about an invalid focus, which is ignored.
    pub const INVALID: &str = "focus-invalid";
}

impl FromStr for FocusPoint {
    type Err = InvalidFocus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share = |text: &str| {
            let number: f64 = text.trim().parse().ok()?;
            (0.0..=1.0).contains(&number).then_some(number)
        };
        let (x, y) = text.split_once(',').ok_or(InvalidFocus)?;
        share(x)
            .zip(share(y))
            .map(|(x, y)| Self { x, y })
            .ok_or(InvalidFocus)
    }
}

impl fmt::Display for FocusPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{},{}", self.x, self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_two_shares() {
        for (text, x, y) in [
            ("0.3,0.7", 0.3, 0.7),
            (" 0 , 1 ", 0.0, 1.0),
            ("1,.5", 1.0, 0.5),
        ] {
            let point: FocusPoint = text.parse().unwrap();
            assert_eq!(point, FocusPoint { x, y });
            assert_eq!(point.to_string().parse(), Ok(point));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "0.3",
            "0.3;0.7",
            "0.3,0.7,0.1",
            "-0.1,0",
            "0,1.01",
            "NaN,0",
            "inf,0",
            "30%,70%",
        ] {
            assert_eq!(text.parse::<FocusPoint>(), Err(InvalidFocus), "{text}");
        }
    }
}
