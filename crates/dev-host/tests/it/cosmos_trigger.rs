//! Tests the Cosmos DB trigger with the engine that the host itself serves.

use azure_data_cosmos::{
    CosmosClient, FeedScope, PartitionKey, Query,
    models::{ContainerProperties, PartitionKeyDefinition},
};
use connections::CosmosConnection;
use functions_dev_host::CosmosEmulator;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    recorded::{cases, masked, pretty_eq},
    support::{AppBuilder, Reply, eventually},
};

/// How many ranges a container has in the engine.
const RANGES: usize = 4;

/// An account with the container `wire/feed`.
struct Account {
    emulator: CosmosEmulator,
    client: CosmosClient,
}

impl Account {
    async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let emulator = CosmosEmulator::start(listener).unwrap();
        let text = connection_string(&emulator);
        let connection = CosmosConnection::from_settings("CosmosDb", |name| {
            (name == "CosmosDb").then(|| text.clone())
        });
        let client = connection.unwrap().client().await.unwrap();
        client.create_database("wire", None).await.unwrap();
        let key = PartitionKeyDefinition::new(vec!["/id".into()]);
        client
            .database_client("wire")
            .create_container(ContainerProperties::new("feed", key), None)
            .await
            .unwrap();
        Self { emulator, client }
    }

    async fn upsert(&self, document: Value) {
        let database = self.client.database_client("wire");
        let container = database.container_client("feed", None).await.unwrap();
        let id = document["id"].as_str().unwrap().to_owned();
        container
            .upsert_item(PartitionKey::from(id.clone()), &id, &document, None)
            .await
            .unwrap();
    }

    /// Waits until all ranges have leases, and one has been written after this time.
    async fn lease_written_after(&self, time: &str) {
        let database = self.client.database_client("wire");
        eventually("lease", async || {
            let container = database.container_client("leases", None).await.ok()?;
            let query = Query::from("SELECT * FROM c");
            let scope = FeedScope::full_container();
            let leases = container.query_items(query, scope, None).await.ok()?;
            let leases: Vec<Value> = leases.try_collect().await.ok()?;
            let is_later = |lease: &Value| lease["timestamp"].as_str().unwrap() > time;
            (leases.len() == RANGES && leases.iter().any(is_later)).then_some(())
        })
        .await;
    }

    fn app(&self) -> AppBuilder {
        AppBuilder::new()
            .named("CosmosTrigger")
            .triggered_by(json!({
                "name": "docs", "type": "cosmosDBTrigger", "direction": "in",
                "connection": "CosmosDb", "databaseName": "wire", "containerName": "feed",
                "createLeaseContainerIfNotExists": true, "startFromBeginning": true,
                "feedPollDelay": 20,
            }))
            .setting("CosmosDb", connection_string(&self.emulator))
    }
}

fn connection_string(emulator: &CosmosEmulator) -> String {
    format!(
        "AccountEndpoint={};AccountKey=c2VjcmV0;",
        emulator.endpoint()
    )
}

/// A body with its documents, without the fields that the service adds.
fn with_documents(mut body: Value) -> Value {
    let text: String = serde_json::from_str(body["Data"]["docs"].as_str().unwrap()).unwrap();
    let mut documents: Vec<Value> = serde_json::from_str(&text).unwrap();
    for document in &mut documents {
        for field in ["_rid", "_self", "_etag", "_ts"] {
            assert!(!document[field].take().is_null(), "{field}");
        }
    }
    body["Data"]["docs"] = documents.into();
    masked(body)
}

#[tokio::test]
async fn changes_are_sent_once_even_to_another_host() {
    let account = Account::new().await;
    let mut app = account.app().start(|_| Reply::empty()).await;
    account.lease_written_after("").await;
    let before = Timestamp::now().to_string();
    account
        .upsert(json!({"id": "f1", "when": "2026-11-27T10:00:00.000Z", "n": 1}))
        .await;
    let body = with_documents(app.calls(1).await[0].json());
    let case = &cases("other")["cosmos-one"];
    let expected = serde_json::from_str(case["requests"][0]["body"].as_str().unwrap()).unwrap();
    pretty_eq("cosmos-one", &[body], &[with_documents(expected)]);

    account.lease_written_after(&before).await;
    app.drop_host();
    account.upsert(json!({"id": "f2"})).await;
    app.start().await;
    let calls = app.calls(2).await;
    assert_eq!(calls.len(), 2, "f1 was not sent again");
    let last = with_documents(calls[1].json());
    assert_eq!(last["Data"]["docs"][0]["id"], "f2");
}

#[tokio::test]
async fn a_failed_batch_is_not_sent_again_but_by_a_retry_policy() {
    for (policy, tries) in [
        (None, 1),
        (
            Some(
                json!({"strategy": "fixedDelay", "maxRetryCount": 1, "delayInterval": "00:00:00.01"}),
            ),
            2,
        ),
    ] {
        let account = Account::new().await;
        let app = account.app();
        let app = match policy {
            Some(policy) => app.retry(policy),
            None => app,
        };
        let app = app
            .start(|call| {
                if String::from_utf8_lossy(&call.body).contains("bad") {
                    Reply::status(500)
                } else {
                    Reply::empty()
                }
            })
            .await;
        account.upsert(json!({"id": "f", "text": "bad"})).await;
        app.calls(tries).await;
        account.upsert(json!({"id": "f", "text": "good"})).await;
        let calls = app.calls(tries + 1).await;
        assert_eq!(calls.len(), tries + 1);
        let last = with_documents(calls[tries].json());
        assert_eq!(last["Data"]["docs"][0]["text"], "good");
    }
}
