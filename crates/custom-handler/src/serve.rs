//! Serving in bounded memory.

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;

/// What a connection reads ahead, and writes at once.
const BUFFER: usize = 64 * 1024;

/// Answers the host's requests until this future is dropped.
///
/// [`axum::serve()`] lets the buffer of a connection grow to 400 KiB when a large original comes, and
/// keep that size as long as the connection lives. The host has as many connections as it ever had
/// invocations at once, so here they stay small.
pub async fn serve(mut listener: TcpListener, router: Router) {
    loop {
        let (stream, _) = Listener::accept(&mut listener).await;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let answered = http1::Builder::new()
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = answered {
                tracing::debug!(%error, "the connection broke off");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    #[tokio::test]
    async fn answers_one_request_after_another_whatever_their_size() {
        let router = Router::new()
            .route("/", get(|| async { "ready" }))
            .route("/length", post(async |body: String| body.len().to_string()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, router));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let body = "x".repeat(1_000_000);
        let requests = format!(
            "POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}\
            GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(requests.as_bytes()).await.unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).await.unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
        assert!(answers.contains("\r\n\r\n1000000HTTP") && answers.ends_with("\r\n\r\nready"));
        server.abort();
    }
}
