//! The hosting plans on which bursts are simulated, and how each scales.

/// How a hosting plan scales. Times are in milliseconds.
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) cores: usize,
    /// Instances that exist before the burst.
    pub(super) first: usize,
    pub(super) most: usize,
    /// The most instances that one decision adds.
    pub(super) step: usize,
    /// Time between decisions.
    pub(super) pace: u64,
    /// Time until a new instance is ready.
    pub(super) start: u64,
}

pub(super) const PLANS: [Plan; 4] = [
    Plan {
        name: "Flex Consumption, 2 GB, at most 40",
        cores: 1,
        first: 0,
        most: 40,
        step: 10,
        pace: 10_000,
        start: 3_000,
    },
    Plan {
        name: "Flex Consumption, 2 GB, at most 200",
        cores: 1,
        first: 0,
        most: 200,
        step: 10,
        pace: 10_000,
        start: 3_000,
    },
    Plan {
        name: "Elastic Premium EP2, 1 to 20",
        cores: 2,
        first: 1,
        most: 20,
        step: 4,
        pace: 30_000,
        start: 15_000,
    },
    Plan {
        name: "Dedicated P1v3, 3 fixed",
        cores: 2,
        first: 3,
        most: 3,
        step: 0,
        pace: 60_000,
        start: 0,
    },
];
