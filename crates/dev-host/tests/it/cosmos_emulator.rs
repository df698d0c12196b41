//! Tests the local Cosmos DB over plain HTTP, for what clients other than Microsoft's for Rust
//! need.

use std::time::{Duration, Instant};

use functions_dev_host::{CosmosEmulator, Faults};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An account with the container `images` in the database `darkroom`, partitioned by `/id`.
struct Account {
    emulator: CosmosEmulator,
    http: Client,
}

impl Account {
    async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let account = Self {
            emulator: CosmosEmulator::start(listener).unwrap(),
            http: Client::builder().no_proxy().build().unwrap(),
        };
        let database = account.post("dbs", &json!({"id": "darkroom"})).await;
        assert_eq!(database.status(), 201);
        let container = json!({
            "id": "images",
            "partitionKey": {"paths": ["/id"], "kind": "Hash", "version": 2},
        });
        // Some clients end their paths with a slash.
        let created = account.post("dbs/darkroom/colls/", &container).await;
        assert_eq!(created.status(), 201);
        account
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.emulator.endpoint()))
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, path).body(body.to_string());
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    fn creation(&self, item: &Value) -> reqwest::RequestBuilder {
        self.request(Method::POST, "dbs/darkroom/colls/images/docs")
            .header(KEY, json!([item["id"]]).to_string())
            .body(item.to_string())
    }

    async fn create(&self, item: &Value) -> u16 {
        self.creation(item).send().await.unwrap().status().as_u16()
    }

    fn item(&self, method: Method, id: &str) -> reqwest::RequestBuilder {
        let path = format!("dbs/darkroom/colls/images/docs/{id}");
        self.request(method, &path)
            .header(KEY, json!([id]).to_string())
    }

    /// The status, and the results of the query in all four partitions.
    async fn query(&self, query: &str) -> (u16, Vec<Value>) {
        let mut found = Vec::new();
        for range in 0..4 {
            let request = self
                .request(Method::POST, "dbs/darkroom/colls/images/docs")
                .header("content-type", "application/query+json")
                .header("x-ms-documentdb-isquery", "True")
                .header("x-ms-documentdb-query-enablecrosspartition", "True")
                .header("x-ms-documentdb-partitionkeyrangeid", range)
                .body(json!({"query": query, "parameters": []}).to_string());
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            if status != 200 {
                return (status, found);
            }
            let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
            found.extend_from_slice(body["Documents"].as_array().unwrap());
        }
        (200, found)
    }
}

const KEY: &str = "x-ms-documentdb-partitionkey";

#[tokio::test]
async fn the_account_tells_the_limits_of_queries() {
    let account = Account::new().await;
    let limits = account.get("").await["queryEngineConfiguration"].clone();
    let limits: Value = serde_json::from_str(limits.as_str().unwrap()).unwrap();
    assert_eq!(limits["maxSqlQueryInputLength"], 262_144);
}

