//! Log lines on standard output, where App Service takes them up.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::{LogFormat, Settings};

/// Starts logging as the settings say.
pub fn init(settings: &Settings) -> anyhow::Result<()> {
    let registry = tracing_subscriber::registry().with(EnvFilter::try_new(&settings.log)?);
    match settings.log_format {
        LogFormat::Text => registry
            .with(fmt::layer().with_ansi(false).with_target(false))
            .try_init()?,
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true))
            .try_init()?,
    }
    Ok(())
}
