//! host.json: how long the host lets an invocation take.

use std::{fs, io::ErrorKind, path::Path, time::Duration};

use serde::Deserialize;

use super::WiringError;

/// What the host takes where nothing is said, on plans that have a limit.
const DEFAULT: Duration = Duration::from_mins(5);
/// Where there is no limit, an event is not waited for longer than this.
const LONGEST: Duration = Duration::from_mins(30);

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HostJson {
    function_timeout: Option<String>,
}

/// `functionTimeout` of host.json, or the app setting that overrides it.
pub(super) fn function_timeout(
    root: &Path,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Duration, WiringError> {
    let path = root.join("host.json");
    let problem = |line, problem: String| WiringError::Line {
        path: path.clone(),
        line,
        problem,
    };
    let json: HostJson = match fs::read_to_string(&path) {
        Ok(text) => {
            serde_json::from_str(&text).map_err(|error| problem(error.line(), error.to_string()))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => HostJson::default(),
        Err(source) => return Err(WiringError::Read { path, source }),
    };
    let text = lookup("AzureFunctionsJobHost__functionTimeout").or(json.function_timeout);
    match text {
        None => Ok(DEFAULT),
        Some(text) => time_span(&text)
            .ok_or_else(|| problem(1, format!("functionTimeout is {text:?}, not hh:mm:ss"))),
    }
}

/// .NET's `[d.]hh:mm:ss`, or `-1` for no limit.
fn time_span(text: &str) -> Option<Duration> {
    if text == "-1" || text == "-00:00:00.0010000" {
        return Some(LONGEST);
    }
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let days: u64 = days.parse().ok()?;
    let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    (parts.next().is_none() && seconds > 0).then(|| Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_time_spans_as_the_host_does() {
        assert_eq!(time_span("00:05:00"), Some(DEFAULT));
        assert_eq!(time_span("-1"), Some(LONGEST));
        assert_eq!(time_span("1.00:00:00"), Some(LONGEST));
        assert_eq!(time_span("00:00:02"), Some(Duration::from_secs(2)));
        for text in ["", "5", "00:05", "00:00:00", "x:y:z"] {
            assert_eq!(time_span(text), None, "{text}");
        }
    }
}
