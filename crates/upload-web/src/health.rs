//! Liveness and readiness of the process.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use tokio::time::timeout;

use crate::{
    app::App,
    error::{Dependency, Error},
};

/// A longer check counts as not ready, because the platform does not wait longer either.
const PATIENCE: Duration = Duration::from_secs(5);

/// The state of the required services.
#[derive(Debug, Serialize)]
pub struct Readiness {
    storage: bool,
    cosmos: bool,
    /// Absent unless uploads may go through Kafka.
    #[serde(skip_serializing_if = "Option::is_none")]
    kafka: Option<bool>,
}

impl Readiness {
    fn is_complete(&self) -> bool {
        self.storage && self.cosmos && self.kafka.unwrap_or(true)
    }
}

/// Answers as long as the process runs.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Answers 200 if every required service answers; otherwise 503 with the ones that do not.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
    let storage = timeout(PATIENCE, app.uploads.get_properties(None));
    let cosmos = timeout(PATIENCE, app.records.check());
    let kafka = timeout(PATIENCE, app.senders.check_kafka());
    let (storage, cosmos, kafka) = tokio::join!(storage, cosmos, kafka);
    let readiness = Readiness {
        storage: matches!(storage, Ok(Ok(_))),
        cosmos: matches!(cosmos, Ok(Ok(()))),
        kafka: kafka
            .unwrap_or(Some(Err(Error::Unavailable(Dependency::Kafka))))
            .map(|answer| answer.is_ok()),
    };
    let ready = readiness.is_complete() && !*app.stopping.borrow();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}
