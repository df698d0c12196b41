//! Starts the handler: settings → wiring → clients → router → bind → serve.
//!
//! `darkroom presets check [DIR]` only checks and prints the result; `darkroom --help` lists the other commands for
//! operators.

use std::{env, path::Path, process::ExitCode, sync::Arc};

use axum::Router;
use darkroom::{
    app::App,
    commands::{self, Command, USAGE},
    presets_file,
    recovery::recover,
    router::router,
    settings::Settings,
    wiring::Wiring,
};
use imaging::Presets;
use telemetry::{LogFormat, Logging};
use tokio::net::TcpListener;

/// The exit status for a configuration that cannot work (`EX_USAGE` of sysexits.h). It is not 0, because hosts do not
/// restart a handler that ends with 0, and log nothing about it.
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        return help();
    }
    let outcome = match Command::parse(arguments) {
        Ok(Command::Serve) => run().map(|()| ExitCode::SUCCESS),
        Ok(Command::PresetsCheck(folder)) => check(&folder).map(|()| ExitCode::SUCCESS),
        Ok(command) => operate(command),
        Err(error) => Err(anyhow::anyhow!("{error}: see `darkroom --help`")),
    };
    outcome.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::from(BAD_CONFIGURATION)
    })
}

#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
fn help() -> ExitCode {
    println!("{USAGE}");
    ExitCode::SUCCESS
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

/// Runs an operator's command.
fn operate(command: Command) -> anyhow::Result<ExitCode> {
    let root = setting("AzureWebJobsScriptRoot").unwrap_or_else(|| ".".to_owned());
    let (settings, presets, wiring) = configuration(Path::new(&root))?;
    let logging = Logging {
        service: "darkroom",
        // The output of the command says everything, so only warnings are logged.
        filter: "warn",
        format: LogFormat::Text,
        time: false,
        split: true,
    };
    let _exporter = telemetry::init(&logging, |_: &str| None)?;
    let app = App::new(&settings, presets, &wiring, setting)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(commands::run(&app, command))
}

/// Reads the settings, presets and functions of the app in a folder.
fn configuration(root: &Path) -> anyhow::Result<(Settings, Presets, Wiring)> {
    let settings = Settings::from_lookup(setting)?;
    let presets = presets_file::read(&root.join(&settings.presets))?;
    let wiring = Wiring::check(root, &presets, &settings, setting)?;
    Ok((settings, presets, wiring))
}

fn run() -> anyhow::Result<()> {
    let settings = Settings::from_lookup(setting)?;
    let logging = Logging {
        service: "darkroom",
        filter: &settings.log,
        format: settings.log_format,
        // The host adds the time.
        time: false,
        split: true,
    };
    let _exporter = telemetry::init(&logging, setting)?;
    let presets = presets_file::read(&settings.presets)?;
    let wiring = Wiring::check(Path::new("."), &presets, &settings, setting)?;
    let app = App::new(&settings, presets, &wiring, setting)?;
    let listener = azure_functions_custom_handler::listen(setting)?;
    // The host ends the process if an answer takes longer than the host's own time-out.
    let time = wiring.function_timeout * 9 / 10;
    let router = router(Arc::clone(&app), &settings, time);
    serve(listener, router, app, &settings)
}

/// Serves until the process is killed. The host gives no signal before, and none is needed, because every event can be
/// cut off anywhere and handled again.
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
