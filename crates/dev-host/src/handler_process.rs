//! The handler: one process, started and watched as the host does it.
//!
//! A supervisor on a thread of its own starts the executable, waits until it answers, and starts it
//! again when it fails or when an invocation runs out of time. The third failure within half an
//! hour stops the host. An exit with status 0 is taken as a wish to stop, and one with status 200 as a
//! wish to be started again, which is no failure. All this is as recorded from the host 4.1037; newer
//! ones take 0 for 200.
//!
//! Whoever develops a handler has it replaced on purpose: it finishes what it is doing, gets nothing
//! new, and the next run begins with no failures counted.

mod in_flight;
mod launch;
mod supervisor;

use std::{thread::JoinHandle, time::Duration};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use in_flight::{InFlight, Token};
pub(crate) use launch::Launch;
use supervisor::Supervisor;

/// Where the handler is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Starting,
    Ready(Run),
    /// It is about to be replaced: it may finish what it has begun.
    Leaving(Run),
    /// It exited with status 0 and stays away.
    Finished,
    /// It failed too often; the host stops.
    GivenUp(String),
}

/// One run of the handler's executable.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// Counts the runs, so that a late word about an old one changes nothing.
    generation: u64,
    port: u16,
    pid: u32,
}

/// A run as one invocation sees it. As long as this is held, the invocation counts as being in
/// flight.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    run: Run,
    pub(crate) port: u16,
    _in_flight: Token,
}

/// What the supervisor is asked for.
#[derive(Debug)]
enum Wish {
    /// Another run at once in place of this one.
    Restart(Run),
    /// Another run once this one is idle, or after this time.
    Replace { patience: Duration },
}

/// There is no handler, and there will be none.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct HandlerGone {
    reason: String,
    /// Whether the host goes, too. A handler that has finished by itself leaves the host alone.
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
        // An error means that the supervisor is gone, and the handler with it.
        let _ = state
            .wait_for(|state| match state {
                State::Ready(run) | State::Leaving(run) => *run != instance.run,
                _ => true,
            })
            .await;
    }

    /// Asks for another run in place of this one.
    pub(crate) fn restart(&self, instance: Instance) {
        // Nobody listens any more when the host is stopping.
        let _ = self.wishes.send(Wish::Restart(instance.run));
    }

    /// Asks for another run, without counting it as a failure, once the invocations in flight have
    /// ended or `patience` is over. Says whether there is a handler that can be replaced.
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
            // The supervisor ends only when the host stops; whoever waits here is dropped then.
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
    /// Starts the supervisor; the handler is ready when [`Handler::ready`] says so.
    pub(crate) fn start(launch: Launch) -> std::io::Result<Self> {
        let (state_sender, state) = watch::channel(State::Starting);
        let (wishes, mut wish_receiver) = mpsc::unbounded_channel();
        let in_flight = InFlight::default();
        let stop = CancellationToken::new();
        // The kernel kills the handler when the thread that spawned it ends, so that thread must
        // be one that lives exactly as long as the handler may.
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
