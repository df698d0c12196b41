//! The Event Grid trigger. Events that Event Grid posts to a webhook of the host call functions at
//! once, and the answer states the result. Event Grid sends again what is not accepted.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    response::Response,
};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Runtime,
    delivery::{self, Delivery},
    http::{Extension, parameter},
    retries, system,
};
use crate::{
    expressions::BindingData,
    invocation::{InvocationError, RunnableFunction},
    json_net::rewrite_dates,
    payload::Payload,
    script_root::{Function, RetryPolicy},
};

/// A function that events call.
pub(crate) struct EventGridFunction {
    pub(super) function: RunnableFunction,
    pub(super) binding: String,
    retry: Option<RetryPolicy>,
    /// Whether all events of a delivery are one invocation.
    many: bool,
}

impl EventGridFunction {
    pub(super) fn new(function: &Function, runnable: RunnableFunction) -> Result<Self, String> {
        let cardinality = function.trigger.text("cardinality").unwrap_or("one");
        let many = cardinality.eq_ignore_ascii_case("many");
        if !many && !cardinality.eq_ignore_ascii_case("one") {
            return Err(format!(
                "cardinality is {cardinality}, but must be one or many"
            ));
        }
        Ok(Self {
            function: runnable,
            binding: function.trigger.name.clone(),
            retry: function.retry.clone(),
            many,
        })
    }

    /// Calls the function for the events of a delivery: for each event separately and in parallel,
    /// or once for all together.
    async fn take(&self, runtime: &Runtime, events: Vec<Value>) -> Result<(), InvocationError> {
        if self.many {
            return self.call(runtime, &Value::Array(events), None).await;
        }
        let calls = events.iter().map(|event| self.call(runtime, event, None));
        join_all(calls).await.into_iter().collect()
    }

    /// Calls the function for one event, or for a list. `input` is the text of a call by hand.
    pub(super) async fn call(
        &self,
        runtime: &Runtime,
        value: &Value,
        input: Option<&str>,
    ) -> Result<(), InvocationError> {
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.7f+00:00");
        let reason = format!("EventGrid trigger fired at {now}");
        let mut data = binding_data(value, &self.function.name);
        data.extend(input.map(|input| (self.binding.clone(), input.into())));
        let payload = |data: &_| Payload::json(&self.binding, value, data);
        let policy = self.retry.as_ref();
        retries::call(runtime, &self.function, policy, &reason, &data, payload).await
    }
}

/// The binding data of an event, or a list for a list of events.
fn binding_data(value: &Value, function: &str) -> BindingData {
    let about = match value {
        Value::Array(events) => events.iter().map(|event| event["data"].clone()).collect(),
        event => event["data"].clone(),
    };
    [("data", about), ("sys", system(function))]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// `/runtime/webhooks/eventgrid`: where Event Grid delivers.
pub(crate) struct EventGridWebhook(HashMap<String, Arc<EventGridFunction>>);

impl EventGridWebhook {
    pub(crate) fn new(functions: impl Iterator<Item = Arc<EventGridFunction>>) -> Self {
        let by_name = functions.map(|function| (function.function.name.clone(), function));
        Self(by_name.collect())
    }

    /// Answers a delivery when its functions have ended.
    pub(crate) async fn respond(&self, runtime: &Runtime, request: Request) -> Response {
        let is_admitted =
            runtime
                .keys
                .admit_extension(Extension::EventGrid, request.headers(), request.uri());
        let (uri, body) = match Delivery::open(request, is_admitted).await {
            Delivery::Answered(response) => return response,
            Delivery::Events { uri, body } => (uri, body),
        };
        let name = parameter(&uri, "functionName").unwrap_or_default();
        let Some(function) = self.0.get(&name) else {
            let problem = format!("cannot find function: '{name}'");
            return delivery::text(StatusCode::NOT_FOUND, problem);
        };
        let Some(events) = read(body).await else {
            return delivery::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        match function.take(runtime, events).await {
            Ok(()) => delivery::empty(StatusCode::ACCEPTED),
            Err(_) => delivery::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("Exception while executing function: Functions.{name}"),
            ),
        }
    }
}

async fn read(body: Body) -> Option<Vec<Value>> {
    let body = to_bytes(body, usize::MAX).await.ok()?;
    let mut events = delivery::events(&body).ok()?;
    events.iter_mut().for_each(rewrite_dates);
    Some(events)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_tells_what_it_is_about() {
        let data = binding_data(&json!({"id": "1", "data": {"url": "u"}}), "F");
        assert_eq!(data["data"], json!({"url": "u"}));
        assert_eq!(data["sys"]["MethodName"], "F");
    }

    #[test]
    fn a_list_tells_all_of_it() {
        let data = binding_data(&json!([{"data": {"url": "u"}}, {"id": "2"}]), "F");
        assert_eq!(data["data"], json!([{"url": "u"}, null]));
    }
}
