//! Lines as `func start` prints them: `[2026-11-24T10:00:00.000Z] Executing …`.

use std::{fmt, io::IsTerminal as _};

use jiff::Timestamp;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{DefaultFields, Writer},
    },
    registry::LookupSpan,
};

/// Sends all log events to standard output; `RUST_LOG` overrides the default levels.
///
/// Call it once, before anything is logged. Colour is used only on a terminal.
pub fn init() {
    let colour = std::io::stdout().is_terminal();
    // The Azure clients log every retry, which the host's own lines already mention.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("off,functions_dev_host=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .fmt_fields(DefaultFields::new())
        .event_format(Line { colour })
        .init();
}

/// The innermost error, because HTTP clients wrap it in several layers that do not describe it.
pub(crate) fn root_cause<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    error.source().map_or(error, root_cause)
}

/// What is wrong with a storage account, and what to do if nobody answers.
pub(crate) fn storage_trouble(error: &azure_core::Error) -> String {
    let cause = root_cause(error);
    if error.http_status().is_some() {
        cause.to_string()
    } else {
        format!(
            "{cause}. Make sure that it is running, and that the setting of the connection has its \
             address. On a developer's machine it is Azurite"
        )
    }
}

struct Line {
    colour: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
        let (start, end) = match *event.metadata().level() {
            _ if !self.colour => ("", ""),
            Level::ERROR => ("\x1b[31m", "\x1b[0m"),
            Level::WARN => ("\x1b[33m", "\x1b[0m"),
            _ => ("", ""),
        };
        write!(writer, "[{time}] {start}")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer, "{end}")
    }
}
