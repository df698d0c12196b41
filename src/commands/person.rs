//! `darkroom export` and `darkroom erase`: everything about one uploader.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use azure_core::http::Etag;
use contract::{Record, metadata_value, names};
use serde_json::json;

use super::{failed, patience};
use crate::{
    app::App,
    handling::remove,
    runs::condition::Condition,
    stores::{
        container::Listed,
        originals::{Opened, Originals},
    },
};

/// How many records one query asks for.
const PAGE: u32 = 100;

/// Copies everything into a folder: a file for each original and rendition, and `records.json`, which says what each
/// file is. Files are numbered, because their names come from outside and cannot be trusted.
#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn export(
    app: &Arc<App>,
    uploader: &str,
    folder: &Path,
) -> anyhow::Result<ExitCode> {
    fs::create_dir(folder).with_context(|| format!("{} must be a new folder", folder.display()))?;
    let mut images = Vec::new();
    let mut files = 0;
    let mut next = |extension: &str| {
        files += 1;
        format!("{files:06}.{extension}")
    };
    for record in records(app, uploader).await? {
        let mut copies = Vec::new();
        if let Some((container, name)) = original(app, &record)
            && let Some(opened) = container.open(&patience(), &name).await.map_err(failed)?
        {
            let file = next("original");
            let path = folder.join(&file);
            copy(container, &name, opened, &path)
                .await
                .with_context(|| format!("copying {name} to {}", path.display()))?;
            copies.push(json!({"file": file, "is": "original"}));
        }
        for rendition in &record.renditions {
            let Some(path) = &rendition.path else {
                continue;
            };
            if let Some(bytes) = app.direct.renditions.read(&patience(), path).await? {
                let file = next("rendition");
                fs::write(folder.join(&file), bytes)?;
                copies.push(json!({"file": file, "is": rendition.preset}));
            }
        }
        images.push(json!({"record": record, "files": copies}));
    }
    let mut letters = Vec::new();
    for path in app.dead_letters.of_uploader(&patience(), uploader).await? {
        letters.extend(app.dead_letters.read(&patience(), &path).await?);
    }
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

/// Removes everything: originals, renditions, records, dead letters, and originals that have no record yet. A tombstone
/// of each image stays. It says nothing of the uploader and keeps late events from bringing the image back.
#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn erase(
    app: &Arc<App>,
    uploader: &str,
    confirmed: bool,
) -> anyhow::Result<ExitCode> {
    let found = everything(app, uploader).await?;
    if !confirmed {
        println!("{found} of {uploader} would be removed permanently. Add --yes to remove them.");
        return Ok(ExitCode::SUCCESS);
    }
    for record in &found.records {
        erase_image(app, record).await?;
    }
    for blob in &found.unrecorded {
        app.uploads
            .delete(&patience(), &blob.name, &blob.etag)
            .await?;
        remove(app, &blob.name, &patience()).await?;
    }
    for path in &found.letters {
        app.dead_letters.remove(&patience(), path).await?;
    }
    let left = everything(app, uploader).await?;
    ensure!(
        left.is_empty(),
        "{left} are left, or have just arrived: run the command again"
    );
    println!(
        "{found} of {uploader} were removed. Their tombstones do not name the uploader. Not \
         searched: images that came through the sink connector, which do not name an uploader, and \
         runs whose condition names the uploader."
    );
    Ok(ExitCode::SUCCESS)
}

/// Everything that belongs to one uploader.
struct Everything {
    records: Vec<Record>,
    /// Originals that have no record.
    unrecorded: Vec<Listed>,
    /// Paths of dead letters.
    letters: Vec<String>,
}

impl Everything {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.unrecorded.is_empty() && self.letters.is_empty()
    }
}

impl std::fmt::Display for Everything {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} images, {} originals without a record and {} dead letters",
            self.records.len(),
            self.unrecorded.len(),
            self.letters.len()
        )
    }
}

async fn everything(app: &App, uploader: &str) -> anyhow::Result<Everything> {
    Ok(Everything {
        records: records(app, uploader).await?,
        unrecorded: unrecorded(app, uploader).await?,
        letters: app.dead_letters.of_uploader(&patience(), uploader).await?,
    })
}

/// Removes an image, unless its name belongs to another uploader's image by now.
async fn erase_image(app: &App, record: &Record) -> anyhow::Result<()> {
    let known = app.records.find(&patience(), &record.id).await?;
    let now = known.and_then(|known| known.record);
    let Some(record) = now.filter(|now| now.source.uploader == record.source.uploader) else {
        return Ok(());
    };
    let name = &record.source.name;
    if record.source.kind.is_message() {
        if let Some(blob) = app.incoming_blob(&record) {
            app.incoming
                .delete(&patience(), &blob, &Etag::from("*"))
                .await?;
        }
        return app.direct.bury(&patience(), &record).await.map_err(failed);
    }
    if let Some(etag) = &record.source.etag {
        app.uploads
            .delete(&patience(), name, &Etag::from(etag.clone()))
            .await?;
    }
    remove(app, name, &patience()).await?;
    Ok(())
}

/// Originals without a record whose metadata names the uploader.
async fn unrecorded(app: &App, uploader: &str) -> anyhow::Result<Vec<Listed>> {
    let mut found = Vec::new();
    let mut place: Option<String> = None;
    loop {
        let page = app
            .uploads
            .page(&patience(), "", place.as_deref(), PAGE)
            .await?;
        let theirs = page.blobs.into_iter().filter(|blob| {
            let said = blob
                .metadata
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(names::blob_metadata::UPLOADER));
            said.is_some_and(|(_, value)| metadata_value::decode(value) == uploader)
        });
        let theirs: Vec<_> = theirs.collect();
        let without = theirs.iter().map(|blob| blob.name.clone()).collect();
        let without = app.records.without(&patience(), without).await?;
        found.extend(
            theirs
                .into_iter()
                .filter(|blob| without.contains(&blob.name)),
        );
        place = page.next;
        if place.is_none() {
            return Ok(found);
        }
    }
}

/// All records of one uploader.
async fn records(app: &App, uploader: &str) -> anyhow::Result<Vec<Record>> {
    let condition = Condition {
        text: "c.source.uploader = @uploader AND c.status != 'deleted'".to_owned(),
        parameters: vec![("@uploader".to_owned(), json!(uploader))],
    };
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = app
            .records
            .select::<Record>(&patience(), "*", &condition, after.as_deref(), PAGE)
            .await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Where the original of an image is.
fn original<'a>(app: &'a App, record: &Record) -> Option<(&'a Originals, String)> {
    if record.source.kind.is_message() {
        return Some((&app.incoming, app.incoming_blob(record)?));
    }
    Some((&app.uploads, record.source.name.clone()))
}

/// Copies a blob piece by piece. If the connection breaks, it starts again from the beginning.
async fn copy(
    container: &Originals,
    name: &str,
    mut opened: Opened,
    path: &Path,
) -> anyhow::Result<()> {
    let patience = patience();
    loop {
        match opened.copy_to(&mut File::create(path)?).await {
            Err(error) if error.kind() == io::ErrorKind::Other && patience.is_left() => {}
            outcome => return Ok(outcome?),
        }
        patience.pause(Duration::from_millis(500)).await;
        let again = container.open(&patience, name).await.map_err(failed)?;
        opened = again.context("it is gone by now")?;
    }
}
