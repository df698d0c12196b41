//! Describes the machine of the measurement.

use std::{fs, thread};

use anyhow::{Context, Result};

use crate::process_stats;

/// The machine in one line.
pub(crate) fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes / 1024 / 1024);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores of {cpu}, {memory} GiB of memory, Linux {}",
        kernel.trim()
    )
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

/// Watches how much of the machine other processes use meanwhile.
pub(crate) struct Neighbours {
    all: Ticks,
    own: f64,
}

/// Processor time of the whole machine since it started, in clock ticks.
struct Ticks {
    busy: f64,
    idle: f64,
}

impl Neighbours {
    pub(crate) fn watch() -> Result<Self> {
        Ok(Self {
            all: Ticks::now()?,
            own: own_ticks()?,
        })
    }

    /// The share of the machine's processor time, 0 to 1, that other processes have used since. The
    /// children of this process must have ended.
    pub(crate) fn share(&self) -> Result<f64> {
        let now = Ticks::now()?;
        let busy = now.busy - self.all.busy;
        let total = busy + now.idle - self.all.idle;
        Ok(((busy - (own_ticks()? - self.own)) / total.max(1.0)).clamp(0.0, 1.0))
    }
}

fn own_ticks() -> Result<f64> {
    let time = process_stats::cpu_time(std::process::id())?;
    #[expect(clippy::cast_precision_loss, reason = "it is 100")]
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Ok(time.as_secs_f64() * per_second)
}

impl Ticks {
    fn now() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat").context("/proc/stat")?;
        Self::parse(&text).context("/proc/stat has an unexpected format")
    }

    /// Reads the line `cpu user nice system idle iowait irq softirq steal …`.
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<f64> = line
            .split_whitespace()
            .take(8)
            .map(|time| time.parse().ok())
            .collect::<Option<_>>()?;
        let idle = times.get(3)? + times.get(4)?;
        Some(Self {
            busy: times.iter().sum::<f64>() - idle,
            idle,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_disk_is_idle() {
        let ticks = Ticks::parse("cpu  10 1 5 80 4 0 0 2 0 0\ncpu0 ...").unwrap();
        assert!((ticks.busy - 18.0).abs() < 1e-9);
        assert!((ticks.idle - 84.0).abs() < 1e-9);
    }

    #[test]
    fn this_machine_can_be_described_and_watched() {
        assert!(describe().contains("cores of"));
        let share = Neighbours::watch().unwrap().share().unwrap();
        assert!((0.0..=1.0).contains(&share));
    }
}