#[tokio::test]
async fn resource_ids_lead_where_names_do() {
    let account = Account::new().await;
    assert_eq!(account.create(&json!({"id": "a"})).await, 201);
    let database = account.get("dbs/darkroom").await["_rid"].clone();
    let container = account.get("dbs/darkroom/colls/images").await["_rid"].clone();
    let path = format!(
        "dbs/{}/colls/{}/pkranges",
        database.as_str().unwrap(),
        container.as_str().unwrap()
    );
    let ranges = account.get(&path).await;
    assert_eq!(ranges["PartitionKeyRanges"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn items_over_two_megabytes_are_refused() {
    let account = Account::new().await;
    let item = |length| json!({"id": "a", "text": "x".repeat(length)});
    assert_eq!(account.create(&item(2 * 1024 * 1024)).await, 413);
    assert_eq!(account.create(&item(2 * 1024 * 1024 - 1024)).await, 201);
}

#[tokio::test]
async fn ids_that_azure_refuses_are_refused() {
    let account = Account::new().await;
    let long = "x".repeat(1024);
    for id in ["a/b", "a\\b", "a?b", "a#b", "", &long] {
        assert_eq!(account.create(&json!({"id": id})).await, 400, "{id}");
    }
    assert_eq!(account.create(&json!({"id": &long[1..]})).await, 201);
    assert_eq!(account.create(&json!({"id": "a b%+"})).await, 201);
}

#[tokio::test]
async fn a_patch_is_done_or_refused_but_its_condition_is_never_ignored() {
    let account = Account::new().await;
    account.create(&json!({"id": "a", "n": 1})).await;
    let operations = json!([{"op": "set", "path": "/n", "value": 2}]);
    for (patch, status) in [
        (
            json!({"operations": operations, "condition": "from c where c.n = 5"}),
            501,
        ),
        (operations.clone(), 200),
    ] {
        let patched = account.item(Method::PATCH, "a").body(patch.to_string());
        assert_eq!(patched.send().await.unwrap().status(), status);
        let read = account.item(Method::GET, "a").send().await.unwrap();
        let item: Value = serde_json::from_slice(&read.bytes().await.unwrap()).unwrap();
        assert_eq!(item["n"], if status == 200 { 2 } else { 1 });
    }
}

#[tokio::test]
async fn strings_of_queries_stand_in_both_kinds_of_quotes() {
    let account = Account::new().await;
    let item = json!({"id": "1", "name": "Ana", "tags": ["a", "it's"], "odd name": 5});
    account.create(&item).await;
    account
        .create(&json!({"id": "2", "name": "Bea", "tags": []}))
        .await;
    for condition in [
        r#"c.name = "Ana""#,
        "c.name = 'Ana'",
        r#"c["name"] = "Ana""#,
        r#"c["odd name"] = 5"#,
        r#"c.id IN ("1", "3")"#,
        r#"ARRAY_CONTAINS(c.tags, "a")"#,
        r#"ARRAY_CONTAINS(c.tags, "it's")"#,
        r"ARRAY_CONTAINS(c.tags, 'it\'s')",
    ] {
        let query = format!("SELECT VALUE c.id FROM c WHERE {condition}");
        assert_eq!(
            account.query(&query).await,
            (200, vec![json!("1")]),
            "{query}"
        );
    }
    let object = r#"SELECT VALUE {"n": c.name} FROM c WHERE c.id = "1""#;
    assert_eq!(
        account.query(object).await,
        (200, vec![json!({"n": "Ana"})])
    );
    let part = r#"SELECT * FROM c WHERE ARRAY_CONTAINS(c.tags, {"k": "v"}, true)"#;
    assert_eq!(account.query(part).await.0, 501);
    assert_eq!(
        account.query(r#"SELECT * FROM c WHERE c.a = "x"#).await.0,
        400
    );
}

#[tokio::test]
async fn an_unchanged_feed_counts_its_items() {
    let account = Account::new().await;
    account.create(&json!({"id": "a"})).await;
    // From now on.
    let feed = account
        .request(Method::GET, "dbs/darkroom/colls/images/docs")
        .header("a-im", "Incremental Feed")
        .header("x-ms-documentdb-partitionkeyrangeid", "0")
        .header("if-none-match", "*");
    let unchanged = feed.send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    assert_eq!(unchanged.headers()["x-ms-item-count"], "0");
}

#[tokio::test]
async fn faults_refuse_what_they_refuse_and_lose_only_answers() {
    const ITEMS: usize = 200;
    let account = Account::new().await;
    account.emulator.set_faults(Some(Faults {
        seed: 7,
        throttled: 0.2,
        unavailable: 0.1,
        lost: 0.2,
        ..Faults::default()
    }));
    let (mut created, mut lost, mut refused) = (0, 0, 0);
    for index in 0..ITEMS {
        match account
            .creation(&json!({"id": index.to_string()}))
            .send()
            .await
        {
            Ok(response) if response.status() == 201 => created += 1,
            Ok(response) if response.status() == 429 => {
                assert_eq!(response.headers()["x-ms-retry-after-ms"], "10");
                refused += 1;
            }
            Ok(response) => {
                assert_eq!(response.status(), 503);
                refused += 1;
            }
            Err(_) => lost += 1,
        }
    }
    assert!(lost > 20 && refused > 40, "{lost} lost, {refused} refused");
    account.emulator.set_faults(None);
    let (_, ids) = account.query("SELECT VALUE c.id FROM c").await;
    assert_eq!(ids.len(), created + lost);
}

#[tokio::test]
async fn requests_can_be_made_to_wait() {
    let account = Account::new().await;
    account.emulator.set_faults(Some(Faults {
        seed: 7,
        longest_delay: Duration::from_millis(50),
        ..Faults::default()
    }));
    let start = Instant::now();
    for index in 0..20 {
        assert_eq!(account.create(&json!({"id": index.to_string()})).await, 201);
    }
    // It is half of the longest pause on average.
    assert!(start.elapsed() > Duration::from_millis(250));
}
