//! Log lines: one event is one line, without secrets, to the stream that its level asks for.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::redact::redact;

/// Where lines go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    /// Warnings and errors go to standard error, everything else to standard output.
    pub(crate) split: bool,
}

/// One event's line.
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
    /// Takes a whole event at a time: that is how `tracing_subscriber::fmt` writes.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(clean(event).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One line without secrets. A line break within an event would make the host take its parts for
/// events of their own, and let whoever wrote a file's name write log lines.
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
