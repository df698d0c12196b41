//! Groups similar macroblocks.

use crate::segment::{Ease, SEGMENTS};

/// Divides values into at most four groups around their centres. Returns the group of each, and how easy each group is.
pub(crate) fn grouped(eases: &[u8]) -> (Vec<u8>, Vec<Ease>) {
    let mut histogram = [0; 256];
    for ease in eases {
        histogram[usize::from(*ease)] += 1;
    }
    let Groups {
        centres,
        mean,
        nearest,
    } = Groups::of(&histogram);
    let (least, most) = (
        centres.iter().copied().min().unwrap_or(0),
        centres.iter().copied().max().unwrap_or(0),
    );
    let range = (most - least).max(1);
    let groups = centres.map(|centre| Ease {
        beside_mean: (255 * (centre - mean) / range).clamp(-127, 127),
        above_least: (255 * (centre - least) / range).clamp(0, 255),
    });
    let segments = eases
        .iter()
        .map(|ease| nearest[usize::from(*ease)])
        .collect();
    (segments, groups.to_vec())
}

/// Groups of values.
struct Groups {
    centres: [i32; SEGMENTS],
    /// The mean of all values.
    mean: i32,
    /// The group of each value.
    nearest: [u8; 256],
}

/// How often the centres are moved at most, and how little movement ends this.
const ROUNDS: usize = 6;
const ENOUGH: i32 = 5;

impl Groups {
    /// Lloyd's algorithm, starting from evenly spread centres.
    fn of(histogram: &[i32; 256]) -> Self {
        let used = |index: &usize| histogram[*index] > 0;
        let first = (0..256).find(used).unwrap_or(0);
        let last = (0..256).rfind(used).unwrap_or(0);
        let (lowest, range) = (index(first), index(last) - index(first));
        let spread = |group: usize| lowest + (2 * index(group) + 1) * range / 8;
        let mut groups = Self {
            centres: std::array::from_fn(spread),
            mean: 0,
            nearest: [0; 256],
        };
        for _ in 0..ROUNDS {
            if groups.improve(histogram) < ENOUGH {
                break;
            }
        }
        groups
    }

    /// Assigns each value to its nearest centre, moves the centres to the middle of their values, and returns by how
    /// much.
    fn improve(&mut self, histogram: &[i32; 256]) -> i32 {
        // Sums and numbers of values.
        let mut sums = [(0_i64, 0_i64); SEGMENTS];
        let mut group = 0;
        for (value, count) in histogram
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let away = |group: usize| (index(value) - self.centres[group]).abs();
            while group + 1 < SEGMENTS && away(group + 1) < away(group) {
                group += 1;
            }
            self.nearest[value] = group.to_le_bytes()[0];
            sums[group].0 += i64::from(index(value)) * i64::from(*count);
            sums[group].1 += i64::from(*count);
        }
        let mut moved = 0;
        for (centre, sum) in self.centres.iter_mut().zip(sums) {
            if let Some(new) = rounded_mean(sum) {
                moved += (*centre - new).abs();
                *centre = new;
            }
        }
        let all = self.centres.iter().zip(sums);
        let all = all.fold((0, 0), |(sum, total), (centre, (_, count))| {
            (sum + i64::from(*centre) * count, total + count)
        });
        self.mean = rounded_mean(all).unwrap_or(0);
        moved
    }
}

/// The mean of some values, if there are any.
fn rounded_mean((sum, count): (i64, i64)) -> Option<i32> {
    let mean = (sum + count / 2).checked_div(count)?;
    i32::try_from(mean).ok()
}

/// A number below 256.
fn index(value: usize) -> i32 {
    i32::from(value.to_le_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn values_come_together_with_those_near_them() {
        let values = [[10, 12], [90, 91], [150, 149], [250, 251]];
        let (groups, eases) = grouped(values.as_flattened());
        assert_eq!(groups, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert!(eases.is_sorted_by_key(|ease| ease.beside_mean));
        assert_eq!((eases[0].above_least, eases[3].above_least), (0, 255));
    }

    #[test]
    fn what_is_all_the_same_is_one_group() {
        let (groups, eases) = grouped(&[77; 9]);
        assert_eq!(groups.iter().max(), groups.iter().min());
        assert_eq!(eases[usize::from(groups[0])].beside_mean, 0);
    }
}
