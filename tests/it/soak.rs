//! Many images, versions and deletions while everything around the handler goes wrong. In the end
//! nothing is lost, doubled, outdated or restored after its deletion.
//!
//! The app is the deployed one: Event Grid announces uploads, the handler writes directly, and
//! uploads that the host gave up are tried again. A seed decides what happens to the images and
//! what goes wrong, but not how the two coincide. `./dev soak` runs a long one.
//!
//! - [`schedule`]: the steps for each image
//! - [`play`]: carries the steps out
//! - [`trouble`]: injects faults meanwhile
//! - [`clock`]: the handler's time of day
//! - [`world`]: storage and database, undisturbed
//! - [`check`]: checks the final state

mod check;
mod clock;
mod play;
mod schedule;
mod trouble;
mod world;

use std::{
    collections::HashMap,
    env,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use functions_dev_host::{Disorder, EventGridOptions};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{Instant, sleep, timeout};

use self::{
    check::{Findings, changed, check},
    clock::Clock,
    play::play,
    schedule::{Dice, Story, stories},
    trouble::{Done, HELD_FOR, Trouble},
    world::{Waiting, World},
};
use crate::support::{
    log,
    stack::{Mode, Plan, Stack},
};

/// Event Grid delays events by up to this time.
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// How long nothing may happen before everything counts as quiet. It is longer than any event is
/// delayed and any request is held.
const QUIET: Duration = Duration::from_secs(4);
/// The longest wait for quiet, in which the backlog of the trouble is processed.
const LONGEST_WAIT: Duration = Duration::from_mins(4);

/// Each round has its own storage. Ten minutes after its start Azurite goes through everything that
/// was ever written to it, and if that is a lot, it does not answer for minutes.
const EVENTS_OF_ROUND: usize = 2_500;

/// The parameters of a soak.
#[derive(Clone, Copy, Debug)]
struct Soak {
    seed: u64,
    events: usize,
    /// After this time nothing new starts.
    longest: Option<Duration>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_soak_finds_nothing() {
    let soak = Soak {
        seed: 20_261_129,
        events: 250,
        longest: Some(Duration::from_secs(15)),
    };
    soak.run(&ProgressBar::hidden()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes minutes; ./dev soak runs it, with a seed and a number of events"]
async fn a_long_soak_finds_nothing() {
    let minutes: Option<u64> = variable("DARKROOM_SOAK_MINUTES");
    let soak = Soak {
        seed: variable("DARKROOM_SOAK_SEED").unwrap_or(1),
        events: variable("DARKROOM_SOAK_EVENTS").unwrap_or(10_000),
        longest: minutes.map(Duration::from_mins),
    };
    let bar = ProgressBar::new(soak.events as u64);
    let style = "{elapsed_precise} [{wide_bar}] {pos}/{len} {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap());
    soak.run(&bar).await;
}

/// The stories of each round.
fn rounds(stories: Vec<Story>) -> Vec<Vec<Story>> {
    let (mut rounds, mut events) = (vec![Vec::new()], 0);
    for story in stories {
        if events >= EVENTS_OF_ROUND {
            rounds.push(Vec::new());
            events = 0;
        }
        events += story.steps.len();
        rounds.last_mut().expect("there is one").push(story);
    }
    rounds
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

impl Soak {
    /// Plays round after round, and reports the findings.
    async fn run(self, bar: &ProgressBar) {
        log::keep();
        let (started, played) = (Instant::now(), AtomicUsize::new(0));
        let (mut findings, mut done) = (Findings::default(), Done::default());
        for (round, stories) in (0..).zip(rounds(stories(self.seed, self.events))) {
            if self.is_over(started) || !findings.is_clean() {
                break;
            }
            let (found, made) = self.round(round, stories, started, &played, bar).await;
            findings += found;
            done += made;
        }
        bar.finish_and_clear();
        self.report(&findings, done, played.into_inner(), started.elapsed());
    }

    fn is_over(self, started: Instant) -> bool {
        self.longest
            .is_some_and(|longest| started.elapsed() > longest)
    }

    /// Plays, waits for quiet, checks, delivers every event again and checks again.
    async fn round(
        self,
        round: u64,
        stories: Vec<Story>,
        started: Instant,
        played: &AtomicUsize,
        bar: &ProgressBar,
    ) -> (Findings, Done) {
        let (mut trouble, world, _rest) = self.start(round).await;
        let is_over = AtomicBool::new(false);
        let watch = async {
            loop {
                bar.set_position(played.load(Ordering::Relaxed) as u64);
                is_over.store(self.is_over(started), Ordering::Relaxed);
                sleep(Duration::from_millis(200)).await;
            }
        };
        let endings = tokio::select! {
            endings = play(&world, stories, played, &is_over) => endings,
            () = trouble.make() => unreachable!("faults continue until they are stopped"),
            () = watch => unreachable!("watching continues until it is stopped"),
        };
        trouble.end().await;
        bar.set_message("waiting for quiet");
        world.wait_for_records(&endings).await;
        self.wait_for_quiet(&world, &trouble, bar).await;
        let (mut findings, before) = check(&world, &endings).await;
        if findings.is_clean() {
            bar.set_message("every event again");
            for ending in &endings {
                assert!(world.redeliver(&ending.name).await, "the host takes events");
            }
            self.wait_for_quiet(&world, &trouble, bar).await;
            let (again, after) = check(&world, &endings).await;
            findings = again;
            findings.doubled.extend(changed(&before, &after, &endings));
        }
        bar.set_message("");
        (findings, trouble.done)
    }

    async fn start(self, round: u64) -> (Trouble, Arc<World>, impl Sized) {
        let mut plan = Plan::in_mode(Mode::Deployed);
        plan.retry_parked();
        plan.root.edit("host.json", |json| {
            // The handler waits trouble out for nine tenths of it.
            json["functionTimeout"] = "00:00:30".into();
        });
        let late = HELD_FOR.as_secs() + 1;
        for (name, value) in [
            ("DARKROOM_LATE_WRITES_SECONDS", late.to_string()),
            ("DARKROOM_WORKERS", "8".to_owned()),
        ] {
            plan.settings.insert(name.to_owned(), value);
        }
        let clock = Clock::new();
        for (name, value) in clock.iter().flat_map(Clock::environment) {
            plan.settings.insert(name.to_owned(), value);
        }
        plan.proxied = true;
        plan.message_lease = Duration::from_secs(3);
        plan.event_grid = Some(EventGridOptions {
            scan_interval: Duration::from_millis(50),
            retry_delay: Duration::from_millis(200),
            disorder: Some(Disorder {
                seed: self.seed ^ round,
                duplicates: 0.2,
                longest_delay: LONGEST_DELAY,
            }),
            ..EventGridOptions::default()
        });
        let Stack {
            host,
            cosmos,
            blobs,
            queues,
            host_queues,
            address,
            options,
            proxy,
            records,
            azurite,
            root,
            ..
        } = plan.start().await;
        let world = World {
            blobs,
            queues,
            host_queues,
            records,
            webhook: format!(
                "http://{address}/runtime/webhooks/blobs?functionName=Host.Functions.ProcessUpload"
            ),
            http: reqwest::Client::new(),
            made: Mutex::new(HashMap::new()),
            remade: Mutex::default(),
        };
        let trouble = Trouble {
            host: Some(host),
            options,
            address,
            cosmos,
            proxy: proxy.expect("the plan asked for a proxy"),
            clock,
            dice: Dice::new(!self.seed ^ round),
            done: Done::default(),
            kills: 0,
        };
        (trouble, Arc::new(world), (azurite, root))
    }

    /// Waits until no event waits, is being handled or is still to come.
    async fn wait_for_quiet(self, world: &World, trouble: &Trouble, bar: &ProgressBar) {
        let quiet = async {
            let mut since = Instant::now();
            while since.elapsed() < QUIET {
                let waiting = world.waiting().await;
                bar.set_message(format!(
                    "{} events, {} parked, {} attempts",
                    waiting.events, waiting.parked, waiting.attempts
                ));
                if waiting != Waiting::default() {
                    since = Instant::now();
                }
                sleep(Duration::from_millis(200)).await;
            }
        };
        if timeout(LONGEST_WAIT, quiet).await.is_err() {
            let waiting = world.waiting().await;
            let gone = trouble.has_failed().await;
            let log = self.write_log();
            panic!(
                "seed {}: no quiet, {waiting:?}, host gone: {gone}; {log}",
                self.seed
            );
        }
    }

    #[expect(clippy::print_stdout, reason = "./dev soak shows it")]
    fn report(self, findings: &Findings, done: Done, played: usize, time: Duration) {
        let Self { seed, events, .. } = self;
        let text =
            format!("seed {seed}: {played} of {events} events in {time:.0?}\n{done}\n{findings}");
        println!("{text}");
        if !findings.is_clean() {
            let log = self.write_log();
            panic!("{text}{log}");
        }
    }

    /// Keeps the host's log for finding the cause.
    fn write_log(self) -> String {
        let path = format!("{}/soak-{}.log", env!("CARGO_TARGET_TMPDIR"), self.seed);
        match std::fs::write(&path, log::text()) {
            Ok(()) => format!("the host's log is {path}"),
            Err(error) => format!("{path} cannot be written: {error}"),
        }
    }
}
