//! Injected faults of requests, random but repeatable.

use std::time::Duration;

use super::http::Head;
use crate::dice::{Dice, new_seed};

/// What goes wrong, and how often. Fractions are from 0 to 1, and at most one fault happens to a
/// request. [`Default`] has none, and a new seed.
#[derive(Debug, Clone)]
pub struct ProxyFaults {
    /// The same seed makes the same choices, in the order of requests. It is logged, or printed if
    /// there is no log.
    pub seed: u64,
    /// Faults affect only requests whose first line contains this text, for example `PUT ` or a
    /// name. Default: all.
    pub only: String,
    /// The fraction that is answered 500, 503 or 429 instead of the store.
    pub refused: f64,
    /// The fraction whose connection is broken before the store gets them.
    pub cut_before: f64,
    /// The fraction whose connection is broken once the store has answered: the work is done, but
    /// the client never learns of it.
    pub cut_after: f64,
    /// The fraction that is held until its client has gone, and reaches the store after that.
    pub held: f64,
    /// How long a request is held after its client has gone. A client that stays is disconnected
    /// after this time.
    pub hold_for: Duration,
    /// Every request first waits for a time up to this.
    pub longest_delay: Duration,
}

impl Default for ProxyFaults {
    fn default() -> Self {
        Self {
            seed: new_seed(),
            only: String::new(),
            refused: 0.0,
            cut_before: 0.0,
            cut_after: 0.0,
            held: 0.0,
            hold_for: Duration::from_secs(2),
            longest_delay: Duration::ZERO,
        }
    }
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Passed,
    /// It is answered with this status line and error code.
    Refused(&'static str, &'static str),
    CutBefore,
    CutAfter,
    Held(Duration),
}

const REFUSALS: [(&str, &str); 3] = [
    ("500 Internal Server Error", "InternalError"),
    ("503 Service Unavailable", "ServerBusy"),
    ("429 Too Many Requests", "TooManyRequests"),
];

/// The state of fault injection.
#[derive(Debug)]
pub(super) struct Chance {
    faults: ProxyFaults,
    dice: Dice,
}

impl Chance {
    pub(super) fn new(faults: ProxyFaults) -> Self {
        Self {
            dice: Dice::announced("the proxy", faults.seed),
            faults,
        }
    }

    /// How long a request waits, and what happens to it then.
    pub(super) fn next(&self, head: &Head) -> (Duration, Fate) {
        if !head.first_line().contains(&self.faults.only) {
            return (Duration::ZERO, Fate::Passed);
        }
        let delay = self.dice.time(self.faults.longest_delay);
        (delay, self.fate(self.dice.fraction()))
    }

    fn fate(&self, mut throw: f64) -> Fate {
        let faults = &self.faults;
        let third = faults.refused / 3.0;
        let refusals = REFUSALS.map(|(status, code)| (third, Fate::Refused(status, code)));
        let others = [
            (faults.cut_before, Fate::CutBefore),
            (faults.cut_after, Fate::CutAfter),
            (faults.held, Fate::Held(faults.hold_for)),
        ];
        for (part, fate) in refusals.into_iter().chain(others) {
            if throw < part {
                return fate;
            }
            throw -= part;
        }
        Fate::Passed
    }
}
