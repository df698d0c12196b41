//! Starts the handler: settings → wiring → clients → router → bind → serve.
//!
//! `darkroom presets check [DIR]` only checks, and says what it found.

use std::{env, path::Path, process::ExitCode, sync::Arc};

use axum::Router;
use darkroom::{
    app::App,
    presets_file,
    recovery::recover,
    router::router,
    settings::{LogFormat, Settings},
    wiring::Wiring,
};
use telemetry::Logging;
use tokio::net::TcpListener;

/// The exit status for a configuration that cannot work (`EX_USAGE` of sysexits.h). It is not 0:
/// hosts do not restart a handler that ends with 0, and say nothing either.
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => run(),
        ["presets", "check"] => check(Path::new(".")),
        ["presets", "check", folder] => check(Path::new(folder)),
        _ => Err(anyhow::anyhow!(
            "it takes no arguments, or `presets check [DIR]`"
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(BAD_CONFIGURATION)
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
fn check(folder: &Path) -> anyhow::Result<()> {
    print!("{}", presets_file::check(folder, setting)?);
    Ok(())
}

fn setting(key: &str) -> Option<String> {
    env::var(key).ok()
}

/// One line, for the host's log.
#[expect(
    clippy::print_stderr,
    reason = "the host logs standard error as errors, and this is one"
)]
fn complain(error: &anyhow::Error) {
    let text = format!("darkroom cannot start: {error:#}");
    eprintln!("{}", telemetry::redact::redact(&text));
}

fn run() -> anyhow::Result<()> {
    let settings = Settings::from_lookup(setting)?;
    let logging = Logging {
        service: "darkroom",
        filter: &settings.log,
        json: settings.log_format == LogFormat::Json,
        // The host adds it.
        time: false,
        split: true,
    };
    let _exporter = telemetry::init(&logging, setting)?;
    let presets = presets_file::read(&settings.presets)?;
    let wiring = Wiring::check(Path::new("."), &presets, &settings, setting)?;
    let app = App::new(&settings, presets, &wiring, setting)?;
    let listener = azure_functions_custom_handler::listen(setting)?;
    // What is answered later than the host's own time-out ends the process.
    let time = wiring.function_timeout * 9 / 10;
    let router = router(Arc::clone(&app), &settings, time);
    serve(listener, router, app, &settings)
}

/// Serves until the process is killed: the host gives no signal before, and none is needed,
/// because every event may be cut off anywhere and handled again.
#[tokio::main]
async fn serve(
    listener: std::net::TcpListener,
    router: Router,
    app: Arc<App>,
    settings: &Settings,
) -> anyhow::Result<()> {
    tracing::info!(
        port = listener.local_addr()?.port(),
        workers = settings.workers,
        memory_mib = settings.memory_mib,
        presets = app.presets.version(),
        "darkroom is ready"
    );
    let listener = TcpListener::from_std(listener)?;
    tokio::select! {
        () = azure_functions_custom_handler::serve(listener, router) => {}
        () = recover(app) => {}
    }
    Ok(())
}
