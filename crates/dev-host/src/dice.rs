//! Repeatable random numbers: the same seed gives the same numbers.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A seeded generator that all users share.
#[derive(Debug)]
pub(crate) struct Dice(Mutex<u64>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Numbers for the faults of `whose`, with a log line that says how to repeat them.
    pub(crate) fn announced(whose: &str, seed: u64) -> Self {
        if tracing::dispatcher::has_been_set() {
            tracing::info!("The faults of {whose} have the seed {seed}");
        } else {
            print_seed(whose, seed);
        }
        Self::new(seed)
    }

    /// Any number. This is SplitMix64. Source: <https://prng.di.unimi.it/splitmix64.c>.
    fn next(&self) -> u64 {
        // No code that holds the lock can panic in the middle of a change.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = *state;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number from 0 (inclusive) to 1 (exclusive).
    pub(crate) fn fraction(&self) -> f64 {
        // This many bits are exact in a float.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A time up to `longest`.
    pub(crate) fn time(&self, longest: Duration) -> Duration {
        longest.mul_f64(self.fraction())
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a test that fails shows its standard error, but seldom has a log"
)]
fn print_seed(whose: &str, seed: u64) {
    eprintln!("The faults of {whose} have the seed {seed}");
}

/// A new seed that nobody has chosen.
pub(crate) fn new_seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throws = |seed| {
            let dice = Dice::new(seed);
            [(); 3].map(|()| dice.next())
        };
        assert_eq!(throws(1), throws(1));
        assert_ne!(throws(1), throws(2));
    }

    #[test]
    fn fractions_are_spread_evenly() {
        let dice = Dice::new(7);
        let low = (0..10_000).filter(|_| dice.fraction() < 0.3).count();
        assert!((2_800..3_200).contains(&low), "{low}");
    }
}
