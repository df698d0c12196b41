//! `customHandler` and `configurationProfile` of host.json.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers> and, for
//! features of hosts since the end of 2025, `self-hosted-mcp-servers` beside it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::host_json::HandingOn;

/// All requests: the only route of a profile.
const ALL: &str = "{*route}";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CustomHandler {
    pub(super) description: Option<Description>,
    enable_forwarding_http_request: bool,
    enable_proxying_http_request: bool,
    port: Option<Value>,
    http: HttpSection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description {
    pub(super) default_executable_path: Option<String>,
    #[serde(default)]
    pub(super) arguments: Vec<String>,
}

/// The host ignores the case of names; both of these are in use.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpSection {
    enable_proxying: bool,
    #[serde(alias = "DefaultAuthorizationLevel")]
    default_authorization_level: Option<String>,
    routes: Vec<HttpRoute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpRoute {
    route: String,
    #[serde(alias = "AuthorizationLevel")]
    authorization_level: Option<String>,
}

/// `configurationProfile`: settings for handlers that are web servers and know nothing of Functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    Default,
    WebServer,
}

impl Profile {
    /// The error says what is wrong.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, String> {
        match text.unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "default" => Ok(Self::Default),
            "mcp-custom-handler" | "web-app-custom-handler" => Ok(Self::WebServer),
            other => Err(format!(
                "configurationProfile is {other}, but must be default, mcp-custom-handler or \
                 web-app-custom-handler"
            )),
        }
    }

    /// The prefix of every route if host.json sets none.
    pub(super) fn route_prefix(self) -> &'static str {
        match self {
            Self::Default => "api",
            Self::WebServer => "",
        }
    }
}

impl CustomHandler {
    /// How the handler gets original requests. If both ways are requested, the newer one wins.
    pub(super) fn handing_on(&self, profile: Profile) -> Option<HandingOn> {
        let is_proxied = self.enable_proxying_http_request || self.http.enable_proxying;
        if is_proxied || profile == Profile::WebServer {
            Some(HandingOn::Proxying)
        } else {
            self.enable_forwarding_http_request
                .then_some(HandingOn::Forwarding)
        }
    }

    /// The fixed port of the handler, as a number or a text.
    pub(super) fn port(&self) -> Result<Option<u16>, String> {
        let Some(port) = &self.port else {
            return Ok(None);
        };
        let number = match port {
            Value::String(text) => text.parse().ok(),
            port => port.as_u64().and_then(|port| u16::try_from(port).ok()),
        };
        match number {
            Some(port) if port > 0 => Ok(Some(port)),
            _ => Err(format!("customHandler.port is {port}, which is not a port")),
        }
    }

    /// The bindings of the functions that host.json describes only by their routes.
    pub(super) fn routed_functions(&self, profile: Profile) -> Vec<Vec<Map<String, Value>>> {
        let default = self.http.default_authorization_level.as_deref();
        let bindings = |route: &str, level: Option<&str>| {
            let trigger = json!({
                "name": "req",
                "type": "httpTrigger",
                "direction": "in",
                "route": route,
                "authLevel": level.or(default).unwrap_or("function"),
            });
            let output = json!({"name": "res", "type": "http", "direction": "out"});
            let bindings = [trigger, output].into_iter();
            bindings
                .filter_map(|binding| binding.as_object().cloned())
                .collect()
        };
        if self.http.routes.is_empty() && profile == Profile::WebServer {
            return vec![bindings(ALL, None)];
        }
        let routes = self.http.routes.iter();
        routes
            .map(|route| bindings(&route.route, route.authorization_level.as_deref()))
            .collect()
    }
}
