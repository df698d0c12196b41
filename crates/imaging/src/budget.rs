//! Limits the processor time for one original.
//!
//! Limits on the header bound the cost of an honest file. They do not bound a file that is made to be slow, so every
//! loop whose length the file decides asks a [`Meter`] whether there is time left. A reader then stops early, and its
//! caller turns that into the refusal [`RefusalCode::TooCostly`] by [`Meter::check`].
//!
//! The limit counts the processor time of the threads that work on the original, not wall-clock time, because a busy
//! machine must not cause valid pictures to be refused. The time of threads that a codec library starts itself cannot
//! be read. The AV1 decoder's threads would do all the work, so it runs without them. libwebp's threads do less than
//! the thread that calls it, and are not counted.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::refusal::{Refusal, RefusalCode};

/// How many cheap steps pass between two looks at the clock. A look takes about a quarter of a microsecond.
const STEPS_PER_LOOK: u32 = 64;

/// The time that an original may take, and the part of it that reading the header has used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    limit: Duration,
    spent: Duration,
}

/// The limit belongs to the original and is compared; the time that its header happened to take is not.
impl PartialEq for Budget {
    fn eq(&self, other: &Self) -> bool {
        self.limit == other.limit
    }
}

impl Budget {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            spent: Duration::ZERO,
        }
    }

    /// Continues to count from what has been spent.
    pub(crate) fn account(self) -> Account {
        Account {
            limit: self.limit,
            spent: AtomicU64::new(nanoseconds(self.spent)),
        }
    }
}

/// The running total of one original, which all threads that work on it share.
#[derive(Debug)]
pub(crate) struct Account {
    limit: Duration,
    /// Nanoseconds.
    spent: AtomicU64,
}

impl Account {
    /// Begins to count the time of the calling thread.
    pub(crate) fn meter(&self) -> Meter<'_> {
        Meter {
            account: self,
            counted_to: Cell::new(thread_time()),
            steps: Cell::new(0),
            spent: Cell::new(false),
        }
    }

    /// The remaining time for a later step on the same original.
    pub(crate) fn budget(&self) -> Budget {
        Budget {
            limit: self.limit,
            spent: self.spent(),
        }
    }

    /// The time of all meters up to their last looks at the clock.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    fn add(&self, time: Duration) -> Duration {
        let before = self.spent.fetch_add(nanoseconds(time), Ordering::Relaxed);
        Duration::from_nanos(before).saturating_add(time)
    }
}

/// Counts the time of the thread that made it.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    account: &'a Account,
    /// The thread's time up to which it is included in the account.
    counted_to: Cell<Duration>,
    steps: Cell<u32>,
    spent: Cell<bool>,
}

impl Meter<'_> {
    /// Counts one cheap step and returns whether the time is up. It looks at the clock only now and then.
    pub(crate) fn step(&self) -> bool {
        let steps = self.steps.get() + 1;
        if steps < STEPS_PER_LOOK {
            self.steps.set(steps);
            return self.spent.get();
        }
        self.steps.set(0);
        self.is_spent()
    }

    /// Whether the time is up. Once it is, the answer stays true.
    pub(crate) fn is_spent(&self) -> bool {
        if !self.spent.get() {
            let now = thread_time();
            let total = self
                .account
                .add(now.saturating_sub(self.counted_to.replace(now)));
            self.spent.set(total > self.account.limit);
        }
        self.spent.get()
    }

    /// Refuses the original if the time is up.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.is_spent() {
            Err(Refusal::new(
                RefusalCode::TooCostly,
                format!(
                    "The original takes more than {} seconds of processor time, so processing was \
                     stopped.",
                    self.account.limit.as_secs_f64()
                ),
            ))
        } else {
            Ok(())
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.is_spent();
    }
}

/// A reader that fails when the time is up, for decoders that read their input piece by piece.
pub(crate) struct Metered<'a, R> {
    inner: R,
    meter: &'a Meter<'a>,
}

impl<'a, R> Metered<'a, R> {
    pub(crate) fn new(inner: R, meter: &'a Meter<'a>) -> Self {
        Self { inner, meter }
    }

    fn check(&self) -> std::io::Result<()> {
        if self.meter.step() {
            return Err(std::io::Error::other("the processor time is used up"));
        }
        Ok(())
    }
}

impl<R: std::io::Read> std::io::Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.check()?;
        self.inner.read(buffer)
    }
}

impl<R: std::io::BufRead> std::io::BufRead for Metered<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.check()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl<R: std::io::Seek> std::io::Seek for Metered<'_, R> {
    fn seek(&mut self, position: std::io::SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(position)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The processor time that the calling thread has used.
#[cfg(unix)]
pub(crate) fn thread_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Wall-clock time, because this system has no clock for threads.
#[cfg(not(unix))]
pub(crate) fn thread_time() -> Duration {
    use std::{sync::LazyLock, time::Instant};
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// A meter without a limit.
#[cfg(test)]
pub(crate) fn unlimited() -> Meter<'static> {
    Box::leak(Box::new(Budget::new(Duration::MAX).account())).meter()
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::io::{Read, repeat};
    use std::thread;
    use std::time::Duration;

    use super::{Budget, Metered};
    use crate::refusal::RefusalCode;

    const LIMIT: Duration = Duration::from_millis(20);

    #[test]
    fn work_ends_when_the_time_is_up_and_stays_ended() {
        let account = Budget::new(LIMIT).account();
        let meter = account.meter();
        assert!(!meter.is_spent());
        while !meter.step() {
            black_box(0);
        }
        assert!(meter.step() && meter.is_spent());
        let refusal = meter.check().unwrap_err();
        assert_eq!(refusal.code, RefusalCode::TooCostly);
        assert!(refusal.message.contains("0.02 seconds"), "{refusal}");
    }

    #[test]
    fn waiting_costs_nothing() {
        let account = Budget::new(LIMIT).account();
        let meter = account.meter();
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        // Nobody sends, so this waits for three times the budget.
        assert!(receiver.recv_timeout(3 * LIMIT).is_err());
        drop(sender);
        assert!(!meter.is_spent());
    }

    #[test]
    fn the_time_of_all_threads_and_of_the_header_is_added_up() {
        let header = Budget::new(LIMIT).account();
        spend(&header, LIMIT / 4);
        let account = header.budget().account();
        assert!(!account.meter().is_spent());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| spend(&account, LIMIT / 2));
            }
        });
        assert!(account.meter().is_spent());
    }

    #[test]
    fn a_reader_without_end_ends() {
        let account = Budget::new(LIMIT).account();
        let meter = account.meter();
        let mut reader = Metered::new(repeat(0), &meter);
        let mut buffer = [0; 64];
        while reader.read(&mut buffer).is_ok() {}
        assert!(meter.is_spent());
    }

    fn spend(account: &super::Account, time: Duration) {
        let meter = account.meter();
        let begun = super::thread_time();
        while super::thread_time() < begun + time {
            black_box(0);
        }
        drop(meter);
    }
}
