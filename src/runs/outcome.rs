//! How the result of a run differs from the result of an upload.

use contract::{Record, Status};

use super::REPAIR;
use crate::{
    app::App,
    error::Retry,
    handling::{End, Handled},
    patience::Patience,
    stores::records::StoredRecord,
};

/// Keeps the creation time of an image that a run makes again, because lists and late messages go
/// by it.
pub fn keep_creation(record: &mut Record, known: Option<&StoredRecord>) {
    let known = known
        .and_then(|known| known.record.as_ref())
        .filter(|known| known.status != Status::Deleted);
    if let (true, Some(known)) = (record.processing.run.is_some(), known) {
        record.created_at = known.created_at;
        record.created_day.clone_from(&known.created_day);
    }
}

/// Leaves a processed image as it is if a run would reject it. The run keeps the reason.
pub async fn refuse(
    app: &App,
    record: &Record,
    known: Option<&StoredRecord>,
    patience: &Patience,
) -> Result<Option<Handled>, Retry> {
    let was_processed = known
        .and_then(|known| known.record.as_ref())
        .is_some_and(|known| known.status == Status::Processed);
    let (Some(run), Some(rejection), true) = (&record.processing.run, &record.error, was_processed)
    else {
        return Ok(None);
    };
    let name = &record.source.name;
    tracing::warn!(name, run, %rejection, "left unchanged: the run would reject it");
    if run != REPAIR {
        app.runs.refuse(patience, run, name, rejection).await?;
    }
    let end = End::Kept(rejection.clone());
    Ok(Some(Handled::without_outputs(name, end)))
}
