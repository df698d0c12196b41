//! The upload form, its handling, and the results.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    Extension,
    extract::{Multipart, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use sha2::{Digest as _, Sha256};

use super::{Layout, html};
use crate::{
    api::events,
    app::App,
    auth::User,
    error::{Error, PageError},
    images::{ImageState, Progress},
    trace::Trace,
    upload::{Accepted, Details, UploadRequest, details, form},
};

/// How long the form waits for what its user has.
const USAGE_PATIENCE: Duration = Duration::from_secs(1);

/// The most files of one form.
const MOST_FILES: usize = 100;

#[derive(Template)]
#[template(path = "upload.html")]
struct Form {
    layout: Layout,
    token: String,
    limit_mib: u32,
    heic: bool,
    flows: Vec<&'static str>,
    max_title: usize,
    max_description: usize,
    most_followed: usize,
    person: String,
    /// How much the user has and may have, if there is a quota.
    usage: Option<String>,
}

/// Answers with the form.
pub async fn form(State(app): State<Arc<App>>, user: User) -> Response {
    html(&Form {
        layout: Layout::new(&user, "/upload"),
        token: app.tokens.issue(&user),
        limit_mib: app.settings.max_upload_mib.get(),
        heic: app.settings.heic,
        flows: app
            .senders
            .flows()
            .map(crate::settings::Flow::as_str)
            .collect(),
        max_title: details::MAX_TITLE,
        max_description: details::MAX_DESCRIPTION,
        most_followed: events::MOST,
        person: person(&user),
        usage: usage(&app, &user).await,
    })
}

/// What the user has beside the quota, in words. Absent if it cannot be found out at once.
async fn usage(app: &Arc<App>, user: &User) -> Option<String> {
    if !app.quotas.apply() {
        return None;
    }
    let usage = app.usage(user, USAGE_PATIENCE).await.ok()?;
    Some(app.quotas.limits().in_words(&usage))
}

/// An opaque id by which a browser tells the uploads of its users apart.
fn person(user: &User) -> String {
    let digest = Sha256::digest(&user.id);
    format!("{digest:.16x}")
}

#[derive(Template)]
#[template(path = "sent.html")]
struct Sent {
    layout: Layout,
    /// Files that were refused, and why.
    refused: Vec<(String, String)>,
    images: Vec<ImageState>,
    /// Where the results of the images are to be followed; absent if there are all.
    events_url: Option<String>,
    /// Where they are shown from then on. Absent on that page itself.
    follow_url: Option<String>,
}

/// Takes the form as a browser without scripts sends it.
pub async fn send(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    multipart: Multipart,
) -> Result<Response, PageError> {
    let upload = UploadRequest {
        app: &app,
        user: &user,
        trace: &trace,
        key: None,
    };
    let rules = form::Rules {
        most_files: MOST_FILES,
        token: true,
    };
    let form = form::Form::take(&upload, rules, Details::default(), multipart).await?;
    Ok(answer(&user, form))
}

/// Redirects to the page of one image, or to a list of several. Files that were refused, and those that the user has
/// uploaded before, are reported at once.
fn answer(user: &User, form: form::Form) -> Response {
    let is_new = |accepted: &Accepted| accepted.existing.is_none();
    if form.refused.is_empty() && form.accepted.iter().all(is_new) {
        let accepted = &form.accepted;
        return match accepted.as_slice() {
            [one] => Redirect::to(&one.page_url).into_response(),
            many => Redirect::to(&with_ids("/uploads", many.iter().map(|a| a.id.as_str())))
                .into_response(),
        };
    }
    let follow_url = with_ids("/uploads", form.accepted.iter().map(|a| a.id.as_str()));
    let any_refused = !form.refused.is_empty();
    let pending = form.accepted.into_iter().map(ImageState::from);
    let refused = form.refused.into_iter();
    let refused = refused.map(|(file, error)| (file, error.to_string()));
    let images: Vec<_> = pending.collect();
    let page = html(&Sent {
        layout: Layout::new(user, "/upload"),
        refused: refused.collect(),
        events_url: None,
        follow_url: (!images.is_empty()).then_some(follow_url),
        images,
    });
    match form.failed {
        Some(error) => error.finish(page),
        None if any_refused => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
        None => page,
    }
}

/// Answers with the states of some images.
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
            Ok(image) => app.with_same(&user, &id, ImageState::from(&image)).await,
            Err(Error::NotFound) => ImageState::missing(&id),
            Err(error) => return Err(error.into()),
        });
    }
    let pending = images.iter().filter(|image| !image.is_final());
    let ids: Vec<_> = pending.map(|image| image.id.as_str()).collect();
    let events_url = with_ids("/api/v1/events", ids.iter().copied());
    Ok(html(&Sent {
        layout: Layout::new(&user, "/upload"),
        refused: Vec::new(),
        events_url: (!ids.is_empty()).then_some(events_url),
        follow_url: None,
        images,
    }))
}

fn with_ids<'a>(path: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let pairs: Vec<_> = ids.map(|id| ("id", id)).collect();
    format!(
        "{path}?{}",
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    )
}
