//! Finds images that look the same by the likenesses in their records.
//!
//! A record has one hash of 128 bits, and its four parts as separate fields, which the database has an index for. A
//! query asks for the records that share one of the parts that a copy would have. The distance of the whole hashes then
//! decides which of these candidates are copies. The crate `metadata` explains how the hashes are made.

use std::cmp::Ordering;

use contract::{Derived, Likeness, Record, RecordId, likeness::colour_distance};
use serde::Deserialize;

use super::{Records, filter::Filter};
use crate::error::Error;

/// The most images in an answer.
pub const MOST: usize = 24;

/// The most candidates that are looked at. About sixty are expected among 100,000 records.
const MOST_CANDIDATES: usize = 4_000;

/// What copies of a picture would have in their records.
#[derive(Clone, Debug)]
pub struct Sought {
    /// The average colour, `#rrggbb`.
    colour: Option<String>,
    likenesses: Vec<Likeness>,
}

/// A record that looks the same.
#[derive(Clone, Debug)]
pub struct Similar {
    /// The record, as in a listing.
    pub record: Record,
    /// The number of differing bits of 128.
    pub distance: u32,
    /// Whether it is about exactly the same bytes.
    pub same_file: bool,
}

/// A record that may look the same.
#[derive(Debug, Deserialize)]
pub(super) struct Candidate {
    id: RecordId,
    likeness: Likeness,
    #[serde(default)]
    colour: Option<String>,
}

impl Sought {
    /// What is sought for a picture. `None` if the picture is too plain to be distinguished from others, or its record
    /// is older than likenesses.
    #[must_use]
    pub fn of(derived: &Derived) -> Option<Self> {
        let own = derived.likeness.as_deref()?.parse().ok()?;
        let crops = derived.likeness_crops.as_deref().unwrap_or_default();
        let mut likenesses = Likeness::several(crops);
        likenesses.push(own);
        Some(Self {
            colour: derived.average_colour.clone(),
            likenesses,
        })
    }

    /// The possible values of each band of a copy's record, each once.
    pub(super) fn bands(&self) -> [Vec<String>; Likeness::BANDS] {
        let all: Vec<_> = self.likenesses.iter().map(|one| one.bands()).collect();
        std::array::from_fn(|band| {
            let mut values: Vec<_> = all.iter().map(|bands| bands[band].clone()).collect();
            values.sort_unstable();
            values.dedup();
            values
        })
    }

    /// The distance of a record's likeness from the nearest one that a copy would have.
    #[must_use]
    pub fn distance(&self, likeness: Likeness) -> u32 {
        let distances = self.likenesses.iter().map(|own| own.distance(likeness));
        distances.min().unwrap_or(u32::MAX)
    }

    /// Whether a colour is far from the picture's. An unknown colour never is.
    fn is_of_another_colour(&self, candidate: &Candidate) -> bool {
        let colours = self.colour.as_deref().zip(candidate.colour.as_deref());
        let distance = colours.and_then(|(one, other)| colour_distance(one, other));
        distance.is_some_and(|distance| distance > Likeness::MOST_COLOUR_DISTANCE)
    }

    /// The candidates that look the same, the nearest first, with their distances.
    fn nearest(&self, candidates: &[Candidate]) -> Vec<(RecordId, u32)> {
        let mut near: Vec<_> = candidates
            .iter()
            .filter(|candidate| !self.is_of_another_colour(candidate))
            .map(|candidate| (self.distance(candidate.likeness), &candidate.id))
            .filter(|(distance, _)| *distance <= Likeness::MOST_DISTANCE)
            .collect();
        near.sort_unstable_by(|(a, one), (b, other)| match a.cmp(b) {
            Ordering::Equal => one.as_str().cmp(other.as_str()),
            unequal => unequal,
        });
        let nearest = near.into_iter().take(MOST);
        nearest
            .map(|(distance, id)| (id.clone(), distance))
            .collect()
    }
}

impl Records {
    /// The records that look like `record`, among those that `filter` allows: the nearest first, and at most [`MOST`].
    pub async fn similar(&self, filter: &Filter, record: &Record) -> Result<Vec<Similar>, Error> {
        let Some(sought) = record.derived.as_ref().and_then(Sought::of) else {
            return Ok(Vec::new());
        };
        let query = filter.candidates(&sought)?;
        let mut candidates: Vec<Candidate> = self.query(query, MOST_CANDIDATES).await?;
        candidates.retain(|candidate| candidate.id != record.id);
        let nearest = sought.nearest(&candidates);
        if nearest.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = nearest.iter().map(|(id, _)| id.as_str()).collect();
        let mut records: Vec<Record> = self.query(filter.these(&ids)?, MOST).await?;
        let place = |id: &RecordId| nearest.iter().position(|(near, _)| near == id);
        records.sort_by_key(|record| place(&record.id));
        let similar = records.into_iter().filter_map(|other| {
            let (_, distance) = nearest.get(place(&other.id)?)?;
            Some(Similar {
                distance: *distance,
                same_file: other.file.sha256.is_some() && other.file.sha256 == record.file.sha256,
                record: other,
            })
        });
        Ok(similar.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, bits: u128) -> Candidate {
        Candidate {
            id: RecordId::from_name(name),
            likeness: Likeness(bits),
            colour: None,
        }
    }

    #[test]
    fn the_nearest_come_first_and_the_far_not_at_all() {
        let derived = Derived {
            likeness: Some(Likeness(0).to_string()),
            likeness_crops: Some(Likeness(u128::MAX).to_string()),
            ..Derived::default()
        };
        let sought = Sought::of(&derived).unwrap();
        let far = (1 << (Likeness::MOST_DISTANCE + 1)) - 1;
        let near = sought.nearest(&[
            candidate("far", far),
            candidate("b", 0b11),
            candidate("a", 0b101),
            candidate("crop", u128::MAX - 1),
        ]);
        let near: Vec<_> = near
            .iter()
            .map(|(id, distance)| (id.as_str(), *distance))
            .collect();
        assert_eq!(near, [("crop", 1), ("a", 2), ("b", 2)]);
        assert_eq!(sought.bands()[0], ["0000", "ffff"]);
    }

    #[test]
    fn nothing_is_sought_without_a_likeness() {
        assert!(Sought::of(&Derived::default()).is_none());
    }
}
