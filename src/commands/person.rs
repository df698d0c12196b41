//! `darkroom export` and `darkroom erase`: everything about one uploader.

use std::{fs, path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context as _, ensure};
use contract::{Record, Status};
use serde_json::{Value, json};

use super::{failed, patience};
use crate::{app::App, handling::remove, runs::condition::Condition};

/// Records that are asked for in one go.
const PAGE: u32 = 100;

/// Copies everything into a folder: a file for each original and rendition, and `records.json`, which
/// says what each of them is. Files are numbered, because names come from outside.
#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn export(
    app: &Arc<App>,
    uploader: &str,
    folder: &Path,
) -> anyhow::Result<ExitCode> {
    fs::create_dir(folder).with_context(|| format!("{} must be a new folder", folder.display()))?;
    let mut images = Vec::new();
    let mut files = 0;
    let mut save = |bytes: &[u8], extension: &str| {
        files += 1;
        let file = format!("{files:06}.{extension}");
        fs::write(folder.join(&file), bytes).map(|()| file)
    };
    for record in records(app, uploader).await? {
        let mut copies = Vec::new();
        if let Some(bytes) = original(app, &record).await? {
            let file = save(&bytes, "original")?;
            copies.push(json!({"file": file, "is": "original"}));
        }
        for rendition in &record.renditions {
            let Some(path) = &rendition.path else {
                continue;
            };
            if let Some(bytes) = app.direct.renditions.read(&patience(), path).await? {
                let file = save(&bytes, "rendition")?;
                copies.push(json!({"file": file, "is": rendition.preset}));
            }
        }
        images.push(json!({"record": record, "files": copies}));
    }
    let letters = app.dead_letters.of_uploader(&patience(), uploader).await?;
    let letters: Vec<Value> = letters
        .into_iter()
        .map(|(_, letter)| json!(letter))
        .collect();
    let report = json!({"uploader": uploader, "images": images, "deadLetters": letters});
    fs::write(
        folder.join("records.json"),
        serde_json::to_vec_pretty(&report)?,
    )?;
    println!(
        "{} images and {} dead letters of {uploader}: {files} files and records.json in {}",
        images.len(),
        letters.len(),
        folder.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Removes everything: originals, renditions, records and dead letters. Of each image a tombstone stays,
/// which says nothing of its uploader: it keeps late events from bringing the image back.
#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn erase(
    app: &Arc<App>,
    uploader: &str,
    confirmed: bool,
) -> anyhow::Result<ExitCode> {
    let records = records(app, uploader).await?;
    let letters = app.dead_letters.of_uploader(&patience(), uploader).await?;
    let counted = format!(
        "{} images and {} dead letters",
        records.len(),
        letters.len()
    );
    if !confirmed {
        println!("{counted} of {uploader} would be removed for good. Say --yes to do it.");
        return Ok(ExitCode::SUCCESS);
    }
    for record in &records {
        erase_image(app, record).await?;
    }
    for (path, _) in &letters {
        app.dead_letters.remove(&patience(), path).await?;
    }
    let left = self::records(app, uploader).await?.len()
        + app
            .dead_letters
            .of_uploader(&patience(), uploader)
            .await?
            .len();
    ensure!(left == 0, "{left} of them are still there: run it again");
    println!(
        "{counted} of {uploader} are removed. Nothing of them is left but tombstones without a person."
    );
    Ok(ExitCode::SUCCESS)
}

async fn erase_image(app: &App, record: &Record) -> anyhow::Result<()> {
    let name = &record.source.name;
    if record.source.kind.is_message() {
        if let Some(blob) = app.incoming_blob(record) {
            app.incoming.delete(&patience(), &blob).await?;
        }
        return app.direct.bury(&patience(), record).await.map_err(failed);
    }
    app.uploads.delete(&patience(), name).await?;
    remove(app, name, &patience()).await?;
    Ok(())
}

/// All records of one uploader.
async fn records(app: &App, uploader: &str) -> anyhow::Result<Vec<Record>> {
    let condition = Condition {
        text: "c.source.uploader = @uploader".to_owned(),
        parameters: vec![("@uploader".to_owned(), json!(uploader))],
    };
    let mut all: Vec<Record> = Vec::new();
    loop {
        let after = all.last().map(|record| record.id.to_string());
        let page: Vec<Record> = app
            .records
            .select(&patience(), "*", &condition, after.as_deref(), PAGE)
            .await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(page);
        if is_last {
            all.retain(|record| record.status != Status::Deleted);
            return Ok(all);
        }
    }
}

async fn original(app: &App, record: &Record) -> anyhow::Result<Option<bytes::Bytes>> {
    if record.source.kind.is_message() {
        return match app.incoming_blob(record) {
            Some(blob) => Ok(app.incoming.bytes(&patience(), &blob).await?),
            None => Ok(None),
        };
    }
    Ok(app.uploads.bytes(&patience(), &record.source.name).await?)
}
