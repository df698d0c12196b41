//! Injected faults, random but repeatable.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};

use super::rules::Answer;
use crate::dice::{Dice, new_seed};

/// What goes wrong with requests for items, including queries, and how often. Fractions are from 0
/// to 1; at most one of the refusals happens to a request. [`Default`] has none, and a new seed.
///
/// Requests for databases and containers are not affected, so that clients can start.
#[derive(Debug, Clone)]
pub struct Faults {
    /// The same seed makes the same choices, in the order of requests. It is logged, or printed if
    /// there is no log.
    pub seed: u64,
    /// The fraction that is answered 429 without being executed.
    pub throttled: f64,
    /// When a client is told to retry after a 429 (`x-ms-retry-after-ms`).
    pub retry_after: Duration,
    /// The fraction that is answered 503 without being executed.
    pub unavailable: f64,
    /// The fraction that is executed, but whose connection is dropped instead of an answer.
    pub lost: f64,
    /// Every request first waits for a time up to this.
    pub longest_delay: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: new_seed(),
            throttled: 0.0,
            retry_after: Duration::from_millis(10),
            unavailable: 0.0,
            lost: 0.0,
            longest_delay: Duration::ZERO,
        }
    }
}

/// What happens to one request.
pub(super) enum Fate {
    Answered,
    Refused(Answer),
    /// It is executed, but the answer is lost.
    Lost,
}

/// The state of fault injection.
#[derive(Debug)]
pub(super) struct Chance {
    faults: Faults,
    dice: Dice,
}

impl Chance {
    pub(super) fn new(faults: Faults) -> Self {
        Self {
            dice: Dice::announced("Cosmos DB", faults.seed),
            faults,
        }
    }

    /// How long the next request waits, and what happens to it then.
    pub(super) fn next(&self) -> (Duration, Fate) {
        let delay = self.dice.time(self.faults.longest_delay);
        let faults = &self.faults;
        let throw = self.dice.fraction();
        let fate = if throw < faults.throttled {
            Fate::Refused(throttled(faults.retry_after))
        } else if throw < faults.throttled + faults.unavailable {
            let message = "Service is currently unavailable.";
            Fate::Refused(Answer::refusal(StatusCode::SERVICE_UNAVAILABLE, message))
        } else if throw < faults.throttled + faults.unavailable + faults.lost {
            Fate::Lost
        } else {
            Fate::Answered
        };
        (delay, fate)
    }
}

/// A 429 answer. Source:
/// <https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb>.
fn throttled(retry_after: Duration) -> Answer {
    let message = "Request rate is large.";
    let mut answer = Answer::refusal(StatusCode::TOO_MANY_REQUESTS, message);
    let headers = &mut answer.headers;
    let milliseconds = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
    headers.insert("x-ms-retry-after-ms", HeaderValue::from(milliseconds));
    headers.insert("x-ms-substatus", HeaderValue::from_static("3200"));
    answer
}
