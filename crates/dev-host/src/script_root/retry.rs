//! `retry` of function.json: how often a failed function is run again, and after what pause.
//!
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages#retry-policies>.

use std::time::Duration;

use serde::Deserialize;

use super::time_span;

/// A retry policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// How often a failed function is run again; -1 means forever.
    pub(crate) max_retry_count: i32,
    pause: Pause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pause {
    Fixed(Duration),
    /// The pause doubles with each retry, from the shortest to the longest.
    Exponential {
        shortest: Duration,
        longest: Duration,
    },
}

/// The policy as function.json writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Retry {
    strategy: String,
    max_retry_count: i32,
    delay_interval: Option<String>,
    minimum_interval: Option<String>,
    maximum_interval: Option<String>,
}

impl RetryPolicy {
    /// The error says what is wrong with the policy.
    pub(super) fn read(retry: &Retry) -> Result<Self, String> {
        if retry.max_retry_count < -1 {
            return Err("maxRetryCount must be at least -1, which means no limit".into());
        }
        let pause = if retry.strategy.eq_ignore_ascii_case("fixedDelay") {
            Pause::Fixed(interval("delayInterval", retry.delay_interval.as_deref())?)
        } else if retry.strategy.eq_ignore_ascii_case("exponentialBackoff") {
            Pause::Exponential {
                shortest: interval("minimumInterval", retry.minimum_interval.as_deref())?,
                longest: interval("maximumInterval", retry.maximum_interval.as_deref())?,
            }
        } else {
            return Err(format!(
                "the strategy {} is unknown: it must be fixedDelay or exponentialBackoff",
                retry.strategy
            ));
        };
        Ok(Self {
            max_retry_count: retry.max_retry_count,
            pause,
        })
    }

    /// The pause before a retry, counted from 1; `None` if there is no such retry.
    pub(crate) fn pause_before(&self, retry: u32) -> Option<Duration> {
        let limit = u32::try_from(self.max_retry_count).unwrap_or(u32::MAX);
        (retry <= limit).then(|| match self.pause {
            Pause::Fixed(pause) => pause,
            Pause::Exponential { shortest, longest } => shortest
                .saturating_mul(2_u32.saturating_pow(retry - 1))
                .min(longest),
        })
    }
}

fn interval(name: &str, text: Option<&str>) -> Result<Duration, String> {
    let text = text.ok_or_else(|| format!("{name} is missing"))?;
    time_span::parse(text)
        .ok_or_else(|| format!("{name} {text} is not hours:minutes:seconds, for example 00:00:10"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(retry: Value) -> Result<RetryPolicy, String> {
        RetryPolicy::read(&serde_json::from_value(retry).unwrap())
    }

    #[test]
    fn a_fixed_delay_stays_the_same_until_the_last_retry() {
        let policy = read(json!({
            "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:10",
        }))
        .unwrap();
        let pauses = [1, 2, 3].map(|retry| policy.pause_before(retry));
        let ten = Some(Duration::from_secs(10));
        assert_eq!(pauses, [ten, ten, None]);
    }

    #[test]
    fn a_backoff_doubles_up_to_its_maximum_and_may_last_for_ever() {
        let policy = read(json!({
            "strategy": "ExponentialBackoff", "maxRetryCount": -1,
            "minimumInterval": "00:00:01", "maximumInterval": "00:00:05",
        }))
        .unwrap();
        let pauses = [1, 2, 3, 4, u32::MAX].map(|retry| policy.pause_before(retry).unwrap());
        assert_eq!(pauses.map(|pause| pause.as_secs()), [1, 2, 4, 5, 5]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let missing = json!({"strategy": "fixedDelay", "maxRetryCount": 1});
        assert_eq!(read(missing).unwrap_err(), "delayInterval is missing");
        let unknown = json!({"strategy": "never", "maxRetryCount": 1});
        assert!(
            read(unknown)
                .unwrap_err()
                .starts_with("the strategy never is unknown")
        );
        let negative = json!({"strategy": "fixedDelay", "maxRetryCount": -2});
        assert!(read(negative).unwrap_err().starts_with("maxRetryCount"));
    }
}
