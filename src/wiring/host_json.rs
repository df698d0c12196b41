//! host.json: how long the host lets an invocation take.

use std::{path::Path, time::Duration};

use azure_functions_custom_handler::{FunctionTimeout, HostJsonError};

use super::WiringError;

/// The longest time for an event, even if the host would wait forever.
const LONGEST: Duration = Duration::from_mins(30);

/// `functionTimeout` of host.json, or the app setting that overrides it.
pub(super) fn function_timeout(
    root: &Path,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Duration, WiringError> {
    let timeout = FunctionTimeout::read(root, lookup).map_err(|error| problem(root, error))?;
    Ok(timeout.duration().unwrap_or(LONGEST).min(LONGEST))
}

fn problem(root: &Path, error: HostJsonError) -> WiringError {
    let path = root.join("host.json");
    match error {
        HostJsonError::Read(source) => WiringError::Read { path, source },
        HostJsonError::Json { source } => WiringError::Line {
            path,
            line: source.line(),
            problem: source.to_string(),
        },
        other => WiringError::Line {
            path,
            line: 1,
            problem: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_waited_for_half_an_hour_at_most() {
        let of = |text: &'static str| {
            let setting = |name: &str| name.ends_with("functionTimeout").then(|| text.to_owned());
            function_timeout(Path::new("/nowhere"), &setting)
        };
        assert_eq!(of("00:00:02").unwrap(), Duration::from_secs(2));
        assert_eq!(of("-1").unwrap(), LONGEST);
        assert_eq!(of("1.00:00:00").unwrap(), LONGEST);
        let problem = of("5 minutes").unwrap_err().to_string();
        assert!(
            problem.contains("host.json:1: functionTimeout is \"5 minutes\""),
            "{problem}"
        );
    }
}
