//! Tests the cosmosDB output with the engine that the host itself serves.

use azure_data_cosmos::{ContainerClient, Query, feed::FeedScope};
use connections::CosmosConnection;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{AppBuilder, Reply, eventually};

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn connection_string(port: u16) -> String {
    format!("AccountEndpoint=http://localhost:{port}/;AccountKey=c2VjcmV0;")
}

/// An app with the output `record`.
fn app(port: u16, partition_key: Option<&str>) -> AppBuilder {
    let mut binding = json!({
        "name": "record", "type": "cosmosDB", "direction": "out", "connection": "CosmosDb",
        "databaseName": "%Database%", "containerName": "images",
    });
    if let Some(path) = partition_key {
        binding["partitionKey"] = path.into();
    }
    AppBuilder::new()
        .setting("CosmosDb", connection_string(port))
        .setting("Database", "darkroom")
        .output(binding)
}

async fn container(port: u16) -> ContainerClient {
    let connection = CosmosConnection::from_settings("CosmosDb", |name| {
        (name == "CosmosDb").then(|| connection_string(port))
    })
    .unwrap();
    let client = connection.client().await.unwrap();
    let database = client.database_client("darkroom");
    database.container_client("images", None).await.unwrap()
}

/// All documents by id, without what the service adds.
async fn documents(container: &ContainerClient) -> Vec<Value> {
    let query = Query::from("SELECT * FROM c");
    let mut items: Vec<Value> = container
        .query_items(query, FeedScope::full_container(), None)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    for item in &mut items {
        let fields = item.as_object_mut().unwrap();
        fields.retain(|name, _| !name.starts_with('_'));
    }
    items.sort_by_key(|item| item["id"].to_string());
    items
}

#[tokio::test]
async fn an_object_is_upserted_and_an_array_item_by_item() {
    let port = free_port();
    let app = app(port, None)
        .start(|call| match call.blob_name().as_str() {
            "object" => Reply::Json(json!({"Outputs": {"record": {"id": "a", "n": 1}}})),
            "array" => Reply::Json(json!({"Outputs": {"record": [{"id": "b"}, {"id": "c"}]}})),
            _ => Reply::Json(json!({"Outputs": {"record": {"id": "a", "n": 2}}})),
        })
        .await;
    for (count, name) in ["object", "array", "again"].into_iter().enumerate() {
        app.upload(name, b"x").await;
        app.receipts(count + 1).await;
    }
    assert_eq!(
        documents(&container(port).await).await,
        [
            json!({"id": "a", "n": 2}),
            json!({"id": "b"}),
            json!({"id": "c"})
        ]
    );
}

#[tokio::test]
async fn the_partition_key_is_that_of_the_binding() {
    let port = free_port();
    let app = app(port, Some("/source/kind"))
        .start(|_| {
            Reply::Json(json!({"Outputs": {"record": [
                {"id": "a", "source": {"kind": "blob"}},
                {"id": "a", "source": {"kind": 5}},
                {"id": "a", "source": {"kind": true}},
                {"id": "a"},
            ]}}))
        })
        .await;
    app.upload("a.png", b"x").await;
    app.receipts(1).await;
    let container = container(port).await;
    assert_eq!(documents(&container).await.len(), 4);
    let item = container.read_item("blob", "a", None).await.unwrap();
    assert_eq!(
        item.into_model::<Value>().unwrap()["source"]["kind"],
        "blob"
    );
}

#[tokio::test]
async fn a_document_without_an_id_fails_the_invocation() {
    for record in [json!({"n": 1}), json!({"id": 5}), json!(5), json!([5])] {
        let app = app(free_port(), None)
            .host_json("extensions", json!({"blobs": {"poisonBlobThreshold": 1}}))
            .start({
                let record = record.clone();
                move |_| Reply::Json(json!({"Outputs": {"record": record}}))
            })
            .await;
        app.upload("a.png", b"x").await;
        app.poison_messages(1).await;
    }
}

#[tokio::test]
async fn the_engine_keeps_its_data_while_it_is_away() {
    let port = free_port();
    let mut app = app(port, None)
        // The engine is away for longer than a few attempts take.
        .host_json(
            "extensions",
            json!({"blobs": {"poisonBlobThreshold": 1000}}),
        )
        .start(|call| Reply::Json(json!({"Outputs": {"record": {"id": call.blob_name()}}})))
        .await;
    app.upload("before", b"x").await;
    app.receipts(1).await;

    app.host().cosmos()[0].stop().await;
    app.upload("during", b"x").await;
    app.calls(3).await;
    assert_eq!(app.receipts_now().await.len(), 1);
    app.host().cosmos()[0].resume().await.unwrap();

    app.receipts(2).await;
    assert_eq!(
        documents(&container(port).await).await,
        [json!({"id": "before"}), json!({"id": "during"})]
    );
}

#[tokio::test]
async fn an_engine_that_is_there_already_is_used_and_may_come_late() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut emulator = functions_dev_host::CosmosEmulator::start(listener).unwrap();
    let mut app = app(port, None)
        .start(|call| Reply::Json(json!({"Outputs": {"record": {"id": call.blob_name()}}})))
        .await;
    assert!(app.host().cosmos().is_empty());
    app.upload("a", b"x").await;
    app.receipts(1).await;

    // An empty one replaces it, as after a restart of the emulator.
    emulator.stop().await;
    let listener = eventually("free port", || async {
        TcpListener::bind(("127.0.0.1", port)).await.ok()
    })
    .await;
    let _second = functions_dev_host::CosmosEmulator::start(listener).unwrap();
    app.upload("b", b"x").await;
    app.receipts(2).await;
    assert_eq!(
        documents(&container(port).await).await,
        [json!({"id": "b"})]
    );
}

#[tokio::test]
async fn the_next_host_serves_the_same_account() {
    let mut app = app(free_port(), None).start(|_| Reply::empty()).await;
    for _ in 0..3 {
        assert_eq!(app.host().cosmos().len(), 1);
        app.stop_host().await;
        app.start().await;
    }
}
