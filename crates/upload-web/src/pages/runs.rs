//! The progress of each run of reprocessing.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use contract::{Run, RunState, Selection};
use jiff::{SignedDuration, Timestamp};

use super::{Layout, chart::part, html, text};
use crate::{
    app::App,
    auth::User,
    error::{Error, PageError},
};

/// The largest number of images of a run that are counted.
const MOST_COUNTED: usize = 10_000;
/// How long after the start of a run the page refreshes itself.
const WATCHED: SignedDuration = SignedDuration::from_hours(1);

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    layout: Layout,
    runs: Vec<Row>,
    /// Whether one of them has not ended.
    is_going_on: bool,
}

/// One run.
struct Row {
    id: String,
    begun: String,
    state: &'static str,
    what: String,
    made: usize,
    expected: u64,
    /// How much of it is done, in per cent.
    length: String,
    is_going_on: bool,
}

/// Answers with the last runs. Runs concern all users' images, so only administrators see them.
pub async fn runs(State(app): State<Arc<App>>, user: User) -> Result<Response, PageError> {
    if !user.admin {
        return Err(Error::NotFound.into());
    }
    let mut rows = Vec::new();
    for run in app.runs.last().await? {
        let made = app.records.made_by(&run.id, MOST_COUNTED).await?;
        rows.push(row(run, made));
    }
    Ok(html(&RunsPage {
        layout: Layout::new(&user, "/runs"),
        is_going_on: rows.iter().any(|row| row.is_going_on),
        runs: rows,
    }))
}

fn row(run: Run, made: usize) -> Row {
    let is_done = made as u64 >= run.expected;
    // An image that was left as it was never counts as made, so the page must not wait for it
    // forever.
    let age = Timestamp::now().duration_since(run.created_at);
    let is_going_on = !is_done && run.state != RunState::Stopped && age < WATCHED;
    let state = match run.state {
        RunState::Stopped => "stopped",
        _ if is_done => "finished",
        RunState::Running | RunState::Queued => "in the queue",
    };
    let what = match run.selection {
        Selection::Records { condition } => condition,
        Selection::Chosen => "chosen one by one".to_owned(),
        Selection::Missing { prefix } => format!("originals without a record, {prefix}*"),
    };
    Row {
        begun: text::time(run.created_at),
        length: part(made as u64, run.expected.max(1), 100.0),
        id: run.id,
        is_going_on,
        state,
        what,
        made,
        expected: run.expected,
    }
}
