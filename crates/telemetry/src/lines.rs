//! Log lines: each event is one line without secrets, written to the stream for its level.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::redact::redact;

/// The destination of lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    /// Warnings and errors go to standard error, everything else to standard output.
    pub(crate) split: bool,
}

/// The line of one event.
#[derive(Debug)]
pub(crate) struct Line<W>(W);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<Box<dyn Write>>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(Box::new(io::stdout()))
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        if self.split && *metadata.level() <= Level::WARN {
            Line(Box::new(io::stderr()))
        } else {
            self.make_writer()
        }
    }
}

impl<W: Write> Write for Line<W> {
    /// Accepts a whole event at a time, because `tracing_subscriber::fmt` writes that way.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(clean(event).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One line without secrets. If an event contained a line break, the host would take its parts for
/// separate events, and the author of a file's name could write log lines.
fn clean(event: &[u8]) -> String {
    let event = String::from_utf8_lossy(event);
    let text = event.trim_end_matches('\n');
    let one_line = text.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n");
    let mut line = redact(&one_line).into_owned();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_without_secrets() {
        let mut written = Vec::new();
        let event = b"ERROR first\nsecond sig=abc\n";
        let count = Line(&mut written).write(event).unwrap();
        assert_eq!(count, event.len());
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text, "ERROR first\\nsecond sig=…\n");
    }
}
