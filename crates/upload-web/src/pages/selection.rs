//! Actions on several images at once: a form of the gallery, which works without scripts.

use std::sync::Arc;

use axum::{
    Form,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use bytes::Bytes;
use contract::{Outcome, Record, RecordId};
use futures::{Stream, stream};

use crate::{
    app::App,
    auth::User,
    error::{Error, PageError},
    images::is_below,
    limits::Slot,
    renditions::verify::{Expected, Found},
    upload::name::file_name,
    zip::Archive,
};

/// The most images that can be chosen at once. A page of the gallery has fewer.
const MOST: usize = 100;
/// The most bytes of a rendition in a download. One rendition is in memory at a time.
const MOST_OF_ONE: u64 = 32 << 20;
/// The most bytes of a download.
const MOST_BYTES: u64 = 512 << 20;

/// The fields of the form: the token, and an id for each image.
type Fields = Vec<(String, String)>;

/// Deletes the chosen images and redirects to the gallery. Images that are gone already count as deleted.
pub async fn delete(
    State(app): State<Arc<App>>,
    user: User,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    for id in chosen(&app, &user, &fields)? {
        match app.delete(&user, &id).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Redirect::to("/").into_response())
}

/// Starts a run of the chosen images and redirects to the page that shows its progress. A run costs as much as new
/// uploads, so only administrators may start one.
pub async fn reprocess(
    State(app): State<Arc<App>>,
    user: User,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    if !user.admin {
        return Err(Error::NotFound.into());
    }
    let mut names = Vec::new();
    for id in chosen(&app, &user, &fields)? {
        names.push(app.record(&user, &id).await?.source.name);
    }
    app.runs.start(&names).await?;
    Ok(Redirect::to("/runs").into_response())
}

/// Answers with a ZIP archive of all renditions of the chosen images.
pub async fn download(
    State(app): State<Arc<App>>,
    user: User,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let place = app.limits.stream(&user)?;
    let mut files = Vec::new();
    for (at, id) in (1..).zip(chosen(&app, &user, &fields)?) {
        match app.record(&user, &id).await {
            Ok(record) => files.extend(renditions(at, &record)),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    check_size(&files)?;
    let mut response = Body::from_stream(archive(app, files, place)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"darkroom.zip\""),
    );
    Ok(response)
}

/// The ids that were chosen.
fn chosen(app: &App, user: &User, fields: &Fields) -> Result<Vec<RecordId>, Error> {
    let all = |wanted: &'static str| {
        let fields = fields.iter().filter(move |(name, _)| name == wanted);
        fields.map(|(_, value)| value.clone())
    };
    app.tokens
        .check(user, &all("token").next().unwrap_or_default())?;
    let ids = all("id").filter_map(|id| serde_json::from_value(id.into()).ok());
    let ids: Vec<RecordId> = ids.collect();
    match ids.len() {
        0 => Err(Error::Unprocessable("No image was chosen.".to_owned())),
        1..=MOST => Ok(ids),
        _ => Err(Error::Unprocessable(format!(
            "At most {MOST} images can be chosen at once."
        ))),
    }
}

/// A rendition that is to be downloaded.
#[derive(Debug)]
struct File {
    name: String,
    path: String,
    bytes: u64,
    sha256: String,
}

/// The renditions of the image at position `at`, in a folder of their own.
fn renditions(at: usize, record: &Record) -> Vec<File> {
    let called = record.file.name.as_deref().unwrap_or(&record.source.name);
    let folder = format!("{at:02} {}", portable(&file_name(called)));
    let written = record.renditions.iter().filter_map(|rendition| {
        let path = rendition.path.as_deref()?;
        let (_, extension) = path.rsplit_once('.')?;
        let own = rendition.outcome == Outcome::Written && is_below(path, &record.source.name);
        own.then_some(File {
            name: format!("{folder}/{}.{extension}", rendition.preset),
            path: path.to_owned(),
            bytes: rendition.bytes?,
            sha256: rendition.sha256.clone()?,
        })
    });
    written.collect()
}

/// A file name that is valid on every system.
fn portable(name: &str) -> String {
    let is_special = |c: char| c.is_control() || r#"<>:"/\|?*"#.contains(c);
    name.replace(is_special, "_")
        .trim_end_matches(['.', ' '])
        .to_owned()
}

fn check_size(files: &[File]) -> Result<(), Error> {
    if files.is_empty() {
        let message = "The chosen images have no renditions.";
        return Err(Error::Unprocessable(message.to_owned()));
    }
    if let Some(large) = files.iter().find(|file| file.bytes > MOST_OF_ONE) {
        let most = MOST_OF_ONE >> 20;
        return Err(Error::Unprocessable(format!(
            "{} is larger than {most} MiB. Please download it from the page of its image.",
            large.name
        )));
    }
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    if bytes > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(Error::Unprocessable(format!(
            "The renditions of the chosen images have more than {most} MiB together. Please choose \
             fewer images."
        )));
    }
    Ok(())
}

/// Writes the archive while it is sent, one rendition after the other. If a rendition no longer matches its record, the
/// archive breaks off, so that nobody takes it for complete.
fn archive(
    app: Arc<App>,
    files: Vec<File>,
    place: Slot,
) -> impl Stream<Item = Result<Bytes, Error>> {
    let begun = Some((files.into_iter(), Archive::default()));
    stream::unfold((app, begun, place), async |(app, begun, place)| {
        let (mut files, mut archive) = begun?;
        let Some(file) = files.next() else {
            return Some((Ok(archive.finish()), (app, None, place)));
        };
        let part = read(&app, &file).await.and_then(|content| {
            let too_large = || Error::internal(&"an archive is larger than its limit");
            archive.add(&file.name, &content).ok_or_else(too_large)
        });
        let next = part.is_ok().then_some((files, archive));
        Some((part, (app, next, place)))
    })
}

async fn read(app: &App, file: &File) -> Result<Bytes, Error> {
    let expected = Expected {
        path: &file.path,
        bytes: file.bytes,
        sha256: &file.sha256,
    };
    let Found::Verified(picture) = app.renditions.verify(expected).await? else {
        return Err(Error::BeingReplaced);
    };
    let body = app
        .renditions
        .body(picture, &file.path, 0..file.bytes)
        .await?;
    let most = usize::try_from(MOST_OF_ONE).map_err(|error| Error::internal(&error))?;
    to_bytes(body.ok_or(Error::BeingReplaced)?, most)
        .await
        .map_err(|error| Error::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::portable;

    #[test]
    fn names_are_for_every_system() {
        assert_eq!(portable("a:b?.jpg"), "a_b_.jpg");
        assert_eq!(portable("ends. ."), "ends");
        assert_eq!(portable("été.jpg"), "été.jpg");
    }
}
