//! The HTTP trigger: a request at `/api/{route}` becomes an invocation, and its output the
//! response.
//!
//! The handler gets the request in one of two ways: as an *envelope*, which is a JSON document like
//! that of any other trigger, or as the original request, streamed through at its own path.

mod envelope;
mod headers;
mod identity;
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
    http_server::Cut,
    invocation::{CALLED, RunnableFunction},
    outputs::HttpOutput,
    payload::Payload,
    script_root::{BindingType, Function, HandingOn, ScriptRoot},
};
use keys::Level;
pub(super) use keys::parameter;
pub(crate) use keys::{Extension, Keys};
use response::Unsendable;
use route::Route;

/// The HTTP trigger of one function.
pub(crate) struct HttpTrigger {
    function: RunnableFunction,
    binding: String,
    route: Route,
    /// Empty means all methods.
    methods: Vec<Method>,
    level: Level,
    /// Whether the handler gets original requests.
    handing_on: Option<HandingOn>,
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
            handing_on: http.handing_on.filter(|_| is_handed_on(function)),
            function: runnable,
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.function
    }

    /// The methods, the path and how requests are passed on, for people.
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
        let caller = runtime.keys.caller(&request);
        if !runtime.keys.admit(self.level, caller) {
            return empty(StatusCode::UNAUTHORIZED);
        }
        // The invoker has logged what went wrong; the caller learns nothing about it.
        if let Some(way) = self.handing_on {
            let answer = runtime.invoker.hand_on(&self.function, way, request).await;
            return answer.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let cut = request.extensions().get::<Cut>().cloned();
        let Ok(envelope) = envelope::read(request, &parameters, caller).await else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let data = envelope.binding_data(parameters, &self.function.name);
        let payload = Payload::json(&self.binding, &envelope.value, &data);
        let invoked = runtime
            .invoker
            .invoke(&self.function, CALLED, payload, &data)
            .await;
        match invoked {
            Ok(Some(output)) => send(output, cut).await,
            Ok(None) => empty(StatusCode::OK),
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// Makes a response from an output, or does what the host does if it cannot be sent.
async fn send(output: HttpOutput, cut: Option<Cut>) -> Response {
    let status = output.status;
    match (response::of(output), cut) {
        (Ok(response), _) => response,
        (Err(Unsendable::Status), Some(cut)) => {
            tracing::warn!("The host sends the status {status}, which clients do not understand");
            cut.now().await
        }
        (Err(Unsendable::Header(name)), _) => {
            tracing::warn!("The header {name} cannot be sent, so the host answers 500");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
        (Err(Unsendable::Status), None) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Whether the function's bindings are one httpTrigger and one http output. Only for these does the
/// host pass requests on.
fn is_handed_on(function: &Function) -> bool {
    function.inputs.is_empty()
        && matches!(&function.outputs[..], [output] if output.kind == BindingType::Http)
}

fn methods(property: Option<&serde_json::Value>) -> Result<Vec<Method>, String> {
    let Some(property) = property else {
        return Ok(Vec::new());
    };
    let wrong = || format!("methods is {property}, but must be a list, for example [\"post\"]");
    let names = property.as_array().ok_or_else(wrong)?;
    names
        .iter()
        .map(|name| name.as_str()?.to_ascii_uppercase().parse().ok())
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}
