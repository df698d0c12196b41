//! The host's log, which includes the handler's lines.

use std::{
    io,
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static BEGINNING: Once = Once::new();

/// Keeps every line from now on. The lines of all tests of this process are mixed.
pub(crate) fn keep() {
    BEGINNING.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("off,functions_dev_host=info"))
            .with_ansi(false)
            .with_target(false)
            .with_writer(|| Lines)
            .init();
    });
}

/// The kept lines.
pub(crate) fn text() -> String {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&lines).into_owned()
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
