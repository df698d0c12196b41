//! The Cosmos DB trigger: the changes of a container, from its change feed.
//!
//! Each range of the container's keys is read separately, and a document of the lease container stores how far. A batch
//! is finished when its function has ended, well or not; only a retry policy sends it again.

mod changes;
mod leases;

use std::{sync::Arc, time::Duration};

use azure_data_cosmos::{
    feed::FeedRange,
    options::{ChangeFeedStartFrom, MaxItemCountHint},
};
use connections::CosmosConnection;
use serde_json::Value;
use tokio::{task::JoinSet, time::Instant};

use super::{Runtime, required, retries, system};
use crate::{
    cosmos_container::{ContainerError, CosmosContainer},
    expressions::BindingData,
    invocation::{InvocationError, RunnableFunction},
    payload::Payload,
    script_root::{Binding, Function, RetryPolicy, ScriptRoot},
};
use leases::Leases;

/// The defaults in the extension's documentation. Source:
/// <https://learn.microsoft.com/azure/azure-functions/functions-bindings-cosmosdb-v2-trigger#configuration>.
const POLL_DELAY: Duration = Duration::from_secs(5);
const LEASE_CONTAINER: &str = "leases";

/// The Cosmos DB trigger of one function.
pub(crate) struct CosmosTrigger {
    pub(super) function: RunnableFunction,
    binding: String,
    retry: Option<RetryPolicy>,
    container: CosmosContainer,
    leases: Leases,
    start: ChangeFeedStartFrom,
    poll_delay: Duration,
    began: Instant,
    most_items: MaxItemCountHint,
}

impl CosmosTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let text = |property| binding.text(property).filter(|text| !text.is_empty());
        let flag = |property| binding.property(property).is_some_and(is_true);
        let account = |name: &str| {
            CosmosConnection::from_settings(name, root.settings.lookup())
                .map_err(|error| error.to_string())
        };
        let connection = binding.connection("CosmosDB");
        let database = required(binding, "databaseName")?;
        let leases = CosmosContainer::new(
            account(text("leaseConnection").unwrap_or(connection))?,
            text("leaseDatabaseName").unwrap_or(database),
            text("leaseContainerName").unwrap_or(LEASE_CONTAINER),
        );
        let prefix = text("leaseContainerPrefix").unwrap_or_default();
        let most_items = number(binding, "maxItemsPerInvocation")?;
        Ok(Self {
            leases: Leases::new(
                leases.create_if_missing(flag("createLeaseContainerIfNotExists")),
                format!("{prefix}{}.{}", root.host_id(), function.name),
            ),
            container: CosmosContainer::new(
                account(connection)?,
                database,
                required(binding, "containerName")?,
            ),
            binding: binding.name.clone(),
            retry: function.retry.clone(),
            start: start(text("startFromTime"), flag("startFromBeginning"))?,
            poll_delay: number(binding, "feedPollDelay")?
                .map_or(POLL_DELAY, |delay| Duration::from_millis(delay.into())),
            began: Instant::now(),
            most_items: most_items
                .and_then(|most| most.try_into().ok())
                .map_or(MaxItemCountHint::ServerDecides, MaxItemCountHint::Limit),
            function: runnable,
        })
    }

    /// The accounts that the trigger reads and writes.
    pub(crate) fn connections(&self) -> [&CosmosConnection; 2] {
        [self.container.connection(), self.leases.connection()]
    }

    /// Reads the change feed until it is dropped.
    pub(super) async fn run(self: Arc<Self>, runtime: Runtime) {
        let mut reachable = true;
        let ranges = loop {
            match self.ranges().await {
                Ok(ranges) => break ranges,
                Err(error) => {
                    if reachable {
                        self.log_start(&error);
                    }
                    reachable = false;
                }
            }
            tokio::time::sleep(self.poll_delay).await;
        };
        let mut readers = JoinSet::new();
        for range in ranges {
            readers.spawn(Arc::clone(&self).read(runtime.clone(), range));
        }
        while readers.join_next().await.is_some() {}
    }

    async fn ranges(&self) -> Result<Vec<FeedRange>, ContainerError> {
        self.leases.open().await?;
        let container = self.container.open().await?;
        Ok(container.read_feed_ranges(None).await?)
    }

    /// Waits until it is time to look for changes again. The time is the same for all ranges.
    async fn next_look(&self) {
        let delay = self.poll_delay.as_nanos().max(1);
        let left = delay - self.began.elapsed().as_nanos() % delay;
        let left = u64::try_from(left).map_or(self.poll_delay, Duration::from_nanos);
        tokio::time::sleep(left).await;
    }

    fn log_start(&self, error: &ContainerError) {
        tracing::error!(
            "'Functions.{}' cannot read {} with the leases of {}, and keeps trying. Both \
             containers must exist. createLeaseContainerIfNotExists creates the container of the \
             leases. {error}",
            self.function.name,
            self.container.path(),
            self.leases.path()
        );
    }

    /// Calls the function for a list of documents. `input` is the text of a call by hand.
    pub(super) async fn call(
        &self,
        runtime: &Runtime,
        documents: &Value,
        input: Option<&str>,
    ) -> Result<(), InvocationError> {
        let reason = format!("New changes on container {}", self.container.path());
        let mut data = BindingData::from_iter([("sys".to_owned(), system(&self.function.name))]);
        data.extend(input.map(|input| (self.binding.clone(), input.into())));
        let documents = documents.to_string();
        let payload = |data: &_| Payload::text(&self.binding, &documents, data);
        let policy = self.retry.as_ref();
        retries::call(runtime, &self.function, policy, &reason, &data, payload).await
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A number above zero; the extension writes zero for "not set".
fn number(binding: &Binding, property: &str) -> Result<Option<u32>, String> {
    let Some(value) = binding.property(property) else {
        return Ok(None);
    };
    let number = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| number.try_into().ok()),
    };
    let number = number.ok_or_else(|| format!("{property} is {value}, which is not a number"))?;
    Ok(Some(number).filter(|number| *number > 0))
}

/// Where a range begins that has not been read before.
fn start(time: Option<&str>, from_beginning: bool) -> Result<ChangeFeedStartFrom, String> {
    match time {
        Some(_) if from_beginning => {
            Err("only one of startFromBeginning and startFromTime can be used".into())
        }
        Some(text) => {
            let time: jiff::Timestamp = text.parse().map_err(|_| {
                format!("startFromTime is {text}, but must be a time such as 2026-11-27T10:00:00Z")
            })?;
            azure_core::time::OffsetDateTime::from_unix_timestamp(time.as_second())
                .map(ChangeFeedStartFrom::PointInTime)
                .map_err(|error| error.to_string())
        }
        None if from_beginning => Ok(ChangeFeedStartFrom::Beginning),
        None => Ok(ChangeFeedStartFrom::Now),
    }
}
