//! Tests the proxy in front of a store: without faults it changes no byte, and faults happen as
//! requested.

use std::time::{Duration, Instant};

use azure_storage_blob::BlobContainerClient;
use functions_dev_host::{FaultProxy, ProxyFaults};
use reqwest::{Client, Method, RequestBuilder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{App, AppBuilder, Reply, eventually};

/// Azurite behind a proxy, with the test's own container.
struct Store {
    proxy: FaultProxy,
    http: Client,
    /// Past the proxy.
    uploads: BlobContainerClient,
    _app: App,
}

impl Store {
    async fn new() -> Self {
        let app = AppBuilder::new().build(|_| Reply::empty()).await;
        let uploads = app.uploads();
        let store = uploads.url().socket_addrs(|| None).unwrap()[0];
        Self {
            proxy: FaultProxy::start(store).await.unwrap(),
            http: Client::builder().no_proxy().build().unwrap(),
            uploads,
            _app: app,
        }
    }

    fn blob(&self, method: Method, name: &str) -> RequestBuilder {
        let mut url = self.uploads.blob_client(name).url().clone();
        url.set_port(Some(self.proxy.address().port())).unwrap();
        self.http
            .request(method, url.as_str())
            .header("x-ms-version", "2021-12-02")
    }

    fn put(&self, name: &str, content: impl Into<reqwest::Body>) -> RequestBuilder {
        self.blob(Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob")
            .body(content)
    }

    /// Whether the store has the blob, asked without the proxy.
    async fn has(&self, name: &str) -> bool {
        let blob = self.uploads.blob_client(name);
        blob.get_properties(None).await.is_ok()
    }
}

#[tokio::test]
async fn a_store_is_used_as_if_there_were_no_proxy() {
    let store = Store::new().await;
    let content: Vec<u8> = (0..5_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let put = store
        .put("large.bin", content.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(put.status(), 201);
    let etag = put.headers()["etag"].clone();
    let get = store.blob(Method::GET, "large.bin").send().await.unwrap();
    assert!(get.bytes().await.unwrap() == content);
    let head = store.blob(Method::HEAD, "large.bin").send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "5000000");
    let unchanged = store
        .blob(Method::GET, "large.bin")
        .header("if-none-match", etag);
    assert_eq!(unchanged.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn bytes_pass_as_they_are() {
    const REQUESTS: [&[u8]; 2] = [
        b"PUT /a HTTP/1.1\r\nhost: x\r\nX-Odd-CASE:  1 \r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nT: 1\r\n\r\n",
        b"GET /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
    ];
    const RESPONSES: [&[u8]; 2] = [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 fine\r\nX-oDD: \xe9\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    ];
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let store = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        for (request, response) in REQUESTS.iter().zip(RESPONSES) {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut received = vec![0; request.len()];
            stream.read_exact(&mut received).await.unwrap();
            assert_eq!(received, *request);
            stream.write_all(response).await.unwrap();
        }
    });
    let proxy = FaultProxy::start(store).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    for request in REQUESTS {
        client.write_all(request).await.unwrap();
    }
    let mut received = Vec::new();
    client.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, RESPONSES.concat());
    server.await.unwrap();
}

#[tokio::test]
async fn what_was_refused_is_not_done_and_what_was_lost_is() {
    let store = Store::new().await;
    store.proxy.set_faults(Some(ProxyFaults {
        seed: 7,
        only: "PUT ".into(),
        refused: 0.3,
        cut_before: 0.15,
        cut_after: 0.3,
        ..ProxyFaults::default()
    }));
    let (mut refused, mut lost, mut kept) = (0, 0, 0);
    for index in 0..100 {
        let name = format!("{index}.bin");
        let put = store.put(&name, "x").send().await;
        let done = store.has(&name).await;
        match put {
            Ok(response) if response.status() == 201 => assert!(done),
            Ok(response) => {
                assert!([429, 500, 503].contains(&response.status().as_u16()));
                assert!(!done);
                refused += 1;
            }
            Err(_) if done => kept += 1,
            Err(_) => lost += 1,
        }
        let get = store.blob(Method::HEAD, &name).send().await.unwrap();
        assert_eq!(get.status() == 200, done, "only PUT has faults");
    }
    assert!(
        refused > 15 && lost > 5 && kept > 15,
        "{refused} {lost} {kept}"
    );
}

#[tokio::test]
async fn a_held_request_arrives_after_its_client_has_gone() {
    let store = Store::new().await;
    store.proxy.set_faults(Some(ProxyFaults {
        held: 1.0,
        hold_for: Duration::from_secs(1),
        ..ProxyFaults::default()
    }));
    let put = store.put("late.bin", "x").send();
    // The client is dropped long before it would be refused.
    tokio::time::timeout(Duration::from_millis(200), put)
        .await
        .unwrap_err();
    assert!(!store.has("late.bin").await);
    eventually("late blob", || async {
        store.has("late.bin").await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_store_may_be_away_and_come_back() {
    let store = Store::new().await;
    let away = Duration::from_millis(300);
    let start = Instant::now();
    store.proxy.go_away(away);
    assert!(store.put("a.bin", "x").send().await.is_err());
    eventually("store that is back", || async {
        store.put("a.bin", "x").send().await.ok()
    })
    .await;
    assert!(start.elapsed() >= away);
}
