//! The storage and the database that the handler calls before and after its work.
//!
//! The database is Microsoft's engine, empty. Storage is not Azurite, which would use part of the
//! measured processors. It is an account without any blob, which accepts every write and discards
//! it.

use anyhow::Result;
use axum::{
    Router,
    http::{Method, StatusCode, Uri, header::HeaderName},
    response::{IntoResponse, Response},
};
use functions_dev_host::CosmosEmulator;
use reqwest::Client;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

/// Both, which stop when this is dropped.
pub(crate) struct Stores {
    storage: JoinHandle<()>,
    _database: CosmosEmulator,
    /// The handler's settings for reaching them.
    pub(crate) settings: Vec<(String, String)>,
}

impl Drop for Stores {
    fn drop(&mut self) {
        self.storage.abort();
    }
}

impl Stores {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(forget);
        let storage = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let database = CosmosEmulator::start(TcpListener::bind("127.0.0.1:0").await?)?;
        let endpoint = database.endpoint().to_owned();
        make_container(&endpoint).await?;
        let connection =
            format!("BlobEndpoint=http://{address}/bench;SharedAccessSignature=sig=none");
        let settings = vec![
            ("ImageStorage".to_owned(), connection),
            (
                "CosmosDb".to_owned(),
                format!("AccountEndpoint={endpoint};AccountKey=a2V5"),
            ),
        ];
        Ok(Self {
            storage,
            _database: database,
            settings,
        })
    }
}

async fn make_container(endpoint: &str) -> Result<()> {
    let container = json!({"id": "images", "partitionKey": {"paths": ["/id"], "kind": "Hash"}});
    for (path, body) in [
        ("dbs", json!({"id": "darkroom"})),
        ("dbs/darkroom/colls", container),
    ] {
        let request = Client::builder()
            .no_proxy()
            .build()?
            .post(format!("{endpoint}{path}"))
            .header("Content-Type", "application/json")
            .header("x-ms-version", "2020-07-15")
            .body(body.to_string());
        request.send().await?.error_for_status()?;
    }
    Ok(())
}

/// The answers of an account without blobs.
async fn forget(method: Method, uri: Uri) -> Response {
    let code = HeaderName::from_static("x-ms-error-code");
    match method {
        Method::PUT => (StatusCode::CREATED, [("etag", "\"0x1\"")]).into_response(),
        Method::DELETE => StatusCode::ACCEPTED.into_response(),
        _ if uri.query().is_some_and(|query| query.contains("comp=list")) => {
            let nothing = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
                <EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";
            ([("content-type", "application/xml")], nothing).into_response()
        }
        _ => (StatusCode::NOT_FOUND, [(code, "BlobNotFound")]).into_response(),
    }
}
