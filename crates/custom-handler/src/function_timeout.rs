//! `functionTimeout` of host.json.

use std::{path::Path, time::Duration};

use crate::{
    HostJsonError,
    host_json::HostJson,
    time_span::{self, TimeSpan},
};

/// The app setting that overrides host.json.
const SETTING: &str = "AzureFunctionsJobHost__functionTimeout";
/// The host's default on the Consumption plan and on all other plans.
const DEFAULT_CONSUMPTION: Duration = Duration::from_mins(5);
const DEFAULT: Duration = Duration::from_mins(30);

/// How long the host lets an invocation take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionTimeout(Option<Duration>);

impl FunctionTimeout {
    /// The host waits forever.
    pub const UNLIMITED: Self = Self(None);

    /// The host waits for this long.
    #[must_use]
    pub const fn of(length: Duration) -> Self {
        Self(Some(length))
    }

    /// Reads host.json in the folder `root`, which is the working directory of a handler, and the app setting that
    /// overrides it. Variables are read through `lookup`. Without either, the time-out is 5 minutes on the Consumption
    /// plan and 30 elsewhere.
    pub fn read(
        root: &Path,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, HostJsonError> {
        let file = HostJson::read(root)?;
        if let Some(text) = lookup(SETTING).or(file.function_timeout) {
            return Self::parse(&text).ok_or(HostJsonError::FunctionTimeout(text));
        }
        let is_consumption = lookup("WEBSITE_SKU").is_some_and(|plan| plan == "Dynamic");
        let length = if is_consumption {
            DEFAULT_CONSUMPTION
        } else {
            DEFAULT
        };
        Ok(Self::of(length))
    }

    /// Reads the value as the host does: .NET's `[d.]hh:mm[:ss[.fffffff]]` or `d`, of at least one second, and `-1` for
    /// no limit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match time_span::parse(text)? {
            TimeSpan::Positive(length) if length >= Duration::from_secs(1) => {
                Some(Self::of(length))
            }
            TimeSpan::Positive(_) => None,
            TimeSpan::Negative(length) => {
                let is_endless = [Duration::from_hours(24), Duration::from_millis(1)];
                is_endless.contains(&length).then_some(Self::UNLIMITED)
            }
        }
    }

    /// How long the host waits; nothing if it waits forever.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn reads_what_the_host_reads() {
        let minutes = |count| Some(FunctionTimeout::of(Duration::from_mins(count)));
        assert_eq!(FunctionTimeout::parse("00:05:00"), minutes(5));
        assert_eq!(FunctionTimeout::parse("00:05"), minutes(5));
        assert_eq!(FunctionTimeout::parse("1.00:00:00"), minutes(24 * 60));
        assert_eq!(FunctionTimeout::parse("2"), minutes(2 * 24 * 60));
        for endless in ["-1", "-1.00:00:00", "-00:00:00.0010000"] {
            assert_eq!(
                FunctionTimeout::parse(endless),
                Some(FunctionTimeout::UNLIMITED)
            );
        }
        for text in ["", "-2", "00:00:00", "00:00:00.5", "5 minutes", "00:60:00"] {
            assert_eq!(FunctionTimeout::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_default_is_that_of_the_plan() {
        let nowhere = Path::new("/nowhere");
        let on = |plan: &'static str| {
            let lookup = move |name: &str| (name == "WEBSITE_SKU").then(|| plan.to_owned());
            FunctionTimeout::read(nowhere, lookup).unwrap()
        };
        assert_eq!(on("Dynamic"), FunctionTimeout::of(DEFAULT_CONSUMPTION));
        assert_eq!(on("FlexConsumption"), FunctionTimeout::of(DEFAULT));
        assert_eq!(on("ElasticPremium"), FunctionTimeout::of(DEFAULT));
    }

    #[test]
    fn the_setting_overrides_the_file() {
        let folder = std::env::temp_dir().join(format!("host-json-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join("host.json"),
            r#"{"functionTimeout": "00:00:15"}"#,
        )
        .unwrap();
        let from_file = FunctionTimeout::read(&folder, |_| None).unwrap();
        let overridden =
            FunctionTimeout::read(&folder, |name| (name == SETTING).then(|| "-1".to_owned()));
        fs::write(folder.join("host.json"), "{\n\n]").unwrap();
        let broken = FunctionTimeout::read(&folder, |_| None)
            .unwrap_err()
            .to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(from_file, FunctionTimeout::of(Duration::from_secs(15)));
        assert_eq!(overridden.unwrap(), FunctionTimeout::UNLIMITED);
        assert!(broken.starts_with("host.json:3: "), "{broken}");
    }
}
