//! Tests which line a process writes to which stream.

use std::{env, process::Command};

use telemetry::{LogFormat, Logging};

/// Set in the process that logs.
const CHILD: &str = "TELEMETRY_TEST_CHILD";

/// Logs, and panics. It runs in a separate process, which is this test started again.
fn log(format: LogFormat) {
    let logging = Logging {
        service: "test",
        filter: "info",
        format,
        time: false,
        split: true,
    };
    let _exporter = telemetry::init(&logging, |_| None).expect("the settings are good");
    tracing::info!("all is well");
    tracing::warn!("nearly full");
    tracing::error!(url = "https://a/b?sv=1&sig=secret", "storage refused");
    let died = std::thread::spawn(|| panic!("out of\nluck AccountKey=secret")).join();
    assert!(died.is_err());
}

#[test]
fn lines_go_where_the_functions_host_takes_their_level_from() {
    if let Ok(format) = env::var(CHILD) {
        return log(format.parse().expect("a format"));
    }
    for format in ["text", "json"] {
        let output = Command::new(env::current_exe().expect("this test"))
            .args([
                "--exact",
                "lines_go_where_the_functions_host_takes_their_level_from",
            ])
            .arg("--nocapture")
            .env(CHILD, format)
            .output()
            .expect("this test runs once more");
        let out = String::from_utf8(output.stdout).expect("UTF-8");
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(output.status.success(), "{out}{err}");
        assert!(out.contains("all is well"), "{out}");
        assert!(
            !out.contains("nearly full") && !out.contains("refused"),
            "{out}"
        );
        let lines: Vec<_> = err.lines().collect();
        let [warning, error, panic] = lines[..] else {
            panic!("{err}")
        };
        // The host's rule: a line on standard error with "warn" is a warning, any other an error.
        let is_warning = |line: &str| line.to_lowercase().contains("warn");
        assert!(is_warning(warning) && warning.contains("nearly full"));
        assert!(!is_warning(error) && error.contains("storage refused"));
        assert!(!is_warning(panic) && panic.contains("panicked"), "{panic}");
        assert!(
            panic.contains("out of") && panic.contains("luck"),
            "{panic}"
        );
        assert!(panic.contains("streams.rs:"), "{panic}");
        assert!(!err.contains("secret"), "{err}");
    }
}
