//! What becomes of images, live, as server-sent events.
//!
//! The record is asked for, again and again and ever less often: a point read costs one request unit, and needs no
//! state that would have to be shared between instances.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::sse::{Event, KeepAlive, Sse},
};
use contract::RecordId;
use futures::{Stream, stream};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    images::{ImageId, ImageState},
};

/// The most images that one stream follows.
pub const MOST: usize = 100;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// After this the browser connects anew, if there is still something to wait for. Azure's load balancers cut
/// connections of about this age anyway.
const LONGEST_STREAM: Duration = Duration::from_mins(10);

/// One event of a stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what is sent")]
struct StreamEvent {
    /// `image` or `done`.
    event: String,
    /// Of `image`, an `ImageState` in JSON; of `done`, an empty object.
    data: String,
}

/// Follow images until all of them are processed or rejected
///
/// The data of each event `image` is an `ImageState` in JSON; `done` is the last event.
#[utoipa::path(get, path = "/api/v1/events", tag = "images",
    params(("id" = Vec<String>, Query, explode = true, description = "Ids of images, at most 100")),
    responses(
        (status = 200, body = StreamEvent, content_type = "text/event-stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub async fn many(
    State(app): State<Arc<App>>,
    user: User,
    RawQuery(query): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let ids = ids(query.as_deref().unwrap_or_default());
    if ids.is_empty() || ids.len() > MOST {
        let message = format!("Between 1 and {MOST} ids can be followed.");
        return Err(Error::Invalid(message).into());
    }
    Ok(follow(app, user, ids))
}

/// Follow one image until it is processed or rejected
#[utoipa::path(get, path = "/api/v1/images/{id}/events", tag = "images",
    params(("id" = String, Path, description = "The image's id")),
    responses(
        (status = 200, body = StreamEvent, content_type = "text/event-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub async fn one(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    follow(app, user, vec![id])
}

/// The ids in a query.
#[must_use]
pub fn ids(query: &str) -> Vec<RecordId> {
    let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    pairs
        .into_iter()
        .filter(|(key, _)| key == "id")
        .filter_map(|(_, id)| serde_json::from_value(id.into()).ok())
        .collect()
}

/// One stream's state.
struct Following {
    app: Arc<App>,
    user: User,
    /// In the order in which they are asked about.
    waiting: VecDeque<RecordId>,
    /// How many of `waiting` have not been asked about in this round.
    left_in_round: usize,
    pause: Duration,
    ends: Instant,
    done: bool,
}

fn follow(
    app: Arc<App>,
    user: User,
    ids: Vec<RecordId>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let following = Following {
        app,
        user,
        left_in_round: ids.len(),
        waiting: ids.into(),
        pause: FIRST_PAUSE,
        ends: Instant::now() + LONGEST_STREAM,
        done: false,
    };
    let events = stream::unfold(following, |mut following| async {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        if self.done {
            return None;
        }
        let mut stopping = self.app.stopping.subscribe();
        tokio::select! {
            event = self.next_state() => Some(event),
            // The browser connects anew, to an instance that stays.
            _ = stopping.wait_for(|stopping| *stopping) => None,
        }
    }

    /// Waits for the next image that nothing more will happen to.
    async fn next_state(&mut self) -> Event {
        while let Some(id) = self.waiting.front().cloned() {
            if self.left_in_round == 0 {
                if Instant::now() > self.ends {
                    break;
                }
                sleep(self.pause).await;
                self.pause = (self.pause * 5 / 4).min(LONGEST_PAUSE);
                self.left_in_round = self.waiting.len();
            }
            self.left_in_round -= 1;
            self.waiting.pop_front();
            let state = match self.app.image(&self.user, &id).await {
                Ok(image) => ImageState::from(&image),
                Err(Error::NotFound) => ImageState::missing(&id),
                // It will be asked about again.
                Err(_) => {
                    self.waiting.push_back(id);
                    continue;
                }
            };
            if state.is_final() {
                let event = Event::default().event("image");
                return event.json_data(&state).unwrap_or_default();
            }
            self.waiting.push_back(id);
        }
        self.done = true;
        Event::default().event("done").data("{}")
    }
}
