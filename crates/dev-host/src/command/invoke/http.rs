//! A request to a function with an HTTP trigger.

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value};

use super::{KEY_ADVICE, Options};
use crate::{error::CommandError, print_bytes, print_note, project::HostJson};

pub(super) async fn call(
    options: &Options,
    trigger: &Map<String, Value>,
    event: Option<Vec<u8>>,
) -> Result<(), CommandError> {
    let prefix = HostJson::read(&options.script_root)?.route_prefix;
    let route = match &options.path {
        Some(path) => path.trim_start_matches('/').to_owned(),
        None => route(&options.function, trigger)?,
    };
    let path = [prefix.as_str(), route.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .fold(String::new(), |path, part| format!("{path}/{part}"));
    let method = options
        .method
        .clone()
        .unwrap_or_else(|| method(trigger, event.is_some()));
    let mut request = options.request(method, &path)?;
    if let Some(event) = event {
        request = request
            .header(CONTENT_TYPE, content_type(&event))
            .body(event);
    }
    let response = options.send(request).await?;
    let status = response.status();
    let body = response.bytes().await.map_err(|_| {
        CommandError::Failed(
            "the connection was lost within the answer: see what the host has printed about it"
                .into(),
        )
    })?;
    print_note(&status.to_string());
    print_bytes(&body);
    check(status)
}

/// The path of the function, below the prefix of all routes.
fn route(function: &str, trigger: &Map<String, Value>) -> Result<String, CommandError> {
    let route = trigger.get("route").and_then(Value::as_str);
    let route = route.filter(|route| !route.is_empty()).unwrap_or(function);
    let mut parts = Vec::new();
    for part in route.split('/') {
        // An optional part is left out, with everything after it.
        if part.starts_with('{') && (part.contains('?') || part.starts_with("{*")) {
            break;
        }
        if part.contains('{') {
            return Err(CommandError::Configuration(format!(
                "the route {route} has parameters: give the whole path with --path, for example --path {}",
                route.replace(['{', '}', '*', '?'], "")
            )));
        }
        parts.push(part);
    }
    Ok(parts.join("/"))
}

fn method(trigger: &Map<String, Value>, has_event: bool) -> Method {
    let methods: Vec<Method> = trigger
        .get("methods")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|method| method.as_str()?.to_ascii_uppercase().parse().ok())
        .collect();
    let usual = if has_event { Method::POST } else { Method::GET };
    match &methods[..] {
        [only] => only.clone(),
        _ => usual,
    }
}

fn content_type(event: &[u8]) -> &'static str {
    if serde_json::from_slice::<serde::de::IgnoredAny>(event).is_ok() {
        "application/json"
    } else if std::str::from_utf8(event).is_ok() {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    }
}

fn check(status: StatusCode) -> Result<(), CommandError> {
    let advice = match status {
        StatusCode::UNAUTHORIZED => KEY_ADVICE,
        StatusCode::NOT_FOUND => {
            "the function answered so, or the host has no function for this path and method: \
             compare them with what the host printed when it started"
        }
        _ if status.is_client_error() || status.is_server_error() => {
            "see what the host has printed about this invocation"
        }
        _ => return Ok(()),
    };
    Err(CommandError::Failed(format!(
        "the answer is {status}: {advice}"
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trigger(trigger: &Value) -> Map<String, Value> {
        trigger.as_object().unwrap().clone()
    }

    #[test]
    fn the_route_is_called_without_what_may_be_left_out() {
        for (given, wanted) in [
            (json!({}), "greet"),
            (json!({"route": "hello/you"}), "hello/you"),
            (json!({"route": "hello/{name?}"}), "hello"),
            (json!({"route": "{*rest}"}), ""),
        ] {
            assert_eq!(route("greet", &trigger(&given)).unwrap(), wanted);
        }
        let error = route("greet", &trigger(&json!({"route": "a/{name:int}"})));
        assert!(error.unwrap_err().to_string().contains("--path"));
    }

    #[test]
    fn the_method_is_one_that_the_function_takes() {
        for (methods, has_event, wanted) in [
            (json!(["put"]), true, "PUT"),
            (json!(["get", "post"]), true, "POST"),
            (json!(["get", "post"]), false, "GET"),
            (Value::Null, true, "POST"),
        ] {
            let trigger = trigger(&json!({"methods": methods}));
            assert_eq!(method(&trigger, has_event), wanted);
        }
    }

    #[test]
    fn the_content_type_follows_the_content() {
        assert_eq!(content_type(br#"{"a": 1}"#), "application/json");
        assert_eq!(content_type(b"hello"), "text/plain; charset=utf-8");
        assert_eq!(content_type(&[0xff]), "application/octet-stream");
    }
}
