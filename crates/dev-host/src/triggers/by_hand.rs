//! `POST /admin/functions/{name}`: starts functions by hand.
//!
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::to_bytes,
    extract::Request,
    http::{Method, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    EventFunction, Runtime, blob::BlobFunction, cosmos::CosmosTrigger, delivery::empty,
    event_grid::EventGridFunction, http::HttpTrigger, kafka, queue::QueueFunction,
    timer::TimerFunction,
};
use crate::{
    invocation::{CALLED, RunnableFunction},
    json_net::rewrite_dates,
};

/// A function in the form in which it can be started by hand.
pub(crate) enum ByHand {
    Blob(Arc<BlobFunction>),
    BlobEvents(Arc<EventFunction>),
    Cosmos(Arc<CosmosTrigger>),
    EventGrid(Arc<EventGridFunction>),
    Http(Arc<HttpTrigger>),
    Kafka(Arc<kafka::Work>),
    Queue(Arc<QueueFunction>),
    Timer(Arc<TimerFunction>),
}

#[derive(Deserialize)]
struct Call {
    input: Option<String>,
}

impl ByHand {
    pub(super) fn function(&self) -> &RunnableFunction {
        match self {
            Self::Blob(blob) => &blob.function,
            Self::BlobEvents(events) => events.function(),
            Self::Cosmos(cosmos) => &cosmos.function,
            Self::EventGrid(events) => &events.function,
            Self::Http(http) => http.function(),
            Self::Kafka(kafka) => &kafka.function,
            Self::Queue(queue) => &queue.function,
            Self::Timer(timer) => &timer.function,
        }
    }

    async fn call(&self, runtime: &Runtime, input: Option<&str>) {
        match (self, input) {
            (Self::Timer(timer), _) => timer.call_by_hand(runtime).await,
            (Self::Blob(blob), Some(input)) => blob.call_by_hand(runtime, input).await,
            (Self::BlobEvents(events), Some(input)) => {
                events.blob().call_by_hand(runtime, input).await;
            }
            (Self::Queue(queue), Some(input)) => queue.call_by_hand(runtime, input).await,
            (Self::Cosmos(cosmos), Some(input)) => match json(input) {
                Some(documents @ Value::Array(_)) => {
                    // The invoker has logged it.
                    let _ = cosmos.call(runtime, &documents, Some(input)).await;
                }
                _ => self.refuse(runtime, "the input is not a JSON array").await,
            },
            (Self::EventGrid(events), Some(input)) => match json(input) {
                Some(value) => {
                    let _ = events.call(runtime, &value, Some(input)).await;
                }
                None => self.refuse(runtime, "the input is not JSON").await,
            },
            // The Kafka extension cannot make a message from a text, and without a text nothing can
            // be made.
            (Self::Kafka(_) | Self::Http(_), _) | (_, None) => {
                self.refuse(runtime, "Value cannot be null. (Parameter 'value')")
                    .await;
            }
        }
    }

    async fn refuse(&self, runtime: &Runtime, problem: &str) {
        let problem = format!("Exception binding parameter: {problem}");
        runtime
            .invoker
            .refuse(self.function(), CALLED, problem)
            .await;
    }
}

fn json(text: &str) -> Option<Value> {
    let mut value = serde_json::from_str(text).ok()?;
    rewrite_dates(&mut value);
    Some(value)
}

/// All functions of a host.
pub(crate) struct Functions {
    by_name: HashMap<String, Arc<ByHand>>,
    /// The running calls. They end with the host.
    calls: Mutex<JoinSet<()>>,
}

impl Functions {
    pub(crate) fn new(functions: impl Iterator<Item = ByHand>) -> Self {
        let by_name = functions.map(|function| {
            // The case of names is ignored here.
            let name = function.function().name.to_ascii_lowercase();
            (name, Arc::new(function))
        });
        Self {
            by_name: by_name.collect(),
            calls: Mutex::default(),
        }
    }

    /// Answers at once; the function may take longer.
    pub(crate) async fn respond(
        &self,
        runtime: &Runtime,
        name: &str,
        request: Request,
    ) -> Response {
        if !runtime.keys.admit_admin(&request) {
            return empty(StatusCode::UNAUTHORIZED);
        }
        let Some(function) = self.by_name.get(&name.to_ascii_lowercase()) else {
            return empty(StatusCode::NOT_FOUND);
        };
        if request.method() != Method::POST {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let body = to_bytes(request.into_body(), usize::MAX).await;
        let call = body
            .ok()
            .and_then(|body| serde_json::from_slice::<Call>(&body).ok());
        let Some(call) = call else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let (function, runtime) = (Arc::clone(function), runtime.clone());
        // No code that holds the lock can panic in the middle of a change.
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        while calls.try_join_next().is_some() {}
        calls.spawn(async move {
            function.call(&runtime, call.input.as_deref()).await;
        });
        empty(StatusCode::ACCEPTED)
    }
}
