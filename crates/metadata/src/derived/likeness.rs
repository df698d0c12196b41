//! Hashes that find copies of a picture that were resized, compressed again or cropped by up to a twentieth.
//!
//! A hash comes from a discrete cosine transform, as in `pHash` and PDQ. It has one bit for each of the longest waves
//! across the picture; the bit is set if the wave is stronger than the median. Such a hash alone does not survive a
//! crop, because a crop shifts the picture against the waves. So a record is found by the hash of its *core*, which is
//! what remains when a twentieth is taken off at each side: any crop of up to a twentieth still contains it. A search
//! for copies uses the hashes of all areas that may be the core of the other picture, whichever of the two is the crop:
//! an area for each usual crop that this picture may be of the other, and one for each that the other may be of this
//! one.
//!
//! `cargo run --release -p metadata --example near_duplicates` measures how well that works.

mod area;
mod waves;

use contract::Likeness;

use super::luma::Luma;
use area::{Area, Interval};
use waves::{Columns, Waves};

/// The minimum strength of the median wave, in levels of luma. Plainer pictures would be distinguished by noise alone.
const PLAIN: f32 = 0.25;

/// The hashes of a picture, that of its core first; none if it is too plain.
pub(super) struct Likenesses(Vec<Likeness>);

impl Likenesses {
    pub(super) fn of(luma: &Luma) -> Self {
        let core = Waves::of(luma, &Columns::of(luma, Interval::CORE), Interval::CORE);
        if core.median_strength() < PLAIN {
            return Self(Vec::new());
        }
        let mut hashes = vec![core.hash()];
        for (across, downs) in Area::cores_of_copies() {
            let columns = Columns::of(luma, across);
            for down in downs {
                let hash = Waves::of(luma, &columns, down).hash();
                if !hashes.contains(&hash) {
                    hashes.push(hash);
                }
            }
        }
        Self(hashes)
    }

    /// The hash of the core.
    pub(super) fn core(&self) -> Option<Likeness> {
        self.0.first().copied()
    }

    /// The other hashes, one after the other.
    pub(super) fn crops(&self) -> Option<String> {
        let crops: String = self.0.iter().skip(1).map(Likeness::to_string).collect();
        Some(crops).filter(|crops| !crops.is_empty())
    }
}
