//! Reads the numbers that Linux gives about a process, as described in proc(5).

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// Memory of a process that is in RAM, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// The highest value so far.
    pub(crate) peak: u64,
}

/// Processor time that a process has used in user and in kernel mode, including children that it
/// has waited for.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let ticks = ticks(&text).with_context(|| format!("{path} has an unexpected format"))?;
    let nanoseconds = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    Ok(Duration::from_nanos(ticks * nanoseconds))
}

/// The sum of utime, stime, cutime and cstime, the fields 14 to 17.
fn ticks(stat: &str) -> Option<u64> {
    // Field 2 is the program's name in parentheses, and may contain spaces and parentheses itself.
    let (_, from_field_3) = stat.rsplit_once(')')?;
    let fields: Vec<_> = from_field_3.split_whitespace().collect();
    let times = fields.get(14 - 3..=17 - 3)?;
    times.iter().map(|time| time.parse::<u64>().ok()).sum()
}

/// How much memory of a process is in RAM, and the peak.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let field = |name| kibibytes(&text, name).with_context(|| format!("{path} has no {name}"));
    Ok(Memory {
        resident: field("VmRSS:")? * 1024,
        peak: field("VmHWM:")? * 1024,
    })
}

fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1";
        assert_eq!(ticks(stat), Some(127));
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let pid = std::process::id();
        let memory = memory(pid).unwrap();
        assert!(memory.resident > 0 && memory.peak >= memory.resident);
        cpu_time(pid).unwrap();
    }
}
