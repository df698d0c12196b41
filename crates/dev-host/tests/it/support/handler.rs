//! The handler, played by the test. Each call is recorded and answered by a closure.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{any, get, post},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// One invocation as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The value of `{name}`, decoded twice.
    pub(crate) fn blob_name(&self) -> String {
        self.metadata("name").as_str().unwrap().to_owned()
    }

    /// Partition and offset of a message.
    pub(crate) fn place(&self) -> (i64, i64) {
        let number = |name| self.metadata(name).as_i64().unwrap();
        (number("Partition"), number("Offset"))
    }

    /// A value of the metadata, decoded twice.
    fn metadata(&self, name: &str) -> Value {
        let body = self.json();
        serde_json::from_str(body["Metadata"][name].as_str().unwrap()).unwrap()
    }
}

/// How the handler answers a call.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// 200 with this JSON.
    Json(Value),
    /// Anything else.
    Raw {
        status: u16,
        content_type: &'static str,
        body: &'static str,
    },
    /// No answer, ever.
    Hang,
}

impl Reply {
    pub(crate) fn empty() -> Self {
        Self::Json(serde_json::json!({}))
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Raw {
            status,
            content_type: "application/json",
            body: r#"{"error":"as the test wants it"}"#,
        }
    }
}

type Play = dyn Fn(&Call) -> Reply + Send + Sync;

/// The server to which the relay connects.
pub(crate) struct Handler {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    calls: Mutex<Vec<Call>>,
    play: Box<Play>,
}

impl Handler {
    pub(crate) async fn start(play: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            calls: Mutex::default(),
            play: Box::new(play),
        });
        let router = Router::new()
            .route("/", get(|| async {}))
            .route("/{function}", post(invoke))
            .route("/api/{function}", any(forwarded))
            .fallback(forwarded)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            shared,
            server: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }),
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An original request is answered with its own body, which is streamed back.
async fn forwarded(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).cloned();
    let mut response = Response::builder()
        .status(StatusCode::CREATED)
        .header("x-request", format!("{} {}", parts.method, parts.uri));
    for (name, copy) in [
        ("content-length", "x-length"),
        ("transfer-encoding", "x-encoding"),
        ("x-azure-functions-invocationid", "x-invocation"),
        ("x-functions-key", "x-key"),
    ] {
        if let Some(value) = header(name) {
            response = response.header(copy, value);
        }
    }
    response.body(body).unwrap()
}

async fn invoke(
    State(shared): State<Arc<Shared>>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call {
        function,
        headers,
        body,
    };
    shared.calls.lock().unwrap().push(call.clone());
    let reply = tokio::task::spawn_blocking(move || (shared.play)(&call))
        .await
        .unwrap();
    let (status, content_type, body) = match reply {
        Reply::Json(json) => (200, "application/json", Body::from(json.to_string())),
        Reply::Raw {
            status,
            content_type,
            body,
        } => (status, content_type, Body::from(body)),
        Reply::Hang => std::future::pending().await,
    };
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(body)
        .unwrap()
}
