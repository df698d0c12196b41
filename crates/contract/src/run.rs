//! A run makes many images again from originals that exist already.
//!
//! A run is a JSON document in the container [`RUNS`](crate::names::RUNS), and its work waits in
//! the queue [`RUNS_QUEUE`](crate::names::RUNS_QUEUE). Its progress is not counted anywhere,
//! because the records say which run made them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::timestamp;

/// A run of reprocessing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its name: `20260102T030405Z-` and six hexadecimal digits, so that names sort by time.
    pub id: String,
    /// When it was asked for.
    #[serde(with = "timestamp")]
    pub created_at: Timestamp,
    /// Which images it makes.
    pub selection: Selection,
    /// The version of the presets that it is for. An app with other presets makes the run wait.
    /// Empty if any presets will do.
    pub presets_version: String,
    /// The most images that may begin in a minute.
    pub per_minute: u32,
    /// How many images were selected when it was asked for.
    pub expected: u64,
    /// Whether it is running.
    pub state: RunState,
    /// How many images have been put into the queue.
    #[serde(default)]
    pub queued: u64,
    /// Where the next images begin; absent at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Where the previous images began, so that a repeated step is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Which images a run makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Selection {
    /// Images whose records match.
    Records {
        /// A condition as people write it, for example `format = jpeg and date < 2026-01-01`.
        condition: String,
    },
    /// Images that were chosen one by one. They are in the queue from the start.
    Chosen,
    /// Originals in the container of uploads that have no record.
    Missing {
        /// The prefix of their names.
        prefix: String,
    },
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// More images are still to be put into the queue.
    Running,
    /// Somebody stopped it. What is in the queue is dropped.
    Stopped,
    /// Every image has been put into the queue.
    Queued,
}

/// A message in the queue of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum RunMessage {
    /// Put the next images into the queue.
    Feed {
        /// The run.
        run: String,
        /// Where they begin; absent at the start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Make an image again.
    Image {
        /// The run.
        run: String,
        /// The image.
        name: String,
    },
}

/// The name of a new run: the time when it begins, and digits that distinguish it from others of
/// the same second.
#[must_use]
pub fn new_id(now: Timestamp) -> String {
    let digits = now.subsec_nanosecond().unsigned_abs() & 0x00FF_FFFF;
    format!("{}-{digits:06x}", now.strftime("%Y%m%dT%H%M%SZ"))
}

/// The path of a run's document.
#[must_use]
pub fn run_path(id: &str) -> String {
    format!("{id}.json")
}

/// The path of an image's refusal in a run, in the container of runs.
#[must_use]
pub fn refusal_path(run: &str, id: &crate::RecordId) -> String {
    format!("refused/{run}/{id}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_name_and_places_of_its_own() {
        let id = new_id("2026-01-02T03:04:05.5Z".parse().unwrap());
        // 500,000,000 nanoseconds, of which the last 24 bits are kept.
        assert_eq!(id, "20260102T030405Z-cd6500");
        assert_eq!(run_path(&id), "20260102T030405Z-cd6500.json");
        assert_eq!(
            refusal_path(&id, &crate::RecordId::from_name("a/b.jpg")),
            "refused/20260102T030405Z-cd6500/a=2Fb.jpg.json"
        );
    }

    #[test]
    fn a_run_and_its_messages_are_plain_json() {
        let run = Run {
            id: "20260102T030405Z-00ff00".to_owned(),
            created_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            selection: Selection::Records {
                condition: "format = jpeg".to_owned(),
            },
            presets_version: "0123456789ab".to_owned(),
            per_minute: 600,
            expected: 2,
            state: RunState::Running,
            queued: 0,
            after: None,
            before: None,
        };
        let json = serde_json::to_value(&run).unwrap();
        assert_eq!(json["selection"]["kind"], "records");
        assert_eq!(json["state"], "running");
        assert_eq!(serde_json::from_value::<Run>(json).unwrap(), run);
        let message = r#"{"do":"image","run":"r","name":"a.jpg"}"#;
        let image = RunMessage::Image {
            run: "r".to_owned(),
            name: "a.jpg".to_owned(),
        };
        assert_eq!(serde_json::to_string(&image).unwrap(), message);
    }
}
