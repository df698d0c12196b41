//! Serves until the process is asked to stop, and then finishes the requests in progress.

use std::{io, sync::Arc, time::Duration};

use tokio::net::TcpListener;

use crate::{app::App, router::router};

/// How long requests may continue after the process was asked to stop. App Service kills it after
/// 30 s.
const GRACE: Duration = Duration::from_secs(25);

/// Serves on `listener` until `shutdown` completes and the last request is answered, or the time
/// for that is over.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = app.stopping.clone();
    let mut stopped = stopping.subscribe();
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping");
        stopping.send_replace(true);
    };
    let server = axum::serve(listener, router(app))
        .with_graceful_shutdown(signal)
        .into_future();
    let deadline = async {
        // The sender lives as long as the server.
        let _ = stopped.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server => result,
        () = deadline => Ok(()),
    }
}

/// Waits for a request to stop: Ctrl+C or SIGTERM.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers, signals end the process at once.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
