//! Starts the handler: settings → wiring → clients → router → bind → serve.

use std::{env, fs, path::Path, process::ExitCode};

use anyhow::Context as _;
use darkroom::{app::App, router::router, settings::Settings, telemetry, wiring::Wiring};
use imaging::Presets;
use tokio::net::TcpListener;

/// The exit status for a configuration that cannot work (`EX_USAGE` of sysexits.h). It is not 0:
/// hosts do not restart a handler that ends with 0, and say nothing either.
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

/// One line, for the host's log.
#[expect(
    clippy::print_stderr,
    reason = "the host logs standard error as errors, and this is one"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("darkroom cannot start: {error:#}");
}

fn run() -> anyhow::Result<()> {
    let lookup = |key: &str| env::var(key).ok();
    let settings = Settings::from_lookup(lookup)?;
    telemetry::init(&settings)?;
    let presets = read_presets(&settings.presets)?;
    let wiring = Wiring::check(Path::new("."), &presets, &settings.incoming, lookup)?;
    let app = App::new(&settings, presets, &wiring, lookup)?;
    let listener = custom_handler::listen(lookup)?;
    serve(listener, app, &settings)
}

fn read_presets(path: &Path) -> anyhow::Result<Presets> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Presets::parse(&text).with_context(|| path.display().to_string())
}

/// Serves until the process is killed: the host gives no signal before, and none is needed,
/// because every event may be cut off anywhere and handled again.
#[tokio::main]
async fn serve(
    listener: std::net::TcpListener,
    app: std::sync::Arc<App>,
    settings: &Settings,
) -> anyhow::Result<()> {
    tracing::info!(
        port = listener.local_addr()?.port(),
        workers = settings.workers,
        memory_mib = settings.memory_mib,
        presets = app.presets.version(),
        "darkroom is ready"
    );
    axum::serve(TcpListener::from_std(listener)?, router(app, settings)).await?;
    Ok(())
}
