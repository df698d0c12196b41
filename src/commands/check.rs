//! `darkroom check`

use std::{process::ExitCode, sync::Arc};

use crate::{
    app::App,
    check::{self, Options, Place},
};

#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn check(
    app: &Arc<App>,
    options: &Options,
    really: bool,
) -> anyhow::Result<ExitCode> {
    if options.repair && !really {
        let found = check::check(
            app,
            &Options {
                repair: false,
                ..options.clone()
            },
            Place::default(),
            |_, _| {},
        )
        .await?;
        if found.is_suspicious() {
            println!(
                "More than one image in twenty would be removed. Make sure that the settings are \
                 right and that everything is restored. `darkroom check` lists what would be \
                 removed, and `darkroom check --repair --really` removes it."
            );
            return Ok(ExitCode::from(1));
        }
    }
    let report = check::check(app, options, Place::default(), |finding, is_repaired| {
        let repaired = if is_repaired { "repaired: " } else { "" };
        let about = finding.blob.as_ref().unwrap_or(&finding.name);
        println!("{repaired}{}: {about}", finding.problem.as_str());
    })
    .await?;
    println!(
        "Checked {} records, and every original and rendition.",
        report.records
    );
    for (problem, count) in &report.found {
        println!("{count:>8}  {}", problem.as_str());
    }
    let parked = app.parked.length(&super::patience()).await?;
    let letters = app.dead_letters.count(&super::patience()).await?;
    println!("{parked:>8}  uploads wait in the poison queue and are tried again automatically");
    println!("{letters:>8}  dead letters");
    if report.failed > 0 {
        println!(
            "{:>8}  images could not be checked (see the reasons above)",
            report.failed
        );
    }
    let problems = report.problems();
    Ok(match (problems, report.is_well()) {
        (0, true) => {
            println!("No problems found.");
            ExitCode::SUCCESS
        }
        (_, true) => {
            println!("All {problems} problems were repaired.");
            ExitCode::SUCCESS
        }
        (_, false) => {
            let left = problems - report.repaired;
            let advice = if options.repair {
                ""
            } else {
                " `darkroom check --repair` repairs what can be repaired."
            };
            println!("{left} of {problems} problems remain.{advice}");
            ExitCode::from(1)
        }
    })
}
