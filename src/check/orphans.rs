//! Finds originals and renditions that no record names.

use std::{collections::BTreeMap, sync::Arc};

use contract::RecordId;

use super::{Finding, Options, PAGE, Problem, Report, hear, is_recent, patience, repair::process};
use crate::{app::App, error::Retry, patience::Patience, stores::container::Listed};

/// Finds every original that has no record. Returns where to continue.
pub(super) async fn originals(
    app: &Arc<App>,
    options: &Options,
    mut place: Option<String>,
    report: &mut Report,
    tell: &mut impl FnMut(&Finding, bool),
) -> Result<Option<String>, Retry> {
    let mut left = options.sample.unwrap_or(u64::MAX);
    while left > 0 {
        let patience = patience();
        let page = app
            .uploads
            .page(&patience, "", place.as_deref(), PAGE)
            .await?;
        left = left.saturating_sub(page.blobs.len() as u64);
        let is_old = |blob: &Listed| !is_recent(blob.last_modified, options.grace);
        let old = page.blobs.into_iter().filter(is_old);
        let without = app
            .records
            .without(&patience, old.map(|blob| blob.name).collect())
            .await?;
        for name in without {
            let is_repaired = options.repair && give_record(app, &patience, &name).await?;
            let finding = Finding {
                name,
                problem: Problem::Unprocessed,
                blob: None,
            };
            hear(&[(finding, is_repaired)], report, tell);
        }
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    Ok(place)
}

async fn give_record(app: &Arc<App>, patience: &Patience, name: &str) -> Result<bool, Retry> {
    process(app, patience, name, None).await?;
    let known = app
        .records
        .find(patience, &RecordId::from_name(name))
        .await?;
    Ok(known.is_some())
}

/// Finds every rendition of an image that has no record. Returns where to continue.
pub(super) async fn renditions(
    app: &App,
    options: &Options,
    mut place: Option<String>,
    report: &mut Report,
    tell: &mut impl FnMut(&Finding, bool),
) -> Result<Option<String>, Retry> {
    let mut left = options.sample.unwrap_or(u64::MAX);
    while left > 0 {
        let patience = patience();
        let page = app
            .direct
            .renditions
            .page(&patience, place.as_deref(), PAGE)
            .await?;
        left = left.saturating_sub(page.blobs.len() as u64);
        let mut folders: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
        for blob in page.blobs {
            // Renditions are written before their record, so a recent one may still get its record.
            if is_recent(blob.last_modified, options.grace) {
                continue;
            }
            if let Some((folder, _)) = blob.name.rsplit_once('/') {
                folders.entry(folder.to_owned()).or_default().push(blob);
            }
        }
        let names = folders.keys().cloned().collect();
        for name in app.records.without(&patience, names).await? {
            // The pass over the originals has found an original without a record already.
            if app.uploads.find(&patience, &name).await?.is_some() {
                continue;
            }
            let orphans = folders.remove(&name).unwrap_or_default();
            let found = orphans.iter().map(|blob| Finding {
                name: name.clone(),
                problem: Problem::RenditionExtra,
                blob: Some(blob.name.clone()),
            });
            let found: Vec<_> = found.map(|finding| (finding, options.repair)).collect();
            if options.repair {
                app.direct
                    .renditions
                    .delete_listed(&patience, &orphans)
                    .await?;
            }
            hear(&found, report, tell);
        }
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    Ok(place)
}
