//! The container of runs.

use azure_core::http::Etag;
use bytes::Bytes;
use contract::{
    RecordId, Rejection, Run,
    run::{refusal_path, run_path},
};
use serde_json::json;

use super::container::{Condition, Container, Headers, Written};
use crate::{
    check::Place,
    error::{Error, Retry},
    patience::Patience,
};

/// The container of runs, and of the reasons why images were left as they were.
pub struct Runs(Container);

/// The beginning of every run's name: the first digit of a year.
const RUN_NAMES: &str = "2";
/// Where the place of the nightly check is kept. No run has a slash in its name.
const PLACE_OF_CHECK: &str = "check/place.json";

/// A run as it is in storage.
#[derive(Clone, Debug)]
pub struct KnownRun {
    /// Its document.
    pub run: Run,
    etag: Etag,
}

impl Runs {
    /// The runs in a container.
    #[must_use]
    pub fn new(container: Container) -> Self {
        Self(container)
    }

    /// The run with this name, if there is one.
    pub async fn find(&self, patience: &Patience, id: &str) -> Result<Option<KnownRun>, Retry> {
        let Some((bytes, etag)) = self.0.read(patience, &run_path(id)).await? else {
            return Ok(None);
        };
        let run = serde_json::from_slice(&bytes)
            .map_err(|error| Retry::new(format!("reading the run {id}"), error))?;
        Ok(Some(KnownRun { run, etag }))
    }

    /// Writes a run over the known one, or a new one if none is known.
    pub async fn put(
        &self,
        patience: &Patience,
        run: &Run,
        known: Option<&KnownRun>,
    ) -> Result<Written, Retry> {
        let condition = match known {
            Some(known) => Condition::Unchanged(known.etag.clone()),
            None => Condition::Absent,
        };
        self.write(patience, &run_path(&run.id), &json!(run), &condition)
            .await
    }

    /// Every run, the oldest first.
    pub async fn all(&self, patience: &Patience) -> Result<Vec<Run>, Retry> {
        let mut runs = Vec::new();
        for blob in self.0.list(patience, RUN_NAMES).await? {
            let Some(id) = blob
                .name
                .strip_suffix(".json")
                .filter(|id| !id.contains('/'))
            else {
                continue;
            };
            runs.extend(self.find(patience, id).await?.map(|known| known.run));
        }
        Ok(runs)
    }

    /// Keeps the reason why an image was left as it was.
    pub async fn refuse(
        &self,
        patience: &Patience,
        run: &str,
        name: &str,
        rejection: &Rejection,
    ) -> Result<(), Retry> {
        let path = refusal_path(run, &RecordId::from_name(name));
        let refusal = json!({"name": name, "error": rejection});
        // A reason that exists already comes from an earlier delivery of the same message.
        self.write(patience, &path, &refusal, &Condition::Absent)
            .await
            .map(drop)
    }

    /// How many images of a run were left as they were.
    pub async fn refused(&self, patience: &Patience, run: &str) -> Result<u64, Retry> {
        let refused = self.0.list(patience, &format!("refused/{run}/")).await?;
        Ok(refused.len() as u64)
    }

    /// Where the nightly check continues. If the place cannot be read, the check starts at the
    /// beginning.
    pub async fn place_of_check(&self, patience: &Patience) -> Result<Place, Retry> {
        let read = self.0.read(patience, PLACE_OF_CHECK).await?;
        let place = read.and_then(|(bytes, _)| serde_json::from_slice(&bytes).ok());
        Ok(place.unwrap_or_default())
    }

    /// Keeps where the nightly check continues.
    pub async fn keep_place_of_check(
        &self,
        patience: &Patience,
        place: &Place,
    ) -> Result<(), Retry> {
        let known = self.0.find(patience, PLACE_OF_CHECK).await?;
        let condition = known.map_or(Condition::Absent, |known| Condition::Unchanged(known.etag));
        // If somebody else was faster, their place is as good as this one.
        self.write(patience, PLACE_OF_CHECK, &json!(place), &condition)
            .await
            .map(drop)
    }

    async fn write(
        &self,
        patience: &Patience,
        path: &str,
        value: &serde_json::Value,
        condition: &Condition,
    ) -> Result<Written, Retry> {
        let headers = Headers {
            content_type: "application/json".to_owned(),
            ..Headers::default()
        };
        let bytes = Bytes::from(value.to_string());
        self.0
            .put(patience, path, &bytes, &headers, condition)
            .await
            .map_err(|error| match error {
                Error::Rejected(rejection) => {
                    Retry::new("writing to the container of runs", rejection)
                }
                Error::Retry(retry) => retry,
            })
    }
}
