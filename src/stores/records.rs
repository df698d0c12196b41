//! The Cosmos DB container of records.

use std::collections::HashSet;

use azure_core::http::Etag;
use azure_data_cosmos::{
    Query,
    clients::ContainerClient,
    feed::FeedScope,
    options::{ItemWriteOptions, Precondition},
};
use connections::CosmosConnection;
use contract::{Record, RecordId, Rejection};
use futures::TryStreamExt as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::container::Written;
use crate::{
    error::{Error, Retry},
    patience::{Failure, Patience, ServiceError},
    runs::condition::Condition,
    wiring::RecordStore,
};

/// How many ids one query asks for.
const IDS_AT_ONCE: usize = 100;

/// The container of records.
pub struct Records {
    account: CosmosConnection,
    store: RecordStore,
    /// Created at first use. The client asks the account for its regions, and an account that does
    /// not answer must fail an event and not the start.
    client: OnceCell<ContainerClient>,
}

/// A record as it is in the database.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// The entity tag of this state.
    pub etag: Etag,
    /// The record; absent if the document is not a record of Darkroom.
    pub record: Option<Record>,
}

/// Some of the selected records.
#[derive(Clone, Debug)]
pub struct Selected<T> {
    /// The requested fields of each.
    pub items: Vec<T>,
    /// The id after which the next ones begin; absent if there are none.
    pub next: Option<String>,
}

