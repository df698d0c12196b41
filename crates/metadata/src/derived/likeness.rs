//! Hashes by which copies of a picture are found that were resized, compressed again or cropped by up to a twentieth.
//!
//! A hash is the usual one of a discrete cosine transform, as in `pHash` and PDQ: one bit for each of the longest waves across
//! the picture, set where the wave is stronger than the median. Alone it stands no crop, because what is seen moves against
//! the waves. So a record is found by the hash of its *core*, which is left when a twentieth is taken off at each side: any crop
//! of up to a twentieth still holds it. Whoever looks for copies asks with the hashes of all areas that are the
//! core of the other picture, whichever of both is the crop: an area for each usual crop that this one may be of the other,
//! and one for each that the other may be of this one.
//!
//! `cargo run --release -p metadata --example near_duplicates` measures how much of that holds.

mod area;
mod waves;

use contract::Likeness;

use super::luma::Luma;
use area::{Area, Interval};
use waves::{Columns, Waves};

/// The weakest that the median wave may be, in levels of luma: what is plainer is told by noise alone.
const PLAIN: f32 = 0.25;

/// The hashes of a picture, that of its core first; none where it is too plain.
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

    /// The other hashes, one behind the other.
    pub(super) fn crops(&self) -> Option<String> {
        let crops: String = self.0.iter().skip(1).map(Likeness::to_string).collect();
        Some(crops).filter(|crops| !crops.is_empty())
    }
}
