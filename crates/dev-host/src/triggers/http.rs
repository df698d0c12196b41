//! The HTTP trigger: a request at `/api/{route}` becomes an invocation, and its output the response.
//!
//! Two ways lead to the handler. An *envelope* is a JSON document like that of any other trigger.
//! A *forwarded* request is the original one, streamed through at its own path.

mod envelope;
mod keys;
mod response;
mod route;

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode},
    response::Response,
};

use super::Runtime;
use crate::{
    expressions::BindingData,
    invocation::{CALLED, RunnableFunction},
    payload::Payload,
    script_root::{BindingType, Function, ScriptRoot},
};
pub(crate) use keys::Keys;
use keys::Level;
pub(super) use keys::{Extension, parameter};
use route::Route;

/// The HTTP trigger of one function.
pub(crate) struct HttpTrigger {
    function: RunnableFunction,
    binding: String,
    route: Route,
    /// Empty for all methods.
    methods: Vec<Method>,
    level: Level,
    forwarded: bool,
}

impl HttpTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let path = binding.text("route").filter(|route| !route.is_empty());
        let http = &root.host.http;
        Ok(Self {
            binding: binding.name.clone(),
            route: Route::parse(&http.route_prefix, path.unwrap_or(&function.name))?,
            methods: methods(binding.property("methods"))?,
            level: Level::parse(binding.text("authLevel"))?,
            forwarded: http.forwarding && is_forwardable(function),
            function: runnable,
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.function
    }

    /// The methods, the path and the way to it, for people.
    pub(crate) fn describe(&self) -> String {
        let methods: Vec<_> = self.methods.iter().map(Method::as_str).collect();
        format!("[{}] {}", methods.join(","), self.route)
    }

    /// The values of the route's parameters, if this request is for this function.
    pub(crate) fn matches(&self, request: &Request) -> Option<BindingData> {
        let known = self.methods.is_empty() || self.methods.contains(request.method());
        known
            .then(|| self.route.matches(request.uri().path()))
            .flatten()
    }

    /// Answers a request that [matches](Self::matches).
    pub(crate) async fn respond(
        &self,
        runtime: &Runtime,
        parameters: BindingData,
        request: Request,
    ) -> Response {
        if !runtime.keys.admit(self.level, &request) {
            return empty(StatusCode::UNAUTHORIZED);
        }
        // Whatever has gone wrong has been logged by the invoker; the caller learns nothing of it.
        if self.forwarded {
            let forwarded = runtime.invoker.forward(&self.function, request).await;
            return forwarded.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let Ok(envelope) = envelope::read(request, &parameters).await else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let data = envelope::binding_data(&envelope, parameters, &self.function.name);
        let payload = Payload::json(&self.binding, &envelope, &data);
        match runtime
            .invoker
            .invoke(&self.function, CALLED, payload, &data)
            .await
        {
            Ok(output) => response::of(output.as_deref()),
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Whether the bindings are one httpTrigger and one http output alone, which is what the host
/// forwards requests for.
fn is_forwardable(function: &Function) -> bool {
    function.inputs.is_empty()
        && matches!(&function.outputs[..], [output] if output.kind == BindingType::Http)
}

fn methods(property: Option<&serde_json::Value>) -> Result<Vec<Method>, String> {
    let Some(property) = property else {
        return Ok(Vec::new());
    };
    let wrong = || format!("methods is {property}: a list is wanted, for example [\"post\"]");
    let names = property.as_array().ok_or_else(wrong)?;
    names
        .iter()
        .map(|name| name.as_str()?.to_ascii_uppercase().parse().ok())
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}
