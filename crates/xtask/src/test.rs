//! `./dev test`: runs all tests.
//!
//! Every step runs even after one has failed, so that one run shows everything that has to be
//! fixed. A step whose tool is not installed is skipped and says so; CI has all tools.

mod counts;
mod step;

use std::{process::ExitCode, time::Instant};

use anyhow::Result;

use self::{
    counts::Counts,
    step::{Outcome, Step, Tools},
};
use crate::text;

#[derive(clap::Args)]
pub(crate) struct Options {}

/// Runs all steps and prints their results.
pub(crate) async fn test(_: &Options) -> Result<ExitCode> {
    let tools = Tools::find()?;
    let mut counts = Counts::default();
    let mut failed = false;
    let mut summary = Vec::new();
    for step in steps(&tools) {
        println!("\n=== {}: {} ===", step.name, step.command);
        let started = Instant::now();
        let outcome = step.run(&tools, &mut counts).await?;
        failed |= outcome == Outcome::Failed;
        let took = text::seconds(started.elapsed());
        summary.push(format!("{:<10} {took:>9}  {outcome}", step.name));
    }
    println!("\n{}", summary.join("\n"));
    println!("{}: {counts}", if failed { "Failed" } else { "Passed" });
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The steps, in order of how soon they finish.
fn steps(tools: &Tools) -> [Step; 10] {
    // Both leave out the doc tests, which are a separate step.
    let tests = if tools.has("cargo nextest") {
        "cargo nextest run --workspace --all-features --locked --no-fail-fast"
    } else {
        "cargo test --workspace --all-features --locked --no-fail-fast --all-targets"
    };
    [
        Step::new("format", "cargo fmt --all --check"),
        Step::new(
            "scripts",
            "shellcheck dev .ci/run .ci/release_notes .ci/sbom deploy/containers/build_tools.sh deploy/azure/deploy-code.sh deploy/azure/sign-in.sh deploy/azure/subscribe.sh deploy/powerbi/mirror.sh tools/kafka/start.sh tools/fetch_jars.sh",
        ),
        Step::new(
            "lints",
            "cargo clippy --workspace --all-features --locked --all-targets -- -Dwarnings",
        ),
        Step::new("tests", tests).counted(),
        Step::new(
            "doc tests",
            "cargo test --workspace --all-features --locked --no-fail-fast --doc",
        )
        .counted(),
        // It uses the binaries that the tests above have built.
        Step::new(
            "browser",
            "npm test --prefix crates/upload-web/browser-tests",
        )
        .counted(),
        Step::new(
            "deployment",
            "PYTHONPATH=deploy PYTHONDONTWRITEBYTECODE=1 deploy/checks/.venv/bin/python -m checks",
        )
        .counted(),
        Step::new(
            "docs",
            "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --all-features --locked --no-deps",
        ),
        Step::new(
            "package",
            "cargo package --package azure-functions-custom-handler --package functions-dev-host \
             --package azure-functions-connections --package azure-functions-package --locked --allow-dirty --no-verify",
        ),
        // Advisories come from the network and change at any time, so they have a separate job in
        // .github/workflows/ci.yml.
        Step::new("licences", "cargo deny check bans licenses sources"),
    ]
}
