//! Every night, compares some of the images with their originals and records, so that problems are
//! found that nobody has asked about.

use std::sync::Arc;

use axum::{Extension, extract::State};
use azure_functions_custom_handler::{Invocation, Outputs};
use serde::de::IgnoredAny;
use tokio::time::Instant;

use crate::{
    app::App,
    check::{Finding, Options, check},
    error::Retry,
    original::{Arrived, Event},
};

/// How many images are checked before the place is saved.
const PART: u64 = 100;

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "timer";

/// Checks the next part, logs what it finds, and repairs it if the settings say so.
///
/// # Errors
///
/// Passing trouble; the next night continues at the same place.
pub async fn check_images(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    invocation: Invocation<IgnoredAny>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, arrived);
    let patience = event.patience();
    let tell = |finding: &Finding, is_repaired| {
        tracing::warn!(
            name = finding.name,
            blob = finding.blob,
            is_repaired,
            "the check found: {}",
            finding.problem.as_str()
        );
    };
    let (mut left, mut problems, mut repaired) = (app.nightly.sample, 0, 0);
    // It stops after half of the time, because a part takes less than the other half.
    let until = Instant::now() + event.deadline.saturating_duration_since(Instant::now()) / 2;
    while left > 0 && Instant::now() < until {
        let options = Options {
            sample: Some(left.min(PART)),
            ..Options::default()
        };
        let place = app.runs.place_of_check(&patience).await?;
        let mut report = check(&app, &options, place.clone(), |_, _| {}).await?;
        if report.problems() > 0 {
            if report.is_suspicious() {
                tracing::error!(
                    "too many images have problems, so none was repaired: run `darkroom check` to \
                     see them"
                );
            }
            let options = Options {
                repair: app.nightly.repair && !report.is_suspicious(),
                ..options
            };
            report = check(&app, &options, place, tell).await?;
        }
        app.runs
            .keep_place_of_check(&patience, &report.place)
            .await?;
        problems += report.problems();
        repaired += report.repaired;
        left = left.saturating_sub(PART);
    }
    Ok(Outputs::new().log(format!("{problems} problems found, {repaired} repaired")))
}
