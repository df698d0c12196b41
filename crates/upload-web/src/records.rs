//! The records in Cosmos DB: read, listed, counted, replaced.
//!
//! - [`filter`]: which records a listing selects, and its query
//! - [`insights`]: totals of the records of some days
//! - [`similar`]: images that look the same
//! - [`usage`]: how much a user has

pub mod filter;
pub mod insights;
pub mod similar;
pub mod usage;

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use azure_core::http::Etag;
use azure_data_cosmos::{
    ContainerClient, Query,
    feed::{ContinuationToken, FeedScope},
    options::{ItemWriteOptions, MaxItemCountHint, Precondition, QueryOptions},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use connections::CosmosConnection;
use contract::{Record, RecordId, Status};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{sync::OnceCell, time::timeout};

use crate::{
    auth::User,
    error::{Dependency, Error},
    settings::Settings,
};
use filter::Filter;

/// Images on a page of a listing.
pub const PAGE: NonZeroU32 = match NonZeroU32::new(48) {
    Some(page) => page,
    None => NonZeroU32::MIN,
};

/// The most records that are looked at for the bytes of one page.
const MOST_COPIES: usize = 10_000;

/// The most records that are looked at to find out which of some files a user has uploaded before. Whoever has more
/// copies of them is told of some.
const MOST_OWN_COPIES: usize = 1_000;

/// How long a query may take. Nobody waits longer for a page.
const PATIENCE: Duration = Duration::from_secs(20);

/// The container of records.
pub struct Records {
    connection: CosmosConnection,
    database: String,
    container: String,
    /// Opened at first use, because the account may start after this process.
    opened: OnceCell<ContainerClient>,
}

/// A record as it is in the database.
#[derive(Debug)]
pub struct StoredRecord {
    /// The record.
    pub record: Record,
    /// The entity tag of this state.
    etag: Etag,
}

/// Some records, and where the next ones begin.
#[derive(Debug)]
pub struct Page {
    /// The newest first.
    pub records: Vec<Record>,
    /// For [`Records::list`]; `None` if there are no more.
    pub next: Option<String>,
}

/// Another record about the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Copy {
    /// Its id.
    pub id: RecordId,
    /// The SHA-256 of the bytes.
    sha256: String,
}

/// A record of a user's own about some bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnCopy {
    /// Its id.
    pub id: RecordId,
    /// The SHA-256 of the bytes.
    pub sha256: String,
    /// When it was made. It sorts by time.
    pub(crate) created_at: String,
}

impl Records {
    /// The container that the settings name.
    #[must_use]
    pub fn new(connection: CosmosConnection, settings: &Settings) -> Self {
        Self {
            connection,
            database: settings.cosmos_database.clone(),
            container: settings.cosmos_container.clone(),
            opened: OnceCell::new(),
        }
    }

    /// The record with this id, if it exists; it may be a tombstone. Costs one request unit.
    pub async fn get(&self, id: &RecordId) -> Result<Option<Record>, Error> {
        Ok(self.known(id).await?.map(|known| known.record))
    }

    /// The same record with the entity tag of this state.
    pub async fn known(&self, id: &RecordId) -> Result<Option<StoredRecord>, Error> {
        let container = self.open().await?;
        let key = id.as_str().to_owned();
        let response = match patiently(container.read_item(key.clone(), &key, None)).await? {
            Ok(response) => response,
            Err(error) if error.status().is_not_found() => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let etag = response.headers().etag().cloned();
        let etag = etag.ok_or_else(|| Error::internal(&"a record has no entity tag"))?;
        let record = response.into_model().map_err(failed)?;
        Ok(Some(StoredRecord { record, etag }))
    }

    /// A page of records: the first, or the one that `after` names.
    ///
    /// Records are ordered by `createdAt` alone. Every Cosmos DB container has an index for it, so a page is read from
    /// the index, however many records there are.
    pub async fn list(&self, filter: &Filter, after: Option<&str>) -> Result<Page, Error> {
        let mut options =
            QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(PAGE));
        if let Some(after) = after {
            options = options.with_continuation_token(decode_token(after)?);
        }
        let query = filter.listing()?;
        let container = self.open().await?;
        let items = patiently(container.query_items::<Record>(
            query,
            FeedScope::full_container(),
            Some(options),
        ));
        let mut pages = items.await?.map_err(token_refused(after))?.into_pages();
        let mut records = Vec::new();
        // The service may return fewer items than requested, even none.
        while records.len() < PAGE.get() as usize {
            match patiently(pages.next()).await? {
                Some(page) => records.extend(page.map_err(token_refused(after))?.into_items()),
                None => {
                    return Ok(Page {
                        records,
                        next: None,
                    });
                }
            }
        }
        let token = pages.to_continuation_token().map_err(failed)?;
        let next = Some(BASE64_URL_SAFE_NO_PAD.encode(token.as_str()));
        Ok(Page { records, next })
    }

