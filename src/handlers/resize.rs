//! Makes renditions from presets.

use contract::{FocusPoint, Rejection};
use imaging::{Inspection, Notices, Preset, RenderOptions, Rendered};

use crate::{app::App, error::rejection};

/// Decodes once and makes every rendition, with the help of idle workers.
pub fn render(
    app: &App,
    original: &[u8],
    inspection: &Inspection<'_>,
    presets: &[&Preset],
    notices: Notices<'_>,
    focus: Option<FocusPoint>,
) -> Result<Rendered, Rejection> {
    let options = RenderOptions {
        threads: 1 + app.admission.idle_workers(),
        accept_damaged: app.accept_damaged,
        notices,
        focus: focus.map(|FocusPoint { x, y }| imaging::FocusPoint { x, y }),
    };
    imaging::render(original, inspection, presets, &options).map_err(rejection)
}
