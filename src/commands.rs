//! The commands for operators: `darkroom reprocess`, `runs`, `check`, `export`, `erase`.
//!
//! Each command reads the same settings as the deployed handler from the environment, and
//! presets.toml and the functions from the current folder.

mod arguments;
mod check;
mod person;
mod reprocess;
mod runs;

use std::{process::ExitCode, sync::Arc, time::Duration};

pub use arguments::{Command, USAGE};

use crate::{app::App, error::Error, patience::Patience};

/// How long one request may wait for trouble to pass while a person watches.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a command. Fails if the command could not run; the exit status says whether it found
/// problems.
pub async fn run(app: &Arc<App>, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Reprocess(options) => reprocess::reprocess(app, &options).await,
        Command::Runs(options) => runs::runs(app, options).await,
        Command::Check { options, really } => check::check(app, &options, really).await,
        Command::Export { uploader, folder } => person::export(app, &uploader, &folder).await,
        Command::Erase {
            uploader,
            confirmed,
        } => person::erase(app, &uploader, confirmed).await,
        Command::Serve | Command::PresetsCheck(_) => unreachable!("they need no stores"),
    }
}

fn patience() -> Patience {
    Patience::until(tokio::time::Instant::now() + PATIENCE)
}

fn failed(error: Error) -> anyhow::Error {
    match error {
        Error::Rejected(rejection) => rejection.into(),
        Error::Retry(retry) => retry.into(),
    }
}

/// Formats a number of bytes for people.
fn bytes(count: f64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut count = count;
    let mut unit = 0;
    while count >= 999.5 && unit + 1 < UNITS.len() {
        count /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && count < 99.5);
    format!("{count:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_written_as_people_read_them() {
        assert_eq!(bytes(0.0), "0 bytes");
        assert_eq!(bytes(999.0), "999 bytes");
        assert_eq!(bytes(1_500.0), "1.5 kB");
        assert_eq!(bytes(250_000_000.0), "250 MB");
        assert_eq!(bytes(9.9e15), "9900 TB");
    }
}
