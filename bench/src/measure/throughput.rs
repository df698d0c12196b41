//! Images per second, processor time, latency and memory, under growing loads.

use std::time::Duration;

use anyhow::Result;

use super::load::{self, Load, Sample};
use crate::{
    goal::Goal,
    invocation,
    originals::Original,
    report::{Section, Table},
    statistics::{Spread, milliseconds, percentile},
    versus::Versus,
};

/// The goals relative to a peer.
pub(crate) struct Aims {
    /// Images per second relative to the peer, for originals of up to 8 megapixels and for larger
    /// ones.
    pub(crate) speed: [f64; 2],
    /// Processor time per image relative to the peer.
    pub(crate) cpu: f64,
}

impl Aims {
    /// Compared with sharp as most people write it.
    pub(crate) const PLAIN: Self = Self {
        speed: [3.8, 4.0],
        cpu: 0.25,
    };
    /// Compared with sharp as its experts write it.
    pub(crate) const EXPERT: Self = Self {
        speed: [3.0, 3.0],
        cpu: 0.33,
    };

    fn speed_of(&self, original: &Original) -> f64 {
        self.speed[usize::from(original.megapixels() > 8.0)]
    }
}

/// One original under one load: the samples of each side, one per round.
struct Cell<'a> {
    original: &'a Original,
    at_once: usize,
    sides: [Vec<Sample>; 2],
}

/// Runs every load on every original on both sides, alternating, `rounds` times, each in a fresh
/// process.
pub(crate) async fn measure(
    versus: &Versus,
    originals: &[Original],
    presets: usize,
    loads: &[Load],
    rounds: usize,
    aims: &Aims,
) -> Result<Section> {
    let mut cells = Vec::new();
    for original in originals {
        let body = invocation::inline(&original.jpeg);
        for load in loads {
            let mut sides = [Vec::new(), Vec::new()];
            for round in 0..rounds {
                for side in Versus::turn(round) {
                    let sample = load::run(versus.contender(side), &body, presets, *load).await?;
                    sides[side].push(sample);
                }
            }
            let cell = Cell {
                original,
                at_once: load.at_once,
                sides,
            };
            crate::progress(&cell.summary());
            cells.push(cell);
        }
    }
    let peer = versus.contender(1).name;
    Ok(Section {
        markdown: format!(
            "{}\n{}",
            speed_table(&cells, rounds, peer),
            latency_and_memory_table(&cells, peer)
        ),
        goals: goals(&cells, peer, aims),
    })
}

impl Cell<'_> {
    fn spread(&self, side: usize, value: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(self.sides[side].iter().map(value))
    }

    /// Darkroom's value divided by the peer's, round by round.
    fn ratio(&self, value: impl Fn(&Sample) -> f64) -> Spread {
        let [ours, theirs] = &self.sides;
        Spread::of(
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| value(ours) / value(theirs)),
        )
    }

    /// The latency over all rounds, in milliseconds.
    fn latency(&self, side: usize, percent: usize) -> f64 {
        let all: Vec<Duration> = self.sides[side]
            .iter()
            .flat_map(|sample| sample.latencies.clone())
            .collect();
        milliseconds(percentile(&all, percent))
    }

    fn peak(&self, side: usize) -> Spread {
        self.spread(side, |sample| sample.peak_mib)
    }

    fn speed_ratio(&self) -> Spread {
        self.ratio(|sample| sample.images_per_second)
    }

    fn summary(&self) -> String {
        format!(
            "{}, {} at once: {:.1} and {:.1} images/s, {:.2} times",
            self.original.name,
            self.at_once,
            self.spread(0, |sample| sample.images_per_second),
            self.spread(1, |sample| sample.images_per_second),
            self.speed_ratio()
        )
    }
}

