//! Runs the handler again and again, by the host's rules.

use std::{
    collections::VecDeque,
    process::ExitStatus,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Launch, Run, State, Wish, in_flight::InFlight, launch::Running};

/// The exit status by which a handler asks to be restarted, which is no failure.
const EXIT_RESTART: i32 = 200;
const READY_LIMIT: Duration = Duration::from_secs(30);
const READY_INTERVAL: Duration = Duration::from_millis(25);
const FAILURE_LIMIT: usize = 3;
const FAILURE_WINDOW: Duration = Duration::from_mins(30);
/// How long to wait for the last lines of a handler that is already dead.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How one run of the handler ended.
enum End {
    HostStops,
    RestartWanted,
    Replaced,
    Finished,
    Failed(String),
}

/// Runs the handler and publishes its state.
pub(super) struct Supervisor<'a> {
    pub(super) launch: &'a Launch,
    pub(super) state: &'a watch::Sender<State>,
    pub(super) wishes: &'a mut mpsc::UnboundedReceiver<Wish>,
    pub(super) in_flight: &'a InFlight,
    pub(super) stop: &'a CancellationToken,
}

impl Supervisor<'_> {
    pub(super) async fn supervise(&mut self) {
        let mut failures = Failures::default();
        for generation in 1.. {
            self.state.send_replace(State::Starting);
            match self.run(generation).await {
                End::HostStops => return,
                End::RestartWanted => {}
                // It may be another program by now, so earlier failures say nothing about it.
                End::Replaced => failures = Failures::default(),
                End::Finished if self.launch.restart_after_exit_0 => {
                    tracing::info!("The handler has finished and is started again");
                }
                End::Finished => {
                    tracing::error!("The handler exited with status 0 and is not started again");
                    self.state.send_replace(State::Finished);
                    return self.stop.cancelled().await;
                }
                End::Failed(reason) => {
                    tracing::error!("{reason}");
                    if failures.add(Instant::now()) >= FAILURE_LIMIT {
                        let minutes = FAILURE_WINDOW.as_secs() / 60;
                        self.state.send_replace(State::GivenUp(format!(
                            "the handler failed {FAILURE_LIMIT} times within {minutes} minutes"
                        )));
                        return self.stop.cancelled().await;
                    }
                    tracing::info!("Starting the handler again");
                }
            }
        }
    }

    /// One run, from start to end. However this returns, the process is dead and has been waited
    /// for.
    async fn run(&mut self, generation: u64) -> End {
        let port = self.launch.port.map_or_else(free_port, Ok);
        let spawned = port.and_then(|port| Ok((port, self.launch.spawn(port)?)));
        let (port, mut running) = match spawned {
            Ok(spawned) => spawned,
            Err(error) => return End::Failed(format!("The handler cannot be started: {error}")),
        };
        let run = Run {
            generation,
            port,
            pid: running.pid,
        };
        let stop = self.stop;
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => End::HostStops,
            end = wait(&mut running) => end,
            end = self.serve(&run) => end,
        };
        running.kill().await;
        end
    }

    /// Announces the handler once it answers, and returns when the host does not want it any more.
    async fn serve(&mut self, run: &Run) -> End {
        let start = Instant::now();
        let (pid, port) = (run.pid, run.port);
        let ready = tokio::select! {
            ready = wait_until_ready(port) => ready,
            // It has nothing to finish yet.
            _ = wanted(self.wishes, run) => return End::Replaced,
        };
        if !ready {
            let limit = READY_LIMIT.as_secs();
            return End::Failed(format!(
                "The handler did not answer on port {port} within {limit} s"
            ));
        }
        tracing::info!(
            "The handler is ready (process {pid}, port {port}, {} ms after its start)",
            start.elapsed().as_millis()
        );
        self.state.send_replace(State::Ready(run.clone()));
        match wanted(self.wishes, run).await {
            Wish::Restart(_) => {
                tracing::warn!("Restarting the handler");
                End::RestartWanted
            }
            Wish::Replace { patience } => {
                self.state.send_replace(State::Leaving(run.clone()));
                if timeout(patience, self.in_flight.none()).await.is_err() {
                    let patience = patience.as_secs_f64();
                    tracing::warn!(
                        "The handler is replaced while invocations are running, because they have \
                         not ended within {patience} s"
                    );
                }
                End::Replaced
            }
        }
    }
}

async fn wait(running: &mut Running) -> End {
    let status = running.child.wait().await;
    // A grandchild may hold the pipes open for longer than it is worth waiting.
    let _ = timeout(LAST_WORDS, join_all(&mut running.output)).await;
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

/// The next wish that applies to this run.
async fn wanted(wishes: &mut mpsc::UnboundedReceiver<Wish>, run: &Run) -> Wish {
    while let Some(wish) = wishes.recv().await {
        match wish {
            // It came too late and is fulfilled already.
            Wish::Restart(ref unwanted) if unwanted != run => {}
            wish => return wish,
        }
    }
    std::future::pending().await
}

/// Any HTTP answer is enough. Only a socket error means that the handler is not ready.
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
    timeout(READY_LIMIT, answered).await.is_ok()
}

/// A port that was free a moment ago. The real host ensures no more than that.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}

/// The times of the failures that still count.
#[derive(Default)]
struct Failures(VecDeque<Instant>);

impl Failures {
    /// Adds a failure and returns how many there were within the window.
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
