//! `./dev darkroom`: the commands for operators, run against the services that `./dev run` has
//! started.

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context as _, Result, ensure};

use crate::{
    ports::Ports,
    workspace::{self, Profile},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    ports: Ports,
    /// The command to run; `--help` lists all
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<OsString>,
}

/// Runs the built handler with these arguments, and with the settings of the deployed one.
pub(crate) fn operate(options: &Options) -> Result<ExitCode> {
    let app = workspace::target().join("functionapp-local");
    ensure!(
        app.join("host.json").is_file(),
        "Darkroom is not running: start it with `./dev run`"
    );
    let program = workspace::binary(Profile::Dev, "darkroom");
    let status = std::process::Command::new(&program)
        .args(&options.arguments)
        .env("AzureWebJobsScriptRoot", app)
        .env("ImageStorage", options.ports.storage())
        .env("CosmosDb", options.ports.cosmos())
        .status()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
