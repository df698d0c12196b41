//! Turns a router into a handler that the host can use.

use std::{env, io, path::Path, sync::Arc};

use axum::{Router, middleware};
use tokio::net::TcpListener;

use crate::{
    FunctionJsonError, FunctionTimeout, HostJsonError,
    answer_check::{Rules, check_answers},
    deadline,
    function_json::Functions,
    host_json::HostJson,
    listen, serve_until, trace,
};

/// Why a handler cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// host.json cannot be used.
    #[error(transparent)]
    HostJson(#[from] HostJsonError),
    /// A function.json cannot be used.
    #[error(transparent)]
    FunctionJson(#[from] FunctionJsonError),
    /// The port cannot be bound.
    #[error(transparent)]
    Listen(#[from] io::Error),
}

/// Runs a handler: binds the port that the host chose, answers requests until the process is asked to end (Ctrl+C,
/// SIGTERM), and then finishes the requests in progress.
///
/// The router has one route, `POST /{FunctionName}`, for each function. It is served with the layers of [`layered`].
pub async fn run(router: Router) -> Result<(), StartError> {
    let lookup = |name: &str| env::var(name).ok();
    let router = layered(router, Path::new("."), lookup)?;
    let listener = TcpListener::from_std(listen(lookup)?)?;
    serve_until(listener, router, asked_to_end()).await;
    Ok(())
}

/// Adds the layers that a handler needs to a router: spans for log lines ([`trace`](crate::trace())), the time-out of
/// host.json ([`deadline`](crate::deadline())), and a check of answers. An answer that the host would hang on, or that
/// names an output that function.json does not have, becomes a failed invocation and an error in the log.
///
/// `root` is the folder of host.json, the working directory of a handler. Variables are read through `lookup`.
pub fn layered(
    router: Router,
    root: &Path,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Router, StartError> {
    let rules = Rules {
        functions: Functions::read(root)?,
        forwards_http: HostJson::read(root)?.forwards_http(),
    };
    let timeout = FunctionTimeout::read(root, lookup)?;
    Ok(router
        .layer(middleware::from_fn_with_state(timeout, deadline))
        .layer(middleware::from_fn_with_state(
            Arc::new(rules),
            check_answers,
        ))
        .layer(middleware::from_fn(trace)))
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupted().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        () = interrupted() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    interrupted().await;
}

/// Never completes, because the system has no such signal.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
