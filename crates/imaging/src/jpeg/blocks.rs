//! The quantised blocks of a component.

use super::dct::{AREA, AT_ONCE, Group};

/// Blocks, row by row, in groups that lie side by side. The last group of a row may have more than there are in the row.
pub(crate) struct Blocks {
    across: usize,
    groups: Vec<Group>,
}

/// One block of a group.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    group: &'a Group,
    lane: usize,
}

impl Blocks {
    /// So many blocks of zeros, across and down.
    pub(crate) fn zero(across: usize, down: usize) -> Self {
        let zero = Group {
            coefficients: [[0; AT_ONCE]; AREA],
            nonzero: [0; AT_ONCE],
        };
        Self {
            across,
            groups: vec![zero; across.div_ceil(AT_ONCE) * down],
        }
    }

    /// The groups of each row.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [Group]> {
        self.groups.chunks_exact_mut(self.across.div_ceil(AT_ONCE))
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.groups.len() / self.across.div_ceil(AT_ONCE) * self.across
    }

    /// Every block, row by row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Block<'_>> {
        self.groups
            .chunks_exact(self.across.div_ceil(AT_ONCE))
            .flat_map(|groups| {
                groups
                    .iter()
                    .flat_map(|group| (0..AT_ONCE).map(move |lane| Block { group, lane }))
                    .take(self.across)
            })
    }
}

impl Block<'_> {
    /// The coefficient at an index from 0 to 63.
    pub(crate) fn coefficient(self, index: u32) -> i32 {
        self.group.coefficients[index as usize % AREA][self.lane].into()
    }

    /// Which coefficients are not zero: bit `n` is that of the coefficient `n`.
    pub(crate) fn nonzero(self) -> u64 {
        self.group.nonzero[self.lane]
    }
}
