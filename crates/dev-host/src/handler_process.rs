//! The handler: one process, started and watched as the host does it.
//!
//! A supervisor on a thread of its own starts the executable, waits until it answers, and starts it
//! again when it fails or when an invocation runs out of time. The third failure within half an
//! hour stops the host. An exit with status 0 is taken as a wish to stop, and one with status 200 as a
//! wish to be started again, which is no failure. All this is as recorded from the host 4.1037; newer
//! ones take 0 for 200.

mod launch;
mod supervisor;

use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use launch::Launch;

/// Where the handler is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Starting,
    Ready(Instance),
    /// It exited with status 0 and stays away.
    Finished,
    /// It failed too often; the host stops.
    GivenUp(String),
}

/// One run of the handler's executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    /// Counts the runs, so that a late word about an old one changes nothing.
    generation: u64,
    pub(crate) port: u16,
    pub(crate) pid: u32,
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
    restarts: mpsc::UnboundedSender<Instance>,
}

impl Handler {
    /// Waits until the handler can be called.
    pub(crate) async fn ready(&self) -> Result<Instance, HandlerGone> {
        let mut state = self.state.clone();
        let state = state
            .wait_for(|state| *state != State::Starting)
            .await
            .map_err(|_| HandlerGone {
                reason: "the host is stopping".into(),
                host_stops: true,
            })?;
        match &*state {
            State::Ready(instance) => Ok(instance.clone()),
            State::GivenUp(reason) => Err(HandlerGone {
                reason: reason.clone(),
                host_stops: true,
            }),
            State::Starting | State::Finished => Err(HandlerGone {
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
            .wait_for(|state| *state != State::Ready(instance.clone()))
            .await;
    }

    /// Asks for another run in place of this one.
    pub(crate) fn restart(&self, instance: Instance) {
        // Nobody listens any more when the host is stopping.
        let _ = self.restarts.send(instance);
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
            State::Ready(instance) => Some(instance.pid),
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
        let (restarts, restart_receiver) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        // The kernel kills the handler when the thread that spawned it ends, so that thread must
        // be one that lives exactly as long as the handler may.
        let thread = std::thread::Builder::new().name("handler".into()).spawn({
            let stop = stop.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            move || {
                let supervise =
                    supervisor::supervise(&launch, &state_sender, restart_receiver, &stop);
                runtime.block_on(supervise);
            }
        })?;
        Ok(Self {
            handler: Handler { state, restarts },
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