fn speed_table(cells: &[Cell<'_>], rounds: usize, peer: &str) -> String {
    let (speed, cpu) = (
        format!("{peer}, images/s"),
        format!("{peer}, CPU ms per image"),
    );
    let mut table = Table::new(&[
        "original",
        "at once",
        "Darkroom, images/s",
        &speed,
        "ratio",
        "Darkroom, CPU ms per image",
        &cpu,
        "ratio",
    ]);
    for cell in cells {
        let speed = |side| {
            format!(
                "{:.1}",
                cell.spread(side, |sample| sample.images_per_second)
            )
        };
        let cpu = |side| format!("{:.0}", cell.spread(side, |sample| sample.cpu_ms));
        table.add(&[
            &cell.original.name,
            &cell.at_once,
            &speed(0),
            &speed(1),
            &format!("{:.2}", cell.speed_ratio()),
            &cpu(0),
            &cpu(1),
            &format!("{:.2}", cell.ratio(|sample| sample.cpu_ms).median),
        ]);
    }
    format!(
        "### Speed beside {peer}\n\nThe default presets, with originals sent inline and a fresh \
         process for each cell and round. Median of {rounds} rounds (least–most). Ratios are \
         computed for each round.\n\n{table}"
    )
}

fn latency_and_memory_table(cells: &[Cell<'_>], peer: &str) -> String {
    let (latency, peak) = (format!("{peer}, p50 / p99 ms"), format!("{peer}, peak MiB"));
    let mut table = Table::new(&[
        "original",
        "at once",
        "Darkroom, p50 / p99 ms",
        &latency,
        "Darkroom, peak MiB",
        &peak,
        "ratio",
    ]);
    for cell in cells {
        let latency = |side| {
            format!(
                "{:.0} / {:.0}",
                cell.latency(side, 50),
                cell.latency(side, 99)
            )
        };
        table.add(&[
            &cell.original.name,
            &cell.at_once,
            &latency(0),
            &latency(1),
            &format!("{:.0}", cell.peak(0)),
            &format!("{:.0}", cell.peak(1)),
            &format!("{:.2}", cell.ratio(|sample| sample.peak_mib).median),
        ]);
    }
    format!(
        "### Latency and memory beside {peer}\n\nThese are from the same runs. Latencies are those \
         of all rounds together, measured at the host. Memory is the peak resident set \
         (`VmHWM`).\n\n{table}"
    )
}

fn goals(cells: &[Cell<'_>], peer: &str, aims: &Aims) -> Vec<Goal> {
    let mut goals = Vec::new();
    for cell in cells {
        let photo = &cell.original.name;
        if matches!(cell.at_once, 4 | 16) {
            let text = format!(
                "Images per second against {peer}'s, {photo}, {} at once",
                cell.at_once
            );
            let (speed, aim) = (cell.speed_ratio().median, aims.speed_of(cell.original));
            goals.push(Goal::at_least(&text, speed, aim, "×", 2));
            let text = format!(
                "Processor time per image against {peer}'s, {photo}, {} at once",
                cell.at_once
            );
            let cpu = cell.ratio(|sample| sample.cpu_ms).median;
            goals.push(Goal::at_most(&text, cpu, aims.cpu, "×", 2));
        }
        if cell.at_once == 16 {
            let ratio = cell.ratio(|sample| sample.peak_mib).median;
            let text = format!("Peak memory against {peer}'s, {photo}, 16 at once");
            goals.push(Goal::at_most(&text, ratio, 1.0 / 3.0, "×", 2));
        }
        if cell.at_once == 64 {
            let at_8 = cells
                .iter()
                .find(|other| other.at_once == 8 && std::ptr::eq(other.original, cell.original));
            if let Some(at_8) = at_8 {
                let text = format!("Peak memory at 64 at once against 8 at once, {photo}");
                let ratio = cell.peak(0).median / at_8.peak(0).median;
                goals.push(Goal::at_most(&text, ratio, 1.3, "×", 2));
            }
        }
    }
    goals
}
