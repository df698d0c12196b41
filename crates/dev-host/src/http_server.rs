//! The loop that accepts HTTP connections, for servers that may have to break one.

use axum::{Extension, Router};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Breaks the connection that a request has come over. It is an extension of every request.
#[derive(Debug, Clone)]
pub(crate) struct Cut(CancellationToken);

impl Cut {
    /// Breaks the connection in place of an answer.
    pub(crate) async fn now(&self) -> ! {
        self.0.cancel();
        std::future::pending().await
    }
}

/// Accepts until it is dropped. The connections go with it, which `axum::serve` would not do.
///
/// They may be of either version of HTTP: Microsoft's Cosmos DB client begins with HTTP/2 and knows to
/// fall back, but not everywhere. The case of headers' names is kept.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted concerns nobody.
                let Ok((stream, _)) = accepted else { continue };
                let cut = CancellationToken::new();
                let router = router.clone().layer(Extension(Cut(cut.clone())));
                let service = TowerToHyperService::new(router);
                connections.spawn(cut.run_until_cancelled_owned(async move {
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http1().preserve_header_case(true);
                    // The client sees for itself when a connection breaks.
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                }));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
