//! A proxy in front of a store that injects faults.
//!
//! It passes everything else through byte for byte. It parses HTTP/1.1 only enough to find where a
//! request begins and ends. Each request gets its own connection to the store.
//!
//! - `faults`: what goes wrong, and how often
//! - `connection`: one client, request by request
//! - `http`: heads and bodies

mod connection;
mod faults;
mod http;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

pub use faults::ProxyFaults;
use faults::{Chance, Fate};
use http::Head;

/// A proxy in front of one address. Dropping it ends it, and every connection with it; requests
/// that it holds still arrive.
#[derive(Debug)]
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    store: SocketAddr,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    chance: Option<Arc<Chance>>,
    away_until: Option<Instant>,
    /// Breaks all open connections.
    cut: CancellationToken,
}

impl FaultProxy {
    /// Listens at its own address on 127.0.0.1, and passes everything on to the store.
    pub async fn start(store: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let shared = Arc::new(Shared {
            store,
            state: RwLock::new(State {
                chance: None,
                away_until: None,
                cut: CancellationToken::new(),
            }),
        });
        Ok(Self {
            address: listener.local_addr()?,
            server: tokio::spawn(serve(listener, Arc::clone(&shared))),
            shared,
        })
    }

    /// The address by which clients reach the store through the proxy.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Injects faults from now on, or none any more.
    pub fn set_faults(&self, faults: Option<ProxyFaults>) {
        let chance = faults.map(|faults| Arc::new(Chance::new(faults)));
        self.shared.change(|state| state.chance = chance);
    }

    /// Breaks every connection, and each new one at once, for this time.
    pub fn go_away(&self, time: Duration) {
        self.shared.change(|state| {
            state.away_until = Some(Instant::now() + time);
            std::mem::take(&mut state.cut).cancel();
        });
    }

    /// Ends the effect of [`Self::go_away`], if it still lasts.
    pub fn come_back(&self) {
        self.shared.change(|state| state.away_until = None);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        // No code that holds the lock can panic in the middle of a change.
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_away(&self) -> bool {
        self.look(|state| state.away_until)
            .is_some_and(|until| Instant::now() < until)
    }

    /// How long a request waits, and what happens to it then.
    fn fate(&self, head: &Head) -> (Duration, Fate) {
        let chance = self.look(|state| state.chance.clone());
        chance.map_or((Duration::ZERO, Fate::Passed), |chance| chance.next(head))
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted does not matter.
                let Ok((client, _)) = accepted else { continue };
                if shared.is_away() {
                    continue;
                }
                let cut = shared.look(|state| state.cut.clone());
                let served = connection::serve(client, Arc::clone(&shared));
                connections.spawn(cut.run_until_cancelled_owned(async move {
                    // Both sides notice when a connection breaks.
                    if let Err(error) = served.await {
                        tracing::debug!("A connection through the proxy was lost: {error}");
                    }
                }));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
