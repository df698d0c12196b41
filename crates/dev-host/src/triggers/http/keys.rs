//! Function keys: who may call an HTTP-triggered function.
//!
//! Source: <https://learn.microsoft.com/azure/azure-functions/function-keys-how-to>.

use std::net::SocketAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, Uri},
};
use azure_core::http::Url;

/// `authLevel` of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Anonymous,
    Function,
    Admin,
}

impl Level {
    /// Parses a level. Without one a key is required, as on Azure.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, String> {
        match text.unwrap_or("function").to_ascii_lowercase().as_str() {
            "anonymous" => Ok(Self::Anonymous),
            "function" => Ok(Self::Function),
            "admin" => Ok(Self::Admin),
            other => Err(format!(
                "authLevel is {other}, but must be anonymous, function or admin"
            )),
        }
    }
}

/// An extension with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extension {
    Blobs,
    EventGrid,
}

/// The sender of a request, by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Anonymous,
    Function,
    Admin,
}

/// The keys that open the functions of a host.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    /// Everybody may call everything, as under `func start`.
    NotRequired,
    Required {
        /// Opens functions of the level `function`.
        function: String,
        /// Opens the webhook of the blob extension and nothing else.
        blobs_extension: String,
        /// Opens the webhook of the Event Grid extension and nothing else.
        event_grid_extension: String,
        /// Opens everything.
        master: String,
    },
}

impl Keys {
    /// The sender of a request. The key is in the header `x-functions-key` or in the query as
    /// `code`.
    pub(super) fn caller(&self, request: &Request) -> Caller {
        let Self::Required {
            function, master, ..
        } = self
        else {
            return Caller::Anonymous;
        };
        match given(request.headers(), request.uri()) {
            Some(key) if key == *master => Caller::Admin,
            Some(key) if key == *function => Caller::Function,
            _ => Caller::Anonymous,
        }
    }

    /// Whether a caller may call a function of this level.
    pub(super) fn admit(&self, level: Level, caller: Caller) -> bool {
        match (self, level) {
            (Self::NotRequired, _) | (_, Level::Anonymous) => true,
            (_, Level::Function) => caller != Caller::Anonymous,
            (_, Level::Admin) => caller == Caller::Admin,
        }
    }

    /// Whether the sender may manage the host, for which only the master key is enough.
    pub(in crate::triggers) fn admit_admin(&self, request: &Request) -> bool {
        self.admit(Level::Admin, self.caller(request))
    }

    /// Whether Event Grid may deliver to a webhook. Its key is in the same two places.
    pub(in crate::triggers) fn admit_extension(
        &self,
        extension: Extension,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> bool {
        let Self::Required {
            blobs_extension,
            event_grid_extension,
            master,
            ..
        } = self
        else {
            return true;
        };
        let own = match extension {
            Extension::Blobs => blobs_extension,
            Extension::EventGrid => event_grid_extension,
        };
        let given = given(headers, uri);
        [own, master].map(Some).contains(&given.as_ref())
    }

    /// The address where Event Grid delivers the events of a function, with the key if one is
    /// required.
    pub(crate) fn webhook(&self, host: SocketAddr, extension: Extension, function: &str) -> Url {
        let (path, name) = match extension {
            Extension::Blobs => ("blobs", format!("Host.Functions.{function}")),
            Extension::EventGrid => ("eventgrid", function.to_owned()),
        };
        let key = match self {
            Self::NotRequired => None,
            Self::Required {
                blobs_extension,
                event_grid_extension,
                ..
            } => Some(match extension {
                Extension::Blobs => blobs_extension,
                Extension::EventGrid => event_grid_extension,
            }),
        };
        let mut url = Url::parse(&format!("http://{host}/runtime/webhooks/{path}"))
            .expect("an address and a plain path are a URL");
        url.query_pairs_mut()
            .append_pair("functionName", &name)
            .extend_pairs(key.map(|key| ("code", key)));
        url
    }
}

fn given(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    match headers.get("x-functions-key") {
        Some(header) => header.to_str().ok().map(str::to_owned),
        None => parameter(uri, "code"),
    }
}

/// A parameter of the query.
pub(in crate::triggers) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    // Only the query is used; the text before it makes it a URL.
    let url = Url::parse(&format!("http://localhost/?{}", uri.query()?)).ok()?;
    url.query_pairs()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}
