//! Logs a panic as one line, like any other error.

use std::{
    any::Any,
    panic::{self, PanicHookInfo},
};

/// Makes every panic from now on one event at ERROR, with message and place, instead of several
/// lines on standard error.
pub(crate) fn log() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if tracing::enabled!(tracing::Level::ERROR) {
            report(panic);
        } else {
            before(panic);
        }
    }));
}

fn report(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    tracing::error!(
        message = "panicked",
        panic = message(panic.payload()),
        location,
        thread = thread.name(),
    );
}

/// The message that `panic!` was given.
fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
