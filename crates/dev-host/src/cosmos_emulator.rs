//! Cosmos DB on this machine: Microsoft's own in-memory engine behind HTTP.
//!
//! `rules` corrects from outside where the engine differs from Azure, or answers 501 if that is
//! impossible. `faults` breaks things on purpose.

mod faults;
mod query_text;
mod rules;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use azure_core::http::{Method, Url};
use azure_data_cosmos_driver::in_memory_emulator::{
    InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::http_server::{self, Cut};
pub use faults::Faults;
use faults::{Chance, Fate};
use rules::{Answer, Names, Whole};

/// The region that the account reports; clients without a preference ask for it.
const REGION: &str = "East US";

/// A Cosmos DB account in memory, reached over HTTP. Dropping it closes it.
///
/// It accepts every key. Any client that accepts plain HTTP for `localhost` can use it.
#[derive(Debug)]
pub struct CosmosEmulator {
    engine: Arc<Engine>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Engine {
    client: InMemoryEmulatorHttpClient,
    endpoint: Url,
    names: Names,
    chance: RwLock<Option<Arc<Chance>>>,
}

impl CosmosEmulator {
    /// Serves a new, empty account on the listener.
    pub fn start(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        // The account's answers send clients to this address, so it has to be the served one.
        let endpoint = Url::parse(&format!("http://localhost:{}/", address.port()))
            .map_err(io::Error::other)?;
        let account = VirtualAccountConfig::new(vec![VirtualRegion::new(REGION, endpoint.clone())])
            .map_err(io::Error::other)?;
        let client = InMemoryEmulatorHttpClient::try_new(account).map_err(io::Error::other)?;
        let engine = Arc::new(Engine {
            client,
            endpoint,
            names: Names::default(),
            chance: RwLock::default(),
        });
        Ok(Self {
            server: Some(tokio::spawn(serve(listener, Arc::clone(&engine)))),
            engine,
            address,
        })
    }

    /// The endpoint for a connection string: `http://localhost:{port}/`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.engine.endpoint.as_str()
    }

    /// Injects faults from now on, or none any more.
    pub fn set_faults(&self, faults: Option<Faults>) {
        let chance = faults.map(|faults| Arc::new(Chance::new(faults)));
        // No code that holds the lock can panic in the middle of a change.
        *self
            .engine
            .chance
            .write()
            .unwrap_or_else(PoisonError::into_inner) = chance;
    }

    /// Stops listening and breaks every connection, like a machine that loses power. The data stays
    /// for [`resume`](Self::resume).
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // The port is free only when the task has ended.
            let _ = server.await;
        }
    }

    /// Listens at the same address again, with all data unchanged.
    pub async fn resume(&mut self) -> io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.server = Some(tokio::spawn(serve(listener, Arc::clone(&self.engine))));
        Ok(())
    }
}

impl Drop for CosmosEmulator {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

async fn serve(listener: TcpListener, engine: Arc<Engine>) {
    let router = Router::new().fallback(answer).with_state(engine);
    http_server::serve(listener, router).await;
}

async fn answer(
    State(engine): State<Arc<Engine>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        // A client that disconnects does not wait for an answer.
        return Response::new(Body::empty());
    };
    let request = Whole {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
    };
    let Some(answer) = engine.answer(request).await else {
        cut.now().await
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

impl Engine {
    /// Answers a request; `None` if the answer is to be lost.
    async fn answer(&self, mut request: Whole) -> Option<Answer> {
        let fate = if request.is_about_items() {
            self.fate().await
        } else {
            Fate::Answered
        };
        if let Fate::Refused(answer) = fate {
            return Some(answer);
        }
        let answer = match request.prepare(&self.names) {
            Ok(()) => {
                let executed = self.execute(&request).await;
                let mut answer = executed
                    .unwrap_or_else(|message| Answer::refusal(StatusCode::BAD_REQUEST, &message));
                request.finish(&mut answer, &self.names);
                answer
            }
            Err(refusal) => refusal.into(),
        };
        (!matches!(fate, Fate::Lost)).then_some(answer)
    }

    async fn fate(&self) -> Fate {
        let chance = self
            .chance
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(chance) = chance else {
            return Fate::Answered;
        };
        let (delay, fate) = chance.next();
        tokio::time::sleep(delay).await;
        fate
    }

    /// Passes a request to the engine. Its address is replaced by the account's endpoint, which the
    /// engine uses to tell regions apart; clients may say 127.0.0.1 or localhost.
    async fn execute(&self, request: &Whole) -> Result<Answer, String> {
        let mut url = self.endpoint.clone();
        url.set_path(&request.path);
        url.set_query(request.query.as_deref());
        let method: Method = request
            .method
            .as_str()
            .parse()
            .map_err(|_| "unknown method")?;
        let mut translated = azure_core::http::Request::new(url, method);
        for (name, value) in &request.headers {
            let value = value.to_str().map_err(|error| error.to_string())?;
            translated.insert_header(name.as_str().to_owned(), value.to_owned());
        }
        translated.set_body(request.body.clone());

        let response = self
            .client
            .execute_request(&translated)
            .await
            .map_err(|error| error.to_string())?
            .try_into_raw_response()
            .await
            .map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        for (name, value) in response.headers().iter() {
            // The length is computed again, because the body may have changed.
            if name.as_str() == "content-length" {
                continue;
            }
            let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            let value = HeaderValue::try_from(value.as_str()).map_err(|error| error.to_string())?;
            headers.insert(name, value);
        }
        Ok(Answer {
            status: StatusCode::from_u16(u16::from(response.status()))
                .map_err(|error| error.to_string())?,
            headers,
            body: response.body().to_vec().into(),
        })
    }
}
