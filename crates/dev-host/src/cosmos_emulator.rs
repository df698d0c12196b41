//! Cosmos DB on this machine: Microsoft's own in-memory engine, put behind HTTP.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use azure_core::http::{Method, Url};
use azure_data_cosmos_driver::in_memory_emulator::{
    InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

/// The region that the account claims to be in; clients without a preference of their own ask for it.
const REGION: &str = "East US";

/// A Cosmos DB account in memory, reached over HTTP. Dropping it closes it.
///
/// It takes every key. Any client that accepts plain HTTP for `localhost` can use it.
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
}

impl CosmosEmulator {
    /// Serves a new, empty account on the listener.
    pub fn start(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        // The account's answers lead clients to this address, so it has to be the one served.
        let endpoint = Url::parse(&format!("http://localhost:{}/", address.port()))
            .map_err(io::Error::other)?;
        let account = VirtualAccountConfig::new(vec![VirtualRegion::new(REGION, endpoint.clone())])
            .map_err(io::Error::other)?;
        let client = InMemoryEmulatorHttpClient::try_new(account).map_err(io::Error::other)?;
        let engine = Arc::new(Engine { client, endpoint });
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

    /// Stops listening and breaks every connection, as a machine does that loses its power. The
    /// data stays for [`resume`](Self::resume).
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // Waiting for the end of the task is waiting for the port to be free.
            let _ = server.await;
        }
    }

    /// Listens at the same address again, with all data as it was.
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

/// Accepts until the task is aborted. The connections go with it, which `axum::serve` would not do.
/// They may be of either version: Microsoft's client begins with HTTP/2 and knows to fall back, but
/// not everywhere.
async fn serve(listener: TcpListener, engine: Arc<Engine>) {
    let router = Router::new().fallback(answer).with_state(engine);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted concerns nobody.
                let Ok((stream, _)) = accepted else { continue };
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    // The client sees for itself when a connection breaks.
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(State(engine): State<Arc<Engine>>, request: Request) -> Response {
    engine.answer(request).await.unwrap_or_else(|message| {
        let mut response = Response::new(Body::from(message));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response
    })
}

impl Engine {
    /// Hands a request to the engine. Its address is replaced by the account's endpoint, by which
    /// the engine tells its regions apart: clients may say 127.0.0.1 or localhost.
    async fn answer(&self, request: Request) -> Result<Response, String> {
        let (parts, body) = request.into_parts();
        let mut url = self.endpoint.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        let method: Method = parts
            .method
            .as_str()
            .parse()
            .map_err(|_| "unknown method")?;
        let mut translated = azure_core::http::Request::new(url, method);
        for (name, value) in &parts.headers {
            let value = value.to_str().map_err(|error| error.to_string())?;
            translated.insert_header(name.as_str().to_owned(), value.to_owned());
        }
        let body = to_bytes(body, usize::MAX)
            .await
            .map_err(|error| error.to_string())?;
        translated.set_body(body);

        let response = self
            .client
            .execute_request(&translated)
            .await
            .map_err(|error| error.to_string())?
            .try_into_raw_response()
            .await
            .map_err(|error| error.to_string())?;
        let mut answer = Response::new(Body::from(response.body().to_vec()));
        *answer.status_mut() = StatusCode::from_u16(u16::from(response.status()))
            .map_err(|error| error.to_string())?;
        for (name, value) in response.headers().iter() {
            let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            let value = HeaderValue::try_from(value.as_str()).map_err(|error| error.to_string())?;
            answer.headers_mut().insert(name, value);
        }
        Ok(answer)
    }
}
