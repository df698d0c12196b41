//! The handler's router in this process, called as the Functions host calls it.

use std::{collections::HashMap, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use darkroom::{app::App, router::router, settings::Settings, wiring::Wiring};
use imaging::Presets;
use serde_json::Value;
use tower::ServiceExt as _;

use super::script_root::ScriptRoot;

pub(crate) const INVOCATION_ID: &str = "7d9f5a0f-7f0a-4f62-9d0f-0a5b5a0c9b11";
pub(crate) const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

/// The real router on the real script root, with these settings.
pub(crate) fn handler(settings: &HashMap<String, String>) -> Router {
    let root = ScriptRoot::new();
    let lookup = |key: &str| settings.get(key).cloned();
    let settings = Settings::from_lookup(lookup).expect("settings");
    let text = std::fs::read_to_string(root.path().join("presets.toml")).expect("presets.toml");
    let presets = Presets::parse(&text).expect("presets");
    let wiring = Wiring::check(root.path(), &presets, &settings, lookup).expect("the wiring");
    let app = App::new(&settings, presets, &wiring, lookup).expect("clients");
    // Less patience than in production, because some tests take a service away.
    router(app, &settings, Duration::from_secs(20))
}

/// Posts a body.
pub(crate) async fn call(handler: Router, path: &str, body: String) -> Answer {
    let request = Request::post(path)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("X-Azure-Functions-InvocationId", INVOCATION_ID)
        .header("traceparent", format!("00-{TRACE_ID}-00f067aa0ba902b7-01"))
        .body(Body::from(body))
        .expect("a request");
    let response = handler
        .oneshot(request)
        .await
        .expect("a router always answers");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    Answer {
        status,
        json: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}
