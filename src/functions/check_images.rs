//! Every night a part of all images is held against its original and its record, so that what fell
//! through is found though nobody has asked.

use std::sync::Arc;

use axum::{Extension, extract::State};
use azure_functions_custom_handler::{Invocation, Outputs};
use serde::de::IgnoredAny;

use crate::{
    app::App,
    check::{Options, check},
    error::Retry,
    original::{Arrived, Event},
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "timer";

/// Looks at the next part, says what it finds, and mends it where the settings say so.
///
/// # Errors
///
/// Passing trouble; the next night goes on at the same place.
pub async fn check_images(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    invocation: Invocation<IgnoredAny>,
) -> Result<Outputs, Retry> {
    let patience = Event::of(&invocation, arrived).patience();
    if app.nightly.sample == 0 {
        return Ok(Outputs::new().log("nothing to check: DARKROOM_CHECK_SAMPLE is 0"));
    }
    let options = Options {
        repair: app.nightly.repair,
        sample: Some(app.nightly.sample),
        ..Options::default()
    };
    let place = app.runs.place_of_check(&patience).await?;
    let report = check(&app, &options, place, |finding, is_mended| {
        tracing::warn!(
            name = finding.name,
            blob = finding.blob,
            is_mended,
            "the check found: {}",
            finding.problem.as_str()
        );
    })
    .await?;
    app.runs
        .keep_place_of_check(&patience, &report.place)
        .await?;
    let (problems, mended) = (report.problems(), report.mended);
    Ok(Outputs::new().log(format!("{problems} problems found, {mended} mended")))
}
