//! Serves requests in bounded memory.

use std::{future::pending, pin::pin, time::Duration};

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

/// How many bytes a connection reads ahead, and writes at once.
const BUFFER: usize = 64 * 1024;

/// How long to wait for requests in progress after the server was asked to end.
const GRACE: Duration = Duration::from_secs(30);

/// Answers the host's requests until this future is dropped.
///
/// [`axum::serve()`] lets the buffer of a connection grow to 400 KiB when a large original comes,
/// and keep that size as long as the connection lives. The host keeps as many connections as it
/// ever had invocations at once, so here their buffers stay small.
pub async fn serve(listener: TcpListener, router: Router) {
    serve_until(listener, router, pending()).await;
}

/// Answers the host's requests as [`serve`] does until `end` completes. Then it accepts no more,
/// and waits at most half a minute for the requests in progress.
pub async fn serve_until(mut listener: TcpListener, router: Router, end: impl Future<Output = ()>) {
    let (ending, ended) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut end = pin!(end);
    loop {
        tokio::select! {
            (stream, _) = Listener::accept(&mut listener) => {
                connections.spawn(answer(stream, router.clone(), ended.clone()));
            }
            Some(_) = connections.join_next() => {}
            () = &mut end => break,
        }
    }
    drop(listener);
    ending.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, all).await.is_err() {
        tracing::warn!("requests are still running and are cut off");
    }
}

/// Answers the requests of one connection until it is closed, or until the server has ended and the
/// request in progress is answered.
async fn answer(stream: TcpStream, router: Router, mut ended: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    let connection = builder
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let answered = tokio::select! {
        answered = &mut connection => answered,
        () = async { drop(ended.wait_for(|ended| *ended).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = answered {
        tracing::debug!(%error, "the connection was lost");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::{get, post};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        sync::{Notify, oneshot},
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

    #[tokio::test]
    async fn what_is_under_way_is_answered_before_the_end() {
        let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (say, wait) = (Arc::clone(&started), Arc::clone(&go));
        let router = Router::new().route(
            "/",
            get(async move || {
                say.notify_one();
                wait.notified().await;
                "done"
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let ended = async { drop(ended.await) };
        let server = tokio::spawn(serve_until(listener, router, ended));
        let mut idle = TcpStream::connect(address).await.unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        started.notified().await;
        end.send(()).unwrap();
        // The connection without a request is closed first, which shows that the shutdown has
        // begun.
        assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err());
        go.notify_one();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        server.await.unwrap();
    }
}
