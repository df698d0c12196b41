//! A fingerprint that barely changes when a picture is resized, compressed again or cropped a little.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// 128 bits that are nearly the same for pictures that look the same.
///
/// As text it has 32 hexadecimal digits. Each bit stands for a wave across the picture, the longest wave first. The
/// crate `metadata` computes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Likeness(pub u128);

/// A text that is not a likeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a likeness has 32 hexadecimal digits")]
pub struct InvalidLikeness;

/// The number of hexadecimal digits of a likeness.
const DIGITS: usize = 32;

impl Likeness {
    /// The number of parts that are looked up separately.
    pub const BANDS: usize = 4;
    const BAND_BITS: usize = 16;

    /// The largest number of differing bits at which two pictures count as copies of each other. The example
    /// `near_duplicates` of the crate `metadata` prints what this limit finds and what it mistakes.
    pub const MOST_DISTANCE: u32 = 16;

    /// The largest difference of a channel of the average colours, in levels. It is needed because the waves describe
    /// only brightness.
    pub const MOST_COLOUR_DISTANCE: u8 = 24;

    /// The number of differing bits, 0 to 128.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// The bits of the longest waves in four parts. Two similar likenesses have at least one part in common, with few
    /// exceptions, and an index can find equal parts.
    #[must_use]
    pub fn bands(self) -> [String; Self::BANDS] {
        std::array::from_fn(|band| {
            let below = 128 - Self::BAND_BITS * (band + 1);
            format!("{:04x}", self.0 >> below & 0xffff)
        })
    }

    /// Parses likenesses that are written one after the other; returns none if the text is anything else.
    #[must_use]
    pub fn several(text: &str) -> Vec<Self> {
        let (parts, rest) = text.as_bytes().as_chunks::<DIGITS>();
        let parsed = parts.iter().map(|part| {
            let part = std::str::from_utf8(part).ok()?;
            part.parse().ok()
        });
        let parsed: Option<Vec<_>> = parsed.collect();
        parsed.filter(|_| rest.is_empty()).unwrap_or_default()
    }
}

/// The distance of two colours `#rrggbb`: the largest difference of a channel. `None` if one of them is not a colour.
#[must_use]
pub fn colour_distance(one: &str, other: &str) -> Option<u8> {
    let (one, other) = (channels(one)?, channels(other)?);
    let differences = one
        .iter()
        .zip(other)
        .map(|(one, other)| one.abs_diff(other));
    differences.max()
}

fn channels(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [nothing, channels @ ..] = number.to_be_bytes();
    (digits.len() == 6 && nothing == 0).then_some(channels)
}

impl fmt::Display for Likeness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl FromStr for Likeness {
    type Err = InvalidLikeness;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if text.len() != DIGITS || !is_hexadecimal {
            return Err(InvalidLikeness);
        }
        u128::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| InvalidLikeness)
    }
}

impl TryFrom<String> for Likeness {
    type Error = InvalidLikeness;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Likeness> for String {
    fn from(likeness: Likeness) -> Self {
        likeness.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef00000000000000ff";

    #[test]
    fn its_text_and_its_parts() {
        let likeness: Likeness = TEXT.parse().unwrap();
        assert_eq!(serde_json::to_value(likeness).unwrap(), TEXT);
        assert_eq!(likeness.to_string(), TEXT);
        assert_eq!(likeness.bands(), ["0123", "4567", "89ab", "cdef"]);
        assert_eq!(likeness.distance(Likeness(likeness.0 ^ 0b1011)), 3);
    }

    #[test]
    fn colours_differ_by_their_farthest_channel() {
        assert_eq!(colour_distance("#102030", "#10201f"), Some(0x11));
        for bad in ["", "102030", "#10203", "#1020304", "#10203g"] {
            assert_eq!(colour_distance(bad, "#102030"), None, "{bad}");
        }
    }

    #[test]
    fn several_are_all_or_none() {
        let twice = TEXT.repeat(2);
        assert_eq!(Likeness::several(&twice).len(), 2);
        for bad in ["", "0", &twice[1..], &twice.replace('f', "g")] {
            assert_eq!(Likeness::several(bad), [], "{bad}");
        }
        for bad in ["", "+123456789abcdef00000000000000ff", &twice] {
            assert!(bad.parse::<Likeness>().is_err(), "{bad}");
        }
    }
}
