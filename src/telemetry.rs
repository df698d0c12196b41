//! Log lines, for the Functions host to take up.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::{LogFormat, Settings};

/// Sends log lines to standard output: the host logs those as they are, while it takes every line
/// on standard error for an error. The host adds the time.
pub fn init(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log)?;
    let registry = tracing_subscriber::registry().with(filter);
    match settings.log_format {
        LogFormat::Text => {
            registry
                .with(
                    fmt::layer()
                        .without_time()
                        .with_ansi(false)
                        .with_target(false),
                )
                .try_init()?;
        }
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true))
            .try_init()?,
    }
    Ok(())
}
