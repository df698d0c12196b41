//! The results of images, live, as server-sent events.
//!
//! Settings limit the number of streams, for all users together and for each user. [`follow`](mod@crate::follow) looks
//! up what a stream waits for.

use std::{collections::HashSet, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::sse::{Event, KeepAlive, Sse},
};
use contract::RecordId;
use futures::{
    Stream, StreamExt as _,
    stream::{self, FuturesUnordered},
};
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    follow::outcome,
    images::ImageId,
};

/// The most images that one stream follows.
pub const MOST: usize = 100;

/// After this time the browser reconnects, if it still waits for images. Azure's load balancers cut connections of
/// about this age anyway.
const LONGEST_STREAM: Duration = Duration::from_mins(10);

/// One event of a stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what is sent")]
struct StreamEvent {
    /// `image` or `done`.
    event: String,
    /// For `image`, an `ImageState` in JSON. For `done`, an empty object.
    data: String,
}

/// Follow images until all of them are processed or rejected
///
/// The data of each event `image` is an `ImageState` in JSON. The last event is `done`. A stream ends after ten minutes
/// at the latest. If it ends without `done`, open it again.
#[utoipa::path(get, path = "/api/v1/events", tag = "images",
    params(("id" = Vec<String>, Query, explode = true, description = "Ids of at most 100 images")),
    responses(
        (status = 200, body = StreamEvent, content_type = "text/event-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn many(
    State(app): State<Arc<App>>,
    user: User,
    RawQuery(query): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let ids = ids(query.as_deref().unwrap_or_default());
    if ids.is_empty() || ids.len() > MOST {
        let message = format!("The number of ids must be between 1 and {MOST}.");
        return Err(Error::Invalid(message).into());
    }
    Ok(follow(&app, &user, ids)?)
}

/// Follow one image until it is processed or rejected
#[utoipa::path(get, path = "/api/v1/images/{id}/events", tag = "images",
    params(("id" = String, Path, description = "The image's id")),
    responses(
        (status = 200, body = StreamEvent, content_type = "text/event-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn one(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    Ok(follow(&app, &user, vec![id])?)
}

/// The ids in a query string.
#[must_use]
pub fn ids(query: &str) -> Vec<RecordId> {
    let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    pairs
        .into_iter()
        .filter(|(key, _)| key == "id")
        .filter_map(|(_, id)| serde_json::from_value(id.into()).ok())
        .collect()
}

/// Streams the states of images. Ends with `done`, or without it if the time is over or this process is to stop. Then
/// the browser reconnects, to an instance that keeps running.
fn follow(
    app: &Arc<App>,
    user: &User,
    ids: Vec<RecordId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Error> {
    let place = app.limits.stream(user)?;
    let mut stopping = app.stopping.subscribe();
    let end = async move {
        let stopping = stopping.wait_for(|stopping| *stopping);
        let _ = timeout(LONGEST_STREAM, stopping).await;
        // Held for as long as the stream lasts.
        drop(place);
    };
    let ids: HashSet<_> = ids.into_iter().collect();
    let outcomes: FuturesUnordered<_> = ids
        .into_iter()
        .map(|id| outcome(Arc::clone(app), user.clone(), id))
        .collect();
    let events = outcomes
        .map(|state| Event::default().event("image").json_data(&state))
        .map(Result::unwrap_or_default)
        .chain(stream::once(async {
            Event::default().event("done").data("{}")
        }));
    let events = events.take_until(Box::pin(end)).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
