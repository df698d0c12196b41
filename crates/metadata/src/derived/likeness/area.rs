//! The parts of a picture that are hashed.

/// What a crop takes off, as a fraction of the width or height.
const CROP: f64 = 0.05;

/// A part of a side, as fractions from its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) start: f64,
    pub(super) end: f64,
}

/// A part of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    across: Interval,
    down: Interval,
}

impl Interval {
    const WHOLE: Self = Self::between(0.0, 1.0);
    const WITHOUT_BEGINNING: Self = Self::between(CROP, 1.0);
    const WITHOUT_END: Self = Self::between(0.0, 1.0 - CROP);
    const MIDDLE: Self = Self::between(CROP / 2.0, 1.0 - CROP / 2.0);

    /// The part that every crop leaves.
    pub(super) const CORE: Self = Self::between(CROP, 1.0 - CROP);

    const fn between(start: f64, end: f64) -> Self {
        Self { start, end }
    }

    /// The core of a cropped side, as a part of the side before the crop.
    fn core_within(self) -> Self {
        let at = |share: f64| self.start + share * (self.end - self.start);
        Self::between(at(Self::CORE.start), at(Self::CORE.end))
    }

    /// The core of the side before the crop, as a part of the cropped side.
    fn core_around(self) -> Self {
        let share = |at: f64| (at - self.start) / (self.end - self.start);
        Self::between(share(Self::CORE.start), share(Self::CORE.end))
    }
}

impl Area {
    /// The areas where the core of a copy may be, grouped by their part of the width.
    pub(super) fn cores_of_copies() -> Vec<(Interval, Vec<Interval>)> {
        let mut areas: Vec<(Interval, Vec<Interval>)> = Vec::new();
        for core in [Interval::core_around, Interval::core_within] {
            for crop in Self::usual_crops() {
                let (across, down) = (core(crop.across), core(crop.down));
                match areas.iter_mut().find(|(other, _)| *other == across) {
                    Some((_, downs)) => downs.push(down),
                    None => areas.push((across, vec![down])),
                }
            }
        }
        areas
    }

    /// The usual crops: one side or two adjacent sides are cut off, or the middle is kept.
    fn usual_crops() -> Vec<Self> {
        let sides = [
            Interval::WHOLE,
            Interval::WITHOUT_BEGINNING,
            Interval::WITHOUT_END,
        ];
        let cut = sides
            .iter()
            .flat_map(|across| {
                sides.map(|down| Self {
                    across: *across,
                    down,
                })
            })
            .filter(|area| area.across != Interval::WHOLE || area.down != Interval::WHOLE);
        let middle = Self {
            across: Interval::MIDDLE,
            down: Interval::MIDDLE,
        };
        cut.chain([middle]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: Interval, other: Interval) -> bool {
        (one.start - other.start).abs() < 1e-9 && (one.end - other.end).abs() < 1e-9
    }

    #[test]
    fn a_core_is_the_same_seen_from_both_sides() {
        for crop in [Interval::WITHOUT_BEGINNING, Interval::MIDDLE] {
            let around = crop.core_around();
            let at = |share: f64| crop.start + share * (crop.end - crop.start);
            let seen = Interval::between(at(around.start), at(around.end));
            assert!(near(seen, Interval::CORE), "{crop:?}");
        }
        let within = Interval::WITHOUT_END.core_within();
        assert!(
            near(within, Interval::between(0.0475, 0.9025)),
            "{within:?}"
        );
        assert!(near(Interval::WHOLE.core_around(), Interval::CORE));
    }

    #[test]
    fn no_area_leaves_the_picture() {
        let areas = Area::cores_of_copies();
        let count: usize = areas.iter().map(|(_, downs)| downs.len()).sum();
        assert_eq!(count, 18);
        let all = areas
            .iter()
            .flat_map(|(across, downs)| [&[*across], downs.as_slice()].concat());
        for interval in all {
            assert!((-1e-9..=1.0 + 1e-9).contains(&interval.start));
            assert!((-1e-9..=1.0 + 1e-9).contains(&interval.end));
        }
    }
}