impl Records {
    /// The container, through the connection that the bindings name.
    pub fn new(
        store: &RecordStore,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            account: CosmosConnection::from_settings(&store.connection, lookup)?,
            store: store.clone(),
            client: OnceCell::new(),
        })
    }

    /// The record with this id, if there is one. A look-up costs one request unit.
    pub async fn find(
        &self,
        patience: &Patience,
        id: &RecordId,
    ) -> Result<Option<StoredRecord>, Retry> {
        let doing = format!("reading the record {id}");
        let container = self.open(patience).await?;
        let outcome = patience
            .wait_out(&doing, || {
                Box::pin(container.read_item(id.as_str().to_owned(), id.as_str(), None))
            })
            .await;
        let response = match outcome {
            Ok(response) => response,
            Err(Failure::Answer(error)) if error.status().is_not_found() => return Ok(None),
            Err(failure) => return Err(failure.into_retry(&doing)),
        };
        let etag = response.headers().etag().cloned();
        let document: Value = response
            .into_model()
            .map_err(|error| Retry::new(&*doing, error))?;
        Ok(Some(StoredRecord {
            etag: etag
                .or_else(|| Some(Etag::from(document.get("_etag")?.as_str()?.to_owned())))
                .ok_or_else(|| Retry::new(&*doing, "it has no entity tag"))?,
            record: serde_json::from_value(document).ok(),
        }))
    }

    /// The `fields` of at most `limit` of the selected records, ordered by id: the first ones, or
    /// those after the id `after`. The id must be among the fields. A document without the
    /// requested shape is left out.
    pub async fn select<T: DeserializeOwned>(
        &self,
        patience: &Patience,
        fields: &str,
        condition: &Condition,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Selected<T>, Retry> {
        let text = format!(
            "SELECT {fields} FROM c WHERE {} AND c.id > @after ORDER BY c.id OFFSET 0 LIMIT {limit}",
            condition.text
        );
        let after = ("@after".to_owned(), json!(after.unwrap_or_default()));
        let parameters = condition.parameters.iter().cloned().chain([after]);
        let found: Vec<Value> = self.query(patience, text, parameters).await?;
        let is_full = found.len() >= limit as usize;
        let last = found.last().and_then(|last| last["id"].as_str());
        Ok(Selected {
            next: last.map(str::to_owned).filter(|_| is_full),
            items: found
                .into_iter()
                .filter_map(|one| serde_json::from_value(one).ok())
                .collect(),
        })
    }

    /// How many records a run has made.
    pub async fn count_of_run(&self, patience: &Patience, run: &str) -> Result<u64, Retry> {
        // The SDK cannot yet do what counting in the database needs.
        let text = "SELECT c.id FROM c WHERE c.processing.run = @run".to_owned();
        let made: Vec<Value> = self
            .query(patience, text, [("@run".to_owned(), json!(run))])
            .await?;
        Ok(made.len() as u64)
    }

    /// The names that no record is about, in their order.
    pub async fn without(
        &self,
        patience: &Patience,
        names: Vec<String>,
    ) -> Result<Vec<String>, Retry> {
        #[derive(Deserialize)]
        struct There {
            id: RecordId,
        }
        let mut without = Vec::new();
        for names in names.chunks(IDS_AT_ONCE) {
            let ids: Vec<_> = names.iter().map(|name| RecordId::from_name(name)).collect();
            let text = "SELECT c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)".to_owned();
            let parameters = [("@ids".to_owned(), json!(ids))];
            let there: Vec<There> = self.query(patience, text, parameters).await?;
            let there: HashSet<_> = there.into_iter().map(|one| one.id).collect();
            let missing = names.iter().zip(ids).filter(|(_, id)| !there.contains(id));
            without.extend(missing.map(|(name, _)| name.clone()));
        }
        Ok(without)
    }

    async fn query<T: DeserializeOwned + Send + 'static>(
        &self,
        patience: &Patience,
        text: String,
        parameters: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Vec<T>, Retry> {
        const DOING: &str = "looking for records";
        let container = self.open(patience).await?;
        let query = parameters
            .into_iter()
            .try_fold(Query::from(text), |query, (name, value)| {
                query.with_parameter(name, value)
            })
            .map_err(|error| Retry::new(DOING, error))?;
        patience
            .wait_out(DOING, || async {
                let items = container
                    .query_items::<T>(query.clone(), FeedScope::full_container(), None)
                    .await?;
                Box::pin(items.try_collect::<Vec<T>>()).await
            })
            .await
            .map_err(|failure| failure.into_retry(DOING))
    }

    /// Writes a record over the known one, or a new one if none is known.
    ///
    /// # Errors
    ///
    /// Rejected if the database refuses it for good; retry if it is in trouble.
    pub async fn put(
        &self,
        patience: &Patience,
        record: &Record,
        known: Option<&StoredRecord>,
    ) -> Result<Written, Error> {
        let id = &record.id;
        let doing = format!("writing the record {id}");
        let container = self.open(patience).await?;
        let outcome = match known {
            None => patience
                .wait_out(&doing, || {
                    Box::pin(container.create_item(
                        id.as_str().to_owned(),
                        id.as_str(),
                        record,
                        None,
                    ))
                })
                .await
                .map(drop),
            Some(known) => {
                let condition = Precondition::IfMatch(known.etag.clone());
                let options = ItemWriteOptions::default().with_precondition(condition);
                patience
                    .wait_out(&doing, || {
                        Box::pin(container.replace_item(
                            id.as_str().to_owned(),
                            id.as_str(),
                            record,
                            Some(options.clone()),
                        ))
                    })
                    .await
                    .map(drop)
            }
        };
        match outcome {
            Ok(()) => Ok(Written::Done),
            // A record that is gone by now counts as changed.
            Err(Failure::Answer(error))
                if error.status().is_conflict()
                    || error.status().is_precondition_failed()
                    || error.status().is_not_found() =>
            {
                Ok(Written::Conflict)
            }
            Err(Failure::Answer(error)) => Err(Rejection {
                code: "refused-by-database".to_owned(),
                message: format!(
                    "The database refused the record with status {}.",
                    u16::from(error.status().status_code())
                ),
            }
            .into()),
            Err(Failure::Retry(retry)) => Err(retry.into()),
        }
    }

    async fn open(&self, patience: &Patience) -> Result<&ContainerClient, Retry> {
        let RecordStore {
            database,
            container,
            ..
        } = &self.store;
        let doing = format!("opening the container {container} of the database {database}");
        self.client
            .get_or_try_init(|| async {
                let account = patience
                    .wait_out(&doing, || Box::pin(self.account.client()))
                    .await
                    .map_err(|failure| failure.into_retry(&doing))?;
                let database = account.database_client(database.clone());
                patience
                    .wait_out(&doing, || async {
                        Box::pin(database.container_client(container.clone(), None))
                            .await
                            .map_err(Unopened)
                    })
                    .await
                    .map_err(|failure| failure.into_retry(&doing))
            })
            .await
    }
}

/// Every reason why the container cannot be opened may pass, even a missing container, because the
/// settings may be corrected.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Unopened(azure_data_cosmos::CosmosError);

impl ServiceError for Unopened {
    fn may_pass(&self) -> bool {
        true
    }

    fn names_what_is_missing(&self) -> bool {
        self.0.names_what_is_missing() || self.0.status().is_not_found()
    }
}
