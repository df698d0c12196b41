//! `./dev simulate`: simulates a burst of uploads on each hosting plan, and computes the cost of a million images.
//!
//! It computes and simulates queues; it does not measure. Images arrive evenly over the burst, wait in one queue, and
//! each takes one core for the given CPU time. Prices and the speed of scaling are assumptions, which docs/scale.md
//! states; its tables are this command's output.

mod costs;
mod plans;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    fmt::Write as _,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Result, ensure};

use self::plans::{PLANS, Plan};

/// How many invocations one instance gets at once: `maxDegreeOfParallelism` of host.json.
const PER_INSTANCE: usize = 16;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// CPU time for each image
    #[arg(long, value_name = "SECONDS", default_value_t = 0.35)]
    cpu: f64,
    /// Images that arrive in one burst. Can be given several times
    #[arg(long = "burst", value_name = "IMAGES", default_values_t = [1_000, 10_000, 100_000])]
    bursts: Vec<usize>,
    /// How long the images of a burst take to arrive
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    over: u64,
}

/// Prints both tables in Markdown.
pub(crate) fn simulate(options: &Options) -> Result<ExitCode> {
    ensure!(
        options.cpu.is_finite() && (0.001..=3600.0).contains(&options.cpu),
        "--cpu is {}, but must be between 0.001 and 3600 seconds",
        options.cpu
    );
    ensure!(options.over > 0, "--over must be at least one second");
    ensure!(
        options.bursts.iter().all(|burst| *burst > 0),
        "--burst must be at least one image"
    );
    println!("{}\n{}", bursts(options), costs::costs(options.cpu));
    Ok(ExitCode::SUCCESS)
}

/// The result of a burst.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    instances: usize,
    /// The most images that waited at once, seen at the decisions.
    waiting: usize,
    /// The longest wait in milliseconds of the faster half of the images, and of 99 % of them.
    median: u64,
    p99: u64,
    /// Milliseconds from the first arrival until the last image was finished.
    done: u64,
}

/// Runs one burst: `images` arrive evenly over `over` milliseconds, and each takes `service`.
fn run(plan: &Plan, images: usize, over: u64, service: u64) -> Outcome {
    let mut waits = Vec::with_capacity(images);
    // When each core is free next, the soonest first. All ties are equal, so the order is the same in every run.
    let mut cores: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    let mut running: VecDeque<u64> = VecDeque::new();
    cores.extend(vec![Reverse(0); plan.first * plan.cores]);
    let (mut instances, mut waiting, mut done) = (plan.first, 0, 0);
    let arrival = |image: usize| image as u64 * over / images as u64;

    let mut now = 0;
    while waits.len() < images {
        // Everything that starts before this decision.
        while let Some(Reverse(free)) = cores.peek().copied() {
            let next = waits.len();
            if next == images || free.max(arrival(next)) > now {
                break;
            }
            cores.pop();
            let began = free.max(arrival(next));
            waits.push(began - arrival(next));
            done = done.max(began + service);
            cores.push(Reverse(began + service));
            running.push_back(began + service);
        }
        running.retain(|end| *end > now);
        // Image i has arrived if i * over / images, rounded down, is no later than now.
        let arrived = ((now + 1) * images as u64).div_ceil(over);
        let arrived = usize::try_from(arrived).unwrap_or(images).min(images);
        let queue = arrived - waits.len();
        waiting = waiting.max(queue);
        let wanted = (queue + running.len())
            .div_ceil(PER_INSTANCE)
            .min(plan.most);
        let more = wanted.saturating_sub(instances).min(plan.step);
        cores.extend(vec![Reverse(now + plan.start); more * plan.cores]);
        instances += more;
        now += plan.pace;
    }
    waits.sort_unstable();
    let at = |share: usize| waits[(images * share).div_ceil(100).max(1) - 1];
    Outcome {
        instances,
        waiting,
        median: at(50),
        p99: at(99),
        done,
    }
}

fn bursts(options: &Options) -> String {
    let service = Duration::from_secs_f64(options.cpu).as_millis();
    let service = u64::try_from(service).unwrap_or(u64::MAX);
    let mut table = format!(
        "| images within {} s, and where | instances | most waiting | half wait | 99 % wait | done after |\n\
         |---|---:|---:|---:|---:|---:|\n",
        options.over
    );
    for images in &options.bursts {
        for plan in &PLANS {
            let outcome = run(plan, *images, options.over * 1000, service);
            let _ = writeln!(
                table,
                "| {images}: {} | {} | {} | {} | {} | {} |",
                plan.name,
                outcome.instances,
                outcome.waiting,
                time(outcome.median),
                time(outcome.p99),
                time(outcome.done)
            );
        }
    }
    table
}

/// Formats as `0.4 s`, `12 min`, `3.1 h`.
fn time(milliseconds: u64) -> String {
    let seconds = milliseconds as f64 / 1000.0;
    if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else if seconds < 6000.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEDICATED: &Plan = &PLANS[3];

    fn default() -> Options {
        Options {
            cpu: 0.35,
            bursts: vec![1_000, 10_000, 100_000],
            over: 60,
        }
    }

    #[test]
    fn the_documentation_shows_this_output() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scale.md");
        let page = std::fs::read_to_string(page).unwrap();
        for table in [bursts(&default()), costs::costs(0.35)] {
            assert!(
                page.contains(&table),
                "docs/scale.md does not contain this table:\n{table}"
            );
        }
    }

    #[test]
    fn a_fixed_plan_drains_a_burst_at_its_rate() {
        // Six cores at 0.5 s each do 12 a second, so 1,200 images that all arrive at once take 100 s.
        let outcome = run(DEDICATED, 1_200, 1, 500);
        assert_eq!(outcome.instances, 3);
        assert_eq!(outcome.done, 100_000);
        assert!((49_000..=50_000).contains(&outcome.median), "{outcome:?}");
    }

    #[test]
    fn light_load_waits_for_nothing() {
        // One image a second, six cores.
        let outcome = run(DEDICATED, 60, 60_000, 350);
        assert_eq!((outcome.p99, outcome.done), (0, 59_350));
    }

    #[test]
    fn instances_grow_by_steps_and_stop_at_the_limit() {
        let plan = &PLANS[0];
        let outcome = run(plan, 100_000, 60_000, 350);
        assert_eq!(outcome.instances, plan.most);
        // 40 cores at 0.35 s do 114 images a second; growing to 40 costs about half a minute.
        let least = 100_000 * 350 / 40;
        assert!(
            (least..least + 60_000).contains(&outcome.done),
            "{outcome:?}"
        );
        // A small burst does not get more than it can use.
        assert_eq!(run(plan, 16, 1_000, 350).instances, 1);
    }

    #[test]
    fn it_is_deterministic_and_loses_nothing() {
        for plan in &PLANS {
            assert_eq!(
                run(plan, 5_000, 10_000, 350),
                run(plan, 5_000, 10_000, 350),
                "{}",
                plan.name
            );
        }
    }

    #[test]
    fn impossible_options_are_refused() {
        for options in [
            Options {
                cpu: 0.0,
                ..default()
            },
            Options {
                cpu: f64::NAN,
                ..default()
            },
            Options {
                over: 0,
                ..default()
            },
            Options {
                bursts: vec![0],
                ..default()
            },
        ] {
            assert!(simulate(&options).is_err());
        }
    }

    #[test]
    fn times_are_rounded_for_people() {
        assert_eq!(
            [time(350), time(99_900), time(600_000), time(7_200_000)],
            ["0.3 s", "99.9 s", "10 min", "2.0 h"]
        );
    }
}
