//! Starts the web application: settings → clients → bind → serve.

use std::{env, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use telemetry::Logging;
use tokio::net::TcpListener;
use upload_web::{
    app::App,
    server::{serve, stop_signal},
    settings::Settings,
};

/// The exit status for a configuration that cannot work (`EX_USAGE` of sysexits.h).
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(BAD_CONFIGURATION)
        }
    }
}

/// Prints one line for whoever started the process.
#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn complain(error: &anyhow::Error) {
    let text = format!("upload-web cannot start: {error:#}");
    eprintln!("{}", telemetry::redact::redact(&text));
}

fn run() -> anyhow::Result<()> {
    let lookup = |key: &str| env::var(key).ok();
    let settings = Settings::from_lookup(lookup)?;
    let logging = Logging {
        service: "upload-web",
        filter: &settings.log,
        format: settings.log_format,
        time: true,
        split: false,
    };
    let _exporter = telemetry::init(&logging, lookup)?;
    let app = App::new(settings, lookup)?;
    serve_app(app)
}

#[tokio::main]
async fn serve_app(app: Arc<App>) -> anyhow::Result<()> {
    app.prepare_local_storage().await?;
    let address = app.settings.address();
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!(%address, "upload-web is ready");
    serve(listener, app, stop_signal()).await?;
    Ok(())
}
