//! A line in the host's log whenever a timer ticks.
//!
//! function.json: `timerTrigger` named `tick`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, Outputs, StartError, TimerInfo, run};

async fn watch(tick: Event<TimerInfo>) -> Outputs {
    let late = if tick.payload.is_past_due {
        "late"
    } else {
        "in time"
    };
    Outputs::new().log(format!("the timer ticks {late}"))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Watch", post(watch))).await
}
