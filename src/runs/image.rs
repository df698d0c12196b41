//! Makes one image of a run.

use std::sync::Arc;

use azure_functions_custom_handler::{BlobContent, Outputs};
use contract::{FocusPoint, FocusSource, Record, RecordId, Rejection, RunState};

use crate::{
    app::App,
    delivery::DeliveryMode,
    error::Retry,
    functions::process_upload,
    handling::handle,
    original::{Content, Event, Original},
    patience::Patience,
    runs::feed::has_its_presets,
};

/// Makes an image again, if its run is still running and the image was not made since the run
/// began.
///
/// # Errors
///
/// Passing trouble; the message comes again.
pub async fn image(
    app: &Arc<App>,
    patience: &Patience,
    run: &str,
    name: String,
    event: Event,
) -> Result<Outputs, Retry> {
    let Some(known) = app.runs.find(patience, run).await? else {
        return Ok(Outputs::new().log(format!("{name} skipped: there is no run {run}")));
    };
    let record = app
        .records
        .find(patience, &RecordId::from_name(&name))
        .await?;
    let record = record.and_then(|known| known.record);
    if known.run.state == RunState::Stopped
        && !is_half_written(app, patience, record.as_ref()).await?
    {
        return Ok(Outputs::new().log(format!("{name} skipped: the run {run} was stopped")));
    }
    has_its_presets(app, &known.run)?;
    if record
        .as_ref()
        .is_some_and(|record| is_made(app, record, &known.run))
    {
        return Ok(Outputs::new().log(format!(
            "{name} unchanged: it was processed after the run began"
        )));
    }
    let original = match record {
        Some(record) if record.source.kind.is_message() => of_message(app, record, event),
        _ => match process_upload::original(
            app,
            name.clone(),
            BlobContent::Deferred,
            event,
            patience,
        )
        .await?
        {
            Ok(original) => Ok(original),
            Err(gone) => return Ok(gone.outputs),
        },
    };
    match original {
        Ok(original) => {
            let original = Original {
                run: Some(run.to_owned()),
                ..original
            };
            Ok(handle(app, DeliveryMode::Direct, original).await?.outputs)
        }
        Err(rejection) => {
            app.runs.refuse(patience, run, &name, &rejection).await?;
            Ok(Outputs::new().log(format!("{name} left unchanged: {rejection}")))
        }
    }
}

/// Whether the image was made since the run began, by this run or by an event of its own.
fn is_made(app: &App, record: &Record, run: &contract::Run) -> bool {
    let processing = &record.processing;
    processing.presets_version.as_deref() == Some(app.presets.version())
        && (processing.run.as_ref() == Some(&run.id) || record.created_at > run.created_at)
}

/// Whether renditions were written that the record does not name yet. Then an attempt ended between
/// them and the record, and the image cannot be shown until an attempt finishes it.
async fn is_half_written(
    app: &App,
    patience: &Patience,
    record: Option<&Record>,
) -> Result<bool, Retry> {
    let Some(record) = record else {
        return Ok(false);
    };
    let stored = app
        .direct
        .renditions
        .of(patience, &record.source.name)
        .await?;
    Ok(stored.iter().any(|there| {
        let spoken_of = record
            .renditions
            .iter()
            .find(|one| one.path.as_deref() == Some(&there.blob.name));
        there.preset_version.is_some()
            && spoken_of.is_none_or(|one| one.preset_version != there.preset_version)
    }))
}

/// The original that a message referred to. An original inside a message is not kept.
pub fn of_message(app: &App, record: Record, event: Event) -> Result<Original, Rejection> {
    let Some(blob) = app.incoming_blob(&record) else {
        return Err(Rejection {
            code: "original-not-kept".to_owned(),
            message: "The original came in a message and is not kept. Send it again.".to_owned(),
        });
    };
    Ok(Original {
        name: record.source.name.clone(),
        content: Content::Incoming {
            blob,
            is_named: true,
        },
        length: record.file.bytes,
        md5: None,
        focus: focus(&record),
        file_name: record.file.name,
        declared_type: record.file.declared_type,
        user: record.user,
        warnings: Vec::new(),
        message: None,
        source: record.source,
        run: None,
        event,
    })
}

/// The point that the uploader chose, as far as the record states it.
fn focus(record: &Record) -> Option<FocusPoint> {
    let chosen = record.renditions.iter().find_map(|rendition| {
        rendition
            .focus
            .filter(|focus| focus.from == FocusSource::Uploader)
    })?;
    Some(FocusPoint {
        x: chosen.x,
        y: chosen.y,
    })
}
