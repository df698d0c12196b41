//! A settable clock for the handler, by libfaketime, which gives one process another time of day.
//!
//! Its monotonic clock, which time-outs use, is not affected, as when the clock of a machine is
//! set. A jump stays below the quarter of an hour by which Azure Storage lets a request's date
//! differ from its own.

use std::{env, fs, path::PathBuf};

use tempfile::TempDir;

/// The longest jump, in seconds.
pub(super) const LONGEST_JUMP: u32 = 14 * 60;

pub(super) struct Clock {
    library: PathBuf,
    directory: TempDir,
}

impl Clock {
    /// A clock that is right at first. Returns nothing, with a message, if libfaketime is not
    /// installed; in CI it must be.
    #[expect(clippy::print_stderr, reason = "a message says what is not tested")]
    pub(super) fn new() -> Option<Self> {
        let Some(library) = library() else {
            let missing = "the package faketime is missing, so the handler's clock does not jump";
            assert!(env::var("CI").as_deref() != Ok("true"), "{missing}");
            eprintln!("{missing}");
            return None;
        };
        let clock = Self {
            library,
            directory: TempDir::new().expect("a temporary directory"),
        };
        clock.set(0);
        Some(clock)
    }

    /// The environment that gives a process this clock.
    pub(super) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    /// Sets the clock this many seconds fast, or slow. The process sees it within a second.
    pub(super) fn set(&self, seconds: i64) {
        let new = self.directory.path().join("new");
        fs::write(&new, format!("{seconds:+}\n")).expect("the clock's file is written");
        fs::rename(new, self.file()).expect("the clock's file is replaced");
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("offset")
    }
}

/// Where Debian-like systems install the library: `/usr/lib/x86_64-linux-gnu/faketime`.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}

#[test]
fn a_process_sees_the_clock_that_is_set() {
    let Some(clock) = Clock::new() else { return };
    let told = || -> i64 {
        let date = std::process::Command::new("date")
            .arg("+%s")
            .envs(clock.environment())
            .output()
            .expect("date runs");
        String::from_utf8_lossy(&date.stdout)
            .trim()
            .parse()
            .expect("seconds")
    };
    let now = || jiff::Timestamp::now().as_second();
    assert!((told() - now()).abs() < 30);
    clock.set(-800);
    assert!((told() - now() + 800).abs() < 30);
    clock.set(800);
    assert!((told() - now() - 800).abs() < 30);
}
