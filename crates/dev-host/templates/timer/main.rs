//! Runs every five minutes.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, Outputs, StartError, TimerInfo, run};

async fn handle(timer: Event<TimerInfo>) -> Outputs {
    let late = if timer.payload.is_past_due {
        ", late"
    } else {
        ""
    };
    Outputs::new().log(format!("It is time{late}"))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
