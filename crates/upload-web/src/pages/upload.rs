//! The form, what it takes, and what became of it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{
        Multipart, RawQuery, State,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use futures::TryStreamExt as _;

use super::{Layout, html};
use crate::{
    api::events,
    app::App,
    auth::User,
    error::{Error, PageError},
    images::{Image, ImageState, Progress},
    limits::Slot,
    sender::Staged,
    trace::Trace,
    upload::{Accepted, Details, Receive, details, name},
};

/// The most files of one form.
const MOST_FILES: usize = 100;
/// The most bytes of what is typed into one field.
const MOST_TYPED: usize = 16 * 1024;

#[derive(Template)]
#[template(path = "upload.html")]
struct Form {
    layout: Layout,
    token: String,
    limit_mib: u32,
    flows: Vec<&'static str>,
    max_title: usize,
    max_description: usize,
    most_followed: usize,
}

/// Answers with the form.
pub async fn form(State(app): State<Arc<App>>, user: User) -> Response {
    html(&Form {
        layout: Layout::new(&user, "/upload"),
        token: app.tokens.issue(&user),
        limit_mib: app.settings.max_upload_mib.get(),
        flows: app
            .senders
            .flows()
            .map(crate::settings::Flow::as_str)
            .collect(),
        max_title: details::MAX_TITLE,
        max_description: details::MAX_DESCRIPTION,
        most_followed: events::MOST,
    })
}

#[derive(Template)]
#[template(path = "sent.html")]
struct Sent {
    layout: Layout,
    /// Files that were not taken, and why.
    refused: Vec<(String, String)>,
    images: Vec<ImageState>,
    pending: bool,
    events_url: String,
}

/// Takes what the form sends where there is no script.
///
/// Every file is received, and none is handed over before the form has come to its end: what is typed
/// below the files goes with them, and a form that breaks off leaves nothing behind.
pub async fn send(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    mut form: Multipart,
) -> Result<Response, PageError> {
    let mut received = Received::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        received.take(&app, &user, field).await?;
    }
    if received.staged.is_empty() && received.refused.is_empty() {
        return Err(Error::Invalid("No file was chosen.".to_owned()).into());
    }
    let typed = received.details.checked()?;
    let mut accepted = Vec::new();
    for (file, staged) in received.staged {
        let details = Details {
            filename: file,
            ..typed.clone()
        };
        let sender = app.senders.get(details.flow.as_deref())?;
        accepted.push(sender.commit(staged, &details, &user, &trace).await?);
    }
    tracing::info!(files = accepted.len(), "took a form");
    Ok(answer(&user, accepted, received.refused))
}

/// One image leads to its page, many to a list of them, and what was refused is said at once.
fn answer(user: &User, accepted: Vec<Accepted>, refused: Vec<(String, String)>) -> Response {
    if refused.is_empty() {
        return match accepted.as_slice() {
            [one] => Redirect::to(&one.page_url).into_response(),
            many => Redirect::to(&with_ids("/uploads", many.iter().map(|a| a.id.as_str())))
                .into_response(),
        };
    }
    let pending = accepted.into_iter().map(|accepted| ImageState {
        id: accepted.id,
        status: Progress::Pending,
        filename: Some(accepted.filename),
        code: None,
        reason: None,
        page_url: accepted.page_url,
        thumb_url: None,
    });
    let page = sent_page(user, refused, pending.collect());
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// What a form has brought up to now.
#[derive(Default)]
struct Received {
    allowed: bool,
    details: Details,
    staged: Vec<(String, Staged)>,
    refused: Vec<(String, String)>,
}

impl Received {
    async fn take(&mut self, app: &App, user: &User, field: Field<'_>) -> Result<(), Error> {
        match field.name().unwrap_or_default() {
            "token" => {
                app.tokens.check(user, &typed(field).await?)?;
                self.allowed = true;
            }
            "title" => self.details.title = typed(field).await?,
            "tags" => self.details.tags = typed(field).await?,
            "description" => self.details.description = typed(field).await?,
            "flow" => self.details.flow = Some(typed(field).await?),
            "files" => self.file(app, user, field).await?,
            _ => {}
        }
        Ok(())
    }

    async fn file(&mut self, app: &App, user: &User, field: Field<'_>) -> Result<(), Error> {
        if !self.allowed {
            return Err(Error::Forbidden("This form did not come from here."));
        }
        let stated = field.file_name().unwrap_or_default().to_owned();
        if stated.is_empty() {
            // The browser's way to say that no file was chosen.
            return Ok(());
        }
        if self.staged.len() + self.refused.len() == MOST_FILES {
            let message = format!("At most {MOST_FILES} files can be sent at once.");
            return Err(Error::Unprocessable(message));
        }
        let file = name::file_name(&stated);
        app.limits.check_upload(user)?;
        let slot = app.limits.slot(user).await?;
        match self.stage(app, user, &file, field, slot).await {
            Ok(staged) => self.staged.push((file, staged)),
            // These are about one file; the others may still be good.
            Err(error @ (Error::UnsupportedType(_) | Error::TooLarge { .. })) => {
                self.refused.push((file, error.to_string()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn stage(
        &self,
        app: &App,
        user: &User,
        file: &str,
        field: Field<'_>,
        _slot: Slot,
    ) -> Result<Staged, Error> {
        let sender = app.senders.get(self.details.flow.as_deref())?;
        let name = name::image_name(user, file, None)?;
        let limit = app.settings.max_upload_bytes();
        let mut receive = Receive::begin(field.map_err(broken), None, limit).await?;
        sender.stage(&mut receive, name).await
    }
}

async fn typed(mut field: Field<'_>) -> Result<String, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_TYPED {
            return Err(Error::Unprocessable(
                "A field has too much text.".to_owned(),
            ));
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Invalid("A field is not UTF-8.".to_owned()))
}

fn broken(_: MultipartError) -> Error {
    Error::Invalid("The upload broke off; nothing of it was kept.".to_owned())
}

/// Answers with how far some images have come.
pub async fn sent(
    State(app): State<Arc<App>>,
    user: User,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let mut images = Vec::new();
    for id in events::ids(query.as_deref().unwrap_or_default())
        .into_iter()
        .take(MOST_FILES)
    {
        images.push(match app.image(&user, &id).await {
            Ok(image @ (Image::Recorded(_) | Image::Pending { .. })) => ImageState::from(&image),
            Err(Error::NotFound) => ImageState::missing(&id),
            Err(error) => return Err(error.into()),
        });
    }
    Ok(sent_page(&user, Vec::new(), images))
}

fn sent_page(user: &User, refused: Vec<(String, String)>, images: Vec<ImageState>) -> Response {
    let pending = images.iter().filter(|image| !image.is_final());
    let ids: Vec<_> = pending.map(|image| image.id.as_str()).collect();
    html(&Sent {
        layout: Layout::new(user, "/upload"),
        refused,
        pending: !ids.is_empty(),
        events_url: with_ids("/api/v1/events", ids.into_iter()),
        images,
    })
}

fn with_ids<'a>(path: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let pairs: Vec<_> = ids.map(|id| ("id", id)).collect();
    format!(
        "{path}?{}",
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    )
}
