//! Injects faults of the stores, and ends processes.

use std::{fmt, net::SocketAddr, ops::AddAssign, time::Duration};

use functions_dev_host::{CosmosEmulator, FaultProxy, Faults, Host, Options, ProxyFaults};
use tokio::{net::TcpListener, time::sleep};

use super::{
    clock::{Clock, LONGEST_JUMP},
    schedule::Dice,
};
use crate::support::signal::signal;

/// How long a request is held before it reaches the store.
pub(super) const HELD_FOR: Duration = Duration::from_millis(1_500);
/// How often the handler is killed. The host survives two crashes, and ends at the third.
const MOST_KILLS: u32 = 2;

/// Everything that can be broken.
pub(super) struct Trouble {
    pub(super) host: Option<Host>,
    pub(super) options: Options,
    pub(super) address: SocketAddr,
    pub(super) cosmos: CosmosEmulator,
    pub(super) proxy: FaultProxy,
    pub(super) clock: Option<Clock>,
    pub(super) dice: Dice,
    pub(super) done: Done,
    /// Crashes since the host was started.
    pub(super) kills: u32,
}

/// How often each kind of trouble was caused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    kills: u32,
    restarts: u32,
    without_storage: u32,
    without_database: u32,
    clock_jumps: u32,
    faults: u32,
}

impl AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.kills += other.kills;
        self.restarts += other.restarts;
        self.without_storage += other.without_storage;
        self.without_database += other.without_database;
        self.clock_jumps += other.clock_jumps;
        self.faults += other.faults;
    }
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            restarts,
            without_storage,
            without_database,
            clock_jumps,
            faults,
        } = self;
        write!(
            formatter,
            "handler killed {kills} times, host lost {restarts} times, storage away {without_storage} times, \
             database away {without_database} times, clock set {clock_jumps} times, other faults set {faults} times"
        )
    }
}

impl Trouble {
    /// Causes trouble until it is dropped.
    pub(super) async fn make(&mut self) {
        self.set_faults();
        loop {
            sleep(self.dice.milliseconds(500, 5_000)).await;
            match self.dice.between(0, 99) {
                0..25 => self.kill().await,
                25..38 => self.lose_host().await,
                38..50 => self.take_storage_away().await,
                50..60 => self.take_database_away().await,
                60..68 => self.set_clock(),
                68..90 => self.set_faults(),
                _ => self.set_no_faults(),
            }
        }
    }

    /// Ends all trouble.
    pub(super) async fn end(&mut self) {
        self.set_no_faults();
        if let Some(clock) = &self.clock {
            clock.set(0);
        }
        self.proxy.come_back();
        self.cosmos.resume().await.expect("the database is back");
        if self.host.is_none() {
            self.start_host().await;
        }
    }

    /// Why the host cannot continue, if it cannot.
    pub(super) async fn has_failed(&self) -> bool {
        match &self.host {
            Some(host) => tokio::time::timeout(Duration::ZERO, host.failed())
                .await
                .is_ok(),
            None => false,
        }
    }

    async fn kill(&mut self) {
        if self.kills == MOST_KILLS {
            return self.lose_host().await;
        }
        if let Some(pid) = self.host.as_ref().and_then(Host::handler_pid) {
            signal("KILL", pid);
            self.kills += 1;
            self.done.kills += 1;
        }
    }

    /// Loses the instance, and starts another one after a while.
    async fn lose_host(&mut self) {
        self.host = None;
        self.done.restarts += 1;
        sleep(self.dice.milliseconds(0, 1_500)).await;
        self.start_host().await;
    }

    async fn start_host(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its old port");
        let host = Host::start(self.options.clone(), listener).await;
        self.host = Some(host.expect("the host starts"));
        self.kills = 0;
    }

    async fn take_storage_away(&mut self) {
        let time = self.dice.milliseconds(4_000, 12_000);
        self.proxy.go_away(time);
        self.done.without_storage += 1;
        // Other trouble may happen while it is away.
        sleep(time / 2).await;
    }

    async fn take_database_away(&mut self) {
        self.cosmos.stop().await;
        self.done.without_database += 1;
        sleep(self.dice.milliseconds(1_000, 8_000)).await;
        self.cosmos.resume().await.expect("the database is back");
    }

    /// Makes the handler's clock jump, forwards or back.
    fn set_clock(&mut self) {
        if let Some(clock) = &self.clock {
            let seconds = i64::from(self.dice.between(0, 2 * LONGEST_JUMP));
            clock.set(seconds - i64::from(LONGEST_JUMP));
            self.done.clock_jumps += 1;
        }
    }

    fn set_faults(&mut self) {
        let dice = &mut self.dice;
        self.proxy.set_faults(Some(ProxyFaults {
            seed: dice.next(),
            only: if dice.between(0, 1) == 0 { "PUT " } else { "" }.to_owned(),
            refused: dice.part(0.05),
            cut_before: dice.part(0.02),
            cut_after: dice.part(0.04),
            held: dice.part(0.02),
            hold_for: HELD_FOR,
            longest_delay: dice.milliseconds(0, 30),
        }));
        self.cosmos.set_faults(Some(Faults {
            seed: dice.next(),
            throttled: dice.part(0.1),
            retry_after: Duration::from_millis(20),
            unavailable: dice.part(0.05),
            lost: dice.part(0.05),
            longest_delay: dice.milliseconds(0, 30),
        }));
        self.done.faults += 1;
    }

    fn set_no_faults(&self) {
        self.proxy.set_faults(None);
        self.cosmos.set_faults(None);
    }
}
