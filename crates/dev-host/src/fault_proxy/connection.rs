//! Serves one client, request by request.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{Fate, Shared, http::Head};

/// How long to wait for the answer of a store that has stopped reading.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves a client until one side closes the connection.
pub(super) async fn serve(client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (read, mut write) = client.into_split();
    let mut read = BufReader::new(read);
    while let Some(head) = Head::read(&mut read).await? {
        let (delay, fate) = shared.fate(&head);
        tokio::time::sleep(delay).await;
        let store = shared.store;
        let goes_on = match fate {
            Fate::Passed => forward(store, &head, &mut read, &mut write).await?,
            Fate::Refused(status, code) => {
                refuse(status, code, &head, &mut read, &mut write).await?;
                true
            }
            Fate::CutBefore => false,
            Fate::CutAfter => {
                forward(store, &head, &mut read, &mut tokio::io::sink()).await?;
                false
            }
            Fate::Held(time) => {
                hold(store, time, head, &mut read).await?;
                return Ok(());
            }
        };
        if !goes_on || head.is_last() {
            break;
        }
    }
    Ok(())
}

/// Answers instead of the store, once the whole request has arrived.
async fn refuse(
    status: &str,
    code: &str,
    head: &Head,
    read: &mut (impl AsyncBufRead + Unpin),
    write: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    head.request_body()
        .copy(read, &mut tokio::io::sink())
        .await?;
    let answer =
        format!("HTTP/1.1 {status}\r\nx-ms-error-code: {code}\r\nContent-Length: 0\r\n\r\n");
    write.write_all(answer.as_bytes()).await
}

/// Passes a request on, and its response back. Returns whether the client may send another request.
async fn forward(
    store: SocketAddr,
    request: &Head,
    from_client: &mut (impl AsyncBufRead + Unpin),
    to_client: &mut (impl AsyncWrite + Unpin),
) -> io::Result<bool> {
    let connection = TcpStream::connect(store).await?;
    connection.set_nodelay(true)?;
    let (from_store, mut to_store) = connection.into_split();
    let mut from_store = BufReader::new(from_store);
    let sent = async {
        to_store.write_all(&request.bytes).await?;
        request
            .request_body()
            .copy(from_client, &mut to_store)
            .await
    };
    let answered = respond(request, &mut from_store, to_client);
    tokio::pin!(sent, answered);
    tokio::select! {
        sent = &mut sent => if let Err(error) = sent {
            // The store may have said why it stopped reading.
            return match tokio::time::timeout(LAST_WORDS, answered).await {
                Ok(Ok(_)) => Ok(false),
                _ => Err(error),
            };
        },
        // The store has answered before it had the whole request, so the start of the next request
        // is unknown.
        answered = &mut answered => return answered.map(|_| false),
    }
    answered.await
}

/// Passes a response back, with any interim responses. Returns whether its connection may be used
/// again.
async fn respond(
    request: &Head,
    from_store: &mut (impl AsyncBufRead + Unpin),
    to_client: &mut (impl AsyncWrite + Unpin),
) -> io::Result<bool> {
    loop {
        let head = Head::read(from_store).await?;
        let head = head.ok_or(io::ErrorKind::UnexpectedEof)?;
        to_client.write_all(&head.bytes).await?;
        to_client.flush().await?;
        if head.is_interim() {
            continue;
        }
        let body = head.response_body(request);
        body.copy(from_store, to_client).await?;
        return Ok(!head.is_last() && body != super::http::Body::UntilClosed);
    }
}

/// Receives a whole request and waits until its client has gone, or disconnects the client after
/// `time`. After the same time again, it passes the request to the store.
async fn hold(
    store: SocketAddr,
    time: Duration,
    head: Head,
    read: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<()> {
    let mut body = Vec::new();
    head.request_body().copy(read, &mut body).await?;
    // Nobody sends another request before the first is answered, so any input means the end.
    let gone = tokio::time::timeout(time, read.fill_buf()).await;
    tracing::info!(
        "Held, and its client {}: {}",
        if gone.is_ok() { "gone" } else { "sent away" },
        without_query(head.first_line())
    );
    // A separate task, so that the end of this connection does not affect it.
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        let mut body = body.as_slice();
        let forwarded = forward(store, &head, &mut body, &mut tokio::io::sink()).await;
        match forwarded {
            Ok(_) => tracing::info!("Arrived late: {}", without_query(head.first_line())),
            Err(error) => tracing::warn!("A held request was lost after all: {error}"),
        }
    });
    Ok(())
}

/// A request's line for the log, without its query, which may hold a signature.
fn without_query(line: &str) -> &str {
    line.split_once('?').map_or(line, |(path, _)| path)
}
