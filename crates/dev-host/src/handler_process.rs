//! The handler: one process, started and watched as the host does it.
//!
//! A supervisor on its own thread starts the executable, waits until it answers, and restarts it
//! when it fails or when an invocation runs out of time. The third failure within half an hour
//! stops the host. An exit with status 0 means a wish to stop, and one with status 200 a wish to be
//! restarted, which is no failure. All this is as recorded from the host 4.1037; newer hosts treat
//! 0 like 200.
//!
//! During development the handler is replaced on purpose: it finishes its work, gets nothing new,
//! and the next run starts with no failures counted.

mod in_flight;
mod launch;
mod supervisor;

use std::{thread::JoinHandle, time::Duration};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use in_flight::{InFlight, Token};
pub(crate) use launch::Launch;
use supervisor::Supervisor;

/// The state of the handler.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Starting,
    Ready(Run),
    /// It is about to be replaced and may finish what it has begun.
    Leaving(Run),
    /// It exited with status 0 and stays away.
    Finished,
    /// It failed too often, and the host stops.
    GivenUp(String),
}

/// One run of the handler's executable.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// A number for each run, so that a late message about an old run has no effect.
    generation: u64,
    port: u16,
    pid: u32,
}

/// A run as one invocation sees it. While this is held, the invocation counts as in flight.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    run: Run,
    pub(crate) port: u16,
    _in_flight: Token,
}

/// Requests to the supervisor.
#[derive(Debug)]
enum Wish {
    /// Another run at once instead of this one.
    Restart(Run),
    /// Another run when this one is idle, or after this time.
    Replace { patience: Duration },
}

/// There is no handler, and there will be none.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct HandlerGone {
    reason: String,
    /// Whether the host stops, too. A handler that has finished by itself leaves the host running.
    pub(crate) host_stops: bool,
}

/// The handler as invocations see it.
#[derive(Debug, Clone)]
pub(crate) struct Handler {
    state: watch::Receiver<State>,
    wishes: mpsc::UnboundedSender<Wish>,
    in_flight: InFlight,
}

impl Handler {
    /// Waits until the handler can be called.
    pub(crate) async fn ready(&self) -> Result<Instance, HandlerGone> {
        let mut state = self.state.clone();
        let state = state
            .wait_for(|state| !matches!(state, State::Starting | State::Leaving(_)))
            .await
            .map_err(|_| HandlerGone {
                reason: "the host is stopping".into(),
                host_stops: true,
            })?;
        match &*state {
            // The state is borrowed while this is counted, so it cannot become Leaving in between.
            State::Ready(run) => Ok(Instance {
                run: run.clone(),
                port: run.port,
                _in_flight: self.in_flight.begin(),
            }),
            State::GivenUp(reason) => Err(HandlerGone {
                reason: reason.clone(),
                host_stops: true,
            }),
            State::Starting | State::Leaving(_) | State::Finished => Err(HandlerGone {
                reason: "the handler exited with status 0 and is not started again".into(),
                host_stops: false,
            }),
        }
    }

    /// Returns once this run of the handler is over.
    pub(crate) async fn died(&self, instance: &Instance) {
        let mut state = self.state.clone();
        // An error means that the supervisor has ended, and the handler with it.
        let _ = state
            .wait_for(|state| match state {
                State::Ready(run) | State::Leaving(run) => *run != instance.run,
                _ => true,
            })
            .await;
    }

    /// Asks for another run instead of this one.
    pub(crate) fn restart(&self, instance: Instance) {
        // When the host is stopping, nobody listens any more.
        let _ = self.wishes.send(Wish::Restart(instance.run));
    }

    /// Asks for another run, without counting a failure, once the invocations in flight have ended
    /// or `patience` is over. Returns whether there is a handler to replace.
    pub(crate) fn replace(&self, patience: Duration) -> bool {
        match *self.state.borrow() {
            State::Finished | State::GivenUp(_) => false,
            _ => self.wishes.send(Wish::Replace { patience }).is_ok(),
        }
    }

    /// Returns the reason once the handler has failed for good.
    pub(crate) async fn given_up(&self) -> String {
        let mut state = self.state.clone();
        let last = state
            .wait_for(|state| matches!(state, State::GivenUp(_)))
            .await
            .map(|state| state.clone());
        match last {
            Ok(State::GivenUp(reason)) => reason,
            // The supervisor ends only when the host stops, and then this future is dropped.
            _ => std::future::pending().await,
        }
    }

    /// The process id of the running handler.
    pub(crate) fn pid(&self) -> Option<u32> {
        match &*self.state.borrow() {
            State::Ready(run) => Some(run.pid),
            _ => None,
        }
    }
}

/// The supervisor's thread. Dropping it kills the handler.
#[derive(Debug)]
pub(crate) struct HandlerProcess {
    handler: Handler,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl HandlerProcess {
    /// Starts the supervisor. The handler is ready when [`Handler::ready`] returns.
    pub(crate) fn start(launch: Launch) -> std::io::Result<Self> {
        let (state_sender, state) = watch::channel(State::Starting);
        let (wishes, mut wish_receiver) = mpsc::unbounded_channel();
        let in_flight = InFlight::default();
        let stop = CancellationToken::new();
        // The kernel kills the handler when the thread that spawned it ends, so that thread must
        // live exactly as long as the handler may.
        let thread = std::thread::Builder::new().name("handler".into()).spawn({
            let stop = stop.clone();
            let in_flight = in_flight.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            move || {
                let mut supervisor = Supervisor {
                    launch: &launch,
                    state: &state_sender,
                    wishes: &mut wish_receiver,
                    in_flight: &in_flight,
                    stop: &stop,
                };
                runtime.block_on(supervisor.supervise());
            }
        })?;
        Ok(Self {
            handler: Handler {
                state,
                wishes,
                in_flight,
            },
            stop,
            thread: Some(thread),
        })
    }

    pub(crate) fn handler(&self) -> &Handler {
        &self.handler
    }
}

impl Drop for HandlerProcess {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // The supervisor kills and returns at once. A panic in it has been printed already.
            let _ = thread.join();
        }
    }
}