    /// Finds records that share their bytes with others. For each such SHA-256, returns all its records that `filter`
    /// allows.
    pub async fn copies(
        &self,
        filter: &Filter,
        records: &[Record],
    ) -> Result<HashMap<String, Vec<RecordId>>, Error> {
        let mut hashes: Vec<&str> = records
            .iter()
            .filter_map(|record| record.file.sha256.as_deref())
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        if hashes.is_empty() {
            return Ok(HashMap::new());
        }
        let found: Vec<Copy> = self.query(filter.copies(&hashes)?, MOST_COPIES).await?;
        let mut copies: HashMap<String, Vec<RecordId>> = HashMap::new();
        for copy in found {
            copies.entry(copy.sha256).or_default().push(copy.id);
        }
        copies.retain(|_, ids| ids.len() > 1);
        Ok(copies)
    }

    /// The other records about the bytes of one, among those that `filter` allows.
    pub async fn others_with(
        &self,
        filter: &Filter,
        sha256: &str,
        id: &RecordId,
    ) -> Result<Vec<RecordId>, Error> {
        let found: Vec<Copy> = self.query(filter.copies(&[sha256])?, MOST_COPIES).await?;
        let ids = found.into_iter().map(|copy| copy.id);
        Ok(ids.filter(|other| other != id).collect())
    }

    /// The user's own processed images with these SHA-256, the oldest first.
    pub async fn own_copies(&self, user: &User, sha256: &[&str]) -> Result<Vec<OwnCopy>, Error> {
        let mut filter = Filter::own(user);
        filter.status = Some(Status::Processed);
        let query = filter.with_bytes(sha256)?;
        let mut copies: Vec<OwnCopy> = self.query(query, MOST_OWN_COPIES).await?;
        copies.sort_by(|one, other| one.created_at.cmp(&other.created_at));
        Ok(copies)
    }

    /// Writes a record over the known one, or a new one if none is known. Returns whether the known state was still
    /// current.
    pub async fn put(&self, record: &Record, known: Option<&StoredRecord>) -> Result<bool, Error> {
        let container = self.open().await?;
        let (id, key) = (record.id.as_str().to_owned(), record.id.as_str());
        let written = match known {
            None => patiently(container.create_item(id, key, record, None)).await?,
            Some(known) => {
                let condition = Precondition::IfMatch(known.etag.clone());
                let options = ItemWriteOptions::default().with_precondition(condition);
                patiently(container.replace_item(id, key, record, Some(options))).await?
            }
        };
        match written {
            Ok(_) => Ok(true),
            // A record that is gone by now counts as changed.
            Err(error)
                if error.status().is_conflict()
                    || error.status().is_precondition_failed()
                    || error.status().is_not_found() =>
            {
                Ok(false)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// How many records a run of reprocessing has made, counted up to `most`.
    pub async fn made_by(&self, run: &str, most: usize) -> Result<usize, Error> {
        let query = Query::from("SELECT c.id FROM c WHERE c.processing.run = @run".to_owned())
            .with_parameter("@run", run)
            .map_err(|error| Error::internal(&error))?;
        let made: Vec<serde_json::Value> = self.query(query, most).await?;
        Ok(made.len())
    }

    /// Whether the container can be reached.
    pub async fn check(&self) -> Result<(), Error> {
        let container = self.open().await?;
        patiently(container.read(None)).await?.map_err(failed)?;
        Ok(())
    }

    /// The results of a query, up to a limit.
    async fn query<T: DeserializeOwned + Send + 'static>(
        &self,
        query: Query,
        most: usize,
    ) -> Result<Vec<T>, Error> {
        let container = self.open().await?;
        let items = container.query_items(query, FeedScope::full_container(), None);
        let items = patiently(items).await?.map_err(failed)?;
        patiently(items.take(most).try_collect())
            .await?
            .map_err(failed)
    }

    async fn open(&self) -> Result<&ContainerClient, Error> {
        let open = self.opened.get_or_try_init(|| async {
            let account = self.connection.client().await.map_err(failed)?;
            account
                .database_client(self.database.clone())
                .container_client(self.container.clone(), None)
                .await
                .map_err(failed)
        });
        // Boxed, because otherwise the nesting of the SDK's futures within these is too deep for the compiler.
        patiently(open.boxed()).await?
    }
}

/// Waits for a limited time.
async fn patiently<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    timeout(PATIENCE, work).await.map_err(failed)
}

fn failed(error: impl std::error::Error + 'static) -> Error {
    Error::unavailable(Dependency::Database, "using Cosmos DB")(Box::new(error))
}

/// The error for a refused continuation token. The token comes from the address, so it is usually the visitor's
/// mistake. It may also be from before the container was created again.
fn token_refused(after: Option<&str>) -> impl Fn(azure_data_cosmos::CosmosError) -> Error + use<> {
    let from_token = after.is_some();
    move |error| {
        if from_token && error.status().status_code() == 400 {
            Error::Invalid(
                "This page of the list no longer exists. Please start again at the first page."
                    .to_owned(),
            )
        } else {
            failed(error)
        }
    }
}

fn decode_token(after: &str) -> Result<ContinuationToken, Error> {
    BASE64_URL_SAFE_NO_PAD
        .decode(after)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(ContinuationToken::from_string)
        .ok_or_else(|| Error::Invalid("This page of the list does not exist.".to_owned()))
}
