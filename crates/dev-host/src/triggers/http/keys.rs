//! Function keys: who may call an HTTP-triggered function.
//!
//! Source: <https://learn.microsoft.com/azure/azure-functions/function-keys-how-to>.

use axum::extract::Request;
use azure_core::http::Url;

/// `authLevel` of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Anonymous,
    Function,
    Admin,
}

impl Level {
    /// Without a level a key is asked for, as on Azure.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, String> {
        match text.unwrap_or("function").to_ascii_lowercase().as_str() {
            "anonymous" => Ok(Self::Anonymous),
            "function" => Ok(Self::Function),
            "admin" => Ok(Self::Admin),
            other => Err(format!(
                "authLevel is {other}: known are anonymous, function and admin"
            )),
        }
    }
}

/// The keys that open the functions of a host.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    /// Everybody may call everything, as under `func start`.
    NotRequired,
    Required {
        /// Opens functions of the level `function`.
        function: String,
        /// Opens everything.
        master: String,
    },
}

impl Keys {
    /// Whether a request may call a function of this level. The key is in the header
    /// `x-functions-key` or in the query as `code`.
    pub(super) fn admit(&self, level: Level, request: &Request) -> bool {
        let Self::Required { function, master } = self else {
            return true;
        };
        let header = request.headers().get("x-functions-key");
        let given = match header {
            Some(header) => header.to_str().ok().map(str::to_owned),
            None => code(request),
        };
        let is = |key: &String| given.as_ref() == Some(key);
        match level {
            Level::Anonymous => true,
            Level::Function => is(function) || is(master),
            Level::Admin => is(master),
        }
    }
}

fn code(request: &Request) -> Option<String> {
    // Only the query is looked at; whatever stands before it makes the text a URL.
    let url = Url::parse(&format!("http://localhost/?{}", request.uri().query()?)).ok()?;
    url.query_pairs()
        .find(|(name, _)| name.eq_ignore_ascii_case("code"))
        .map(|(_, value)| value.into_owned())
}
