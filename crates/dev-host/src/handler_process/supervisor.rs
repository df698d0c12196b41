//! Runs the handler again and again, by the host's rules.

use std::{
    collections::VecDeque,
    process::ExitStatus,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{Instance, Launch, State, launch::Running};

/// How a handler asks to be started again, which is no failure.
const EXIT_RESTART: i32 = 200;
const READY_LIMIT: Duration = Duration::from_secs(30);
const READY_INTERVAL: Duration = Duration::from_millis(25);
const FAILURE_LIMIT: usize = 3;
const FAILURE_WINDOW: Duration = Duration::from_mins(30);
/// How long the last lines of a handler that is already dead are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How one run of the handler came to its end.
enum End {
    HostStops,
    RestartWanted,
    Finished,
    Failed(String),
}

pub(super) async fn supervise(
    launch: &Launch,
    state: &watch::Sender<State>,
    mut restarts: mpsc::UnboundedReceiver<Instance>,
    stop: &CancellationToken,
) {
    let mut failures = Failures::default();
    for generation in 1.. {
        state.send_replace(State::Starting);
        match run(launch, generation, state, &mut restarts, stop).await {
            End::HostStops => return,
            End::RestartWanted => {}
            End::Finished => {
                tracing::error!("The handler exited with status 0 and is not started again");
                state.send_replace(State::Finished);
                return stop.cancelled().await;
            }
            End::Failed(reason) => {
                tracing::error!("{reason}");
                if failures.add(Instant::now()) >= FAILURE_LIMIT {
                    let minutes = FAILURE_WINDOW.as_secs() / 60;
                    state.send_replace(State::GivenUp(format!(
                        "the handler failed {FAILURE_LIMIT} times within {minutes} minutes"
                    )));
                    return stop.cancelled().await;
                }
                tracing::info!("Starting the handler again");
            }
        }
    }
}

/// One run, from its start to its end. However this returns, the process is dead and buried.
async fn run(
    launch: &Launch,
    generation: u64,
    state: &watch::Sender<State>,
    restarts: &mut mpsc::UnboundedReceiver<Instance>,
    stop: &CancellationToken,
) -> End {
    let spawned = free_port().and_then(|port| Ok((port, launch.spawn(port)?)));
    let (port, mut running) = match spawned {
        Ok(spawned) => spawned,
        Err(error) => return End::Failed(format!("The handler cannot be started: {error}")),
    };
    let instance = Instance {
        generation,
        port,
        pid: running.pid,
    };
    let end = tokio::select! {
        biased;
        () = stop.cancelled() => End::HostStops,
        end = wait(&mut running) => end,
        end = serve(&instance, state, restarts) => end,
    };
    running.kill().await;
    end
}

/// Announces the handler once it answers, and returns when the host does not want it any more.
async fn serve(
    instance: &Instance,
    state: &watch::Sender<State>,
    restarts: &mut mpsc::UnboundedReceiver<Instance>,
) -> End {
    let start = Instant::now();
    let (pid, port) = (instance.pid, instance.port);
    if !wait_until_ready(port).await {
        let limit = READY_LIMIT.as_secs();
        return End::Failed(format!(
            "The handler did not answer on port {port} within {limit} s"
        ));
    }
    tracing::info!(
        "The handler is ready (process {pid}, port {port}, {} ms after its start)",
        start.elapsed().as_millis()
    );
    state.send_replace(State::Ready(instance.clone()));
    restart_wanted(restarts, instance).await;
    tracing::warn!("Restarting the handler");
    End::RestartWanted
}

async fn wait(running: &mut Running) -> End {
    let status = running.child.wait().await;
    // A grandchild may hold the pipes open for longer than anybody wants to wait.
    let _ = tokio::time::timeout(LAST_WORDS, join_all(&mut running.output)).await;
    match status {
        Ok(status) if status.success() => End::Finished,
        Ok(status) if status.code() == Some(EXIT_RESTART) => {
            tracing::info!("The handler asks to be started again");
            End::RestartWanted
        }
        Ok(status) => End::Failed(describe(status)),
        Err(error) => End::Failed(format!("The handler cannot be watched: {error}")),
    }
}

fn describe(status: ExitStatus) -> String {
    format!("The handler ended with {status}")
}

async fn restart_wanted(restarts: &mut mpsc::UnboundedReceiver<Instance>, instance: &Instance) {
    // A wish that concerns an earlier run came too late and is fulfilled already.
    while let Some(unwanted) = restarts.recv().await {
        if unwanted == *instance {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Any HTTP answer will do; only a socket error means that the handler is not there yet.
async fn wait_until_ready(port: u16) -> bool {
    let url = format!("http://127.0.0.1:{port}/");
    let Ok(client) = reqwest::Client::builder().no_proxy().build() else {
        return false;
    };
    let answered = async {
        while client.get(&url).send().await.is_err() {
            tokio::time::sleep(READY_INTERVAL).await;
        }
    };
    tokio::time::timeout(READY_LIMIT, answered).await.is_ok()
}

/// A port that was free a moment ago, which is all that the host makes sure of, too.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}

/// The times of the failures that still count.
#[derive(Default)]
struct Failures(VecDeque<Instant>);

impl Failures {
    /// Adds one and says how many there were within the window.
    fn add(&mut self, now: Instant) -> usize {
        self.0
            .retain(|earlier| now.duration_since(*earlier) < FAILURE_WINDOW);
        self.0.push_back(now);
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_forgotten_after_half_an_hour() {
        let mut failures = Failures::default();
        let start = Instant::now();
        assert_eq!(failures.add(start), 1);
        assert_eq!(failures.add(start + FAILURE_WINDOW / 2), 2);
        assert_eq!(failures.add(start + FAILURE_WINDOW), 2);
    }
}
