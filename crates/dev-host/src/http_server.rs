//! Accepts HTTP connections, for servers that may have to break one.

use axum::{Extension, Router};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Breaks the connection of a request. It is an extension of every request.
#[derive(Debug, Clone)]
pub(crate) struct Cut(CancellationToken);

impl Cut {
    /// Breaks the connection instead of answering.
    pub(crate) async fn now(&self) -> ! {
        self.0.cancel();
        std::future::pending().await
    }
}

/// Accepts connections until it is dropped. The connections end with it, which they would not with
/// `axum::serve`.
///
/// Both versions of HTTP are accepted, because Microsoft's Cosmos DB client begins with HTTP/2 and
/// does not fall back everywhere. The case of header names is kept.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted does not matter.
                let Ok((stream, _)) = accepted else { continue };
                let cut = CancellationToken::new();
                let router = router.clone().layer(Extension(Cut(cut.clone())));
                let service = TowerToHyperService::new(router);
                connections.spawn(cut.run_until_cancelled_owned(async move {
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http1().preserve_header_case(true);
                    // The client notices when a connection breaks.
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                }));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
