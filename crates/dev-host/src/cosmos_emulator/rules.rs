//! Rules of Azure that the engine does not apply, added around the engine.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::query_text;

/// The longest id, in bytes.
/// Source: <https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits>.
const LONGEST_ID: usize = 1023;

/// A complete request.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why a request is not executed.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::refusal(refusal.status, &refusal.message)
    }
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl Answer {
    /// A refusal in the service's format.
    pub(super) fn refusal(status: StatusCode, message: &str) -> Self {
        let code = status
            .canonical_reason()
            .unwrap_or_default()
            .replace(' ', "");
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        Self {
            status,
            headers,
            body: json!({"code": code, "message": message}).to_string().into(),
        }
    }
}

/// The names for the resource ids that this server has returned, because some clients use the ids
/// in later requests.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashMap<String, String>>);

impl Whole {
    /// Whether this is about items, and not about databases or containers.
    pub(super) fn is_about_items(&self) -> bool {
        self.segments().nth(4) == Some("docs")
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }

    fn is_query(&self) -> bool {
        let content_type = self.headers.get("content-type");
        content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/query+json"))
    }

    fn is_batch(&self) -> bool {
        self.headers.contains_key("x-ms-cosmos-is-batch-request")
    }

    /// Changes the request so that the engine answers it as Azure would, or returns Azure's
    /// refusal.
    pub(super) fn prepare(&mut self, names: &Names) -> Result<(), Refusal> {
        // Azure accepts paths that end in a slash.
        let length = self.path.trim_end_matches('/').len();
        self.path.truncate(length.max(1));
        self.path = names.resolve(&self.path);
        // The SDK for Java starts some queries with an invalid continuation.
        let continuation = self.headers.get("x-ms-continuation");
        if continuation.is_some_and(|it| it.is_empty() || it == "null") {
            self.headers.remove("x-ms-continuation");
        }
        if self.is_query() {
            return self.prepare_query();
        }
        if !self.is_about_items() || self.is_batch() {
            return Ok(());
        }
        match self.method {
            Method::PATCH => self.prepare_patch(),
            Method::POST | Method::PUT => self.check_id(),
            _ => Ok(()),
        }
    }

    fn prepare_query(&mut self) -> Result<(), Refusal> {
        // The engine refuses bodies that are not queries.
        let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&self.body) else {
            return Ok(());
        };
        let Some(Value::String(query)) = body.get("query") else {
            return Ok(());
        };
        let plain = query_text::with_plain_strings(query)
            .map_err(|problem| Refusal::new(StatusCode::BAD_REQUEST, problem))?;
        if query_text::is_beyond_the_engine(&plain) {
            let problem = "ARRAY_CONTAINS with an object is not supported here";
            return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, problem));
        }
        body.insert("query".into(), plain.into());
        self.replace_body(&Value::Object(body));
        Ok(())
    }

    fn prepare_patch(&mut self) -> Result<(), Refusal> {
        match serde_json::from_slice(&self.body) {
            // Azure also accepts the list alone.
            Ok(operations @ Value::Array(_)) => {
                self.replace_body(&json!({"operations": operations}));
                Ok(())
            }
            Ok(Value::Object(patch)) if patch.get("condition").is_some_and(|it| !it.is_null()) => {
                let problem = "a patch with a condition is not supported here";
                Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, problem))
            }
            _ => Ok(()),
        }
    }

    fn check_id(&self) -> Result<(), Refusal> {
        // The engine judges an item without an id, or in Cosmos DB's binary form.
        let item = serde_json::from_slice::<Map<String, Value>>(&self.body).unwrap_or_default();
        let Some(id) = item.get("id").and_then(Value::as_str) else {
            return Ok(());
        };
        let problem = if id.is_empty() {
            "The input name is empty"
        } else if id.len() > LONGEST_ID {
            "The input name is longer than 1023 bytes"
        } else if id.contains(['/', '\\', '?', '#']) {
            "The input name holds one of / \\ ? #"
        } else {
            return Ok(());
        };
        Err(Refusal::new(StatusCode::BAD_REQUEST, problem))
    }

    fn replace_body(&mut self, body: &Value) {
        self.body = body.to_string().into();
        // The engine reads the body that it gets, whatever length was stated.
        self.headers.remove("content-length");
    }

    /// The path of the database or container that this is about. Clients store session tokens by
    /// it.
    fn owner(&self) -> Option<String> {
        let segments: Vec<_> = self.segments().collect();
        let length = match segments.len() {
            0..3 => return None,
            3 | 4 => 2,
            _ => 4,
        };
        Some(segments[..length].join("/"))
    }

    /// Changes the engine's answer into one of Azure.
    pub(super) fn finish(&self, answer: &mut Answer, names: &Names) {
        if let Some(owner) = self.owner().and_then(|owner| owner.parse().ok()) {
            answer.headers.insert("x-ms-alt-content-path", owner);
        }
        if self.is_about_items() {
            if answer.status == StatusCode::NOT_MODIFIED {
                let none = HeaderValue::from_static("0");
                answer.headers.entry("x-ms-item-count").or_insert(none);
            }
            return;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return;
        };
        names.learn(&body);
        // The account's own document.
        if let Some(limits) = body.get_mut("queryEngineConfiguration") {
            *limits = query_limits().to_string().into();
            answer.body = body.to_string().into();
        }
    }
}

/// The limits that an account on Azure reports; some clients do not start without them.
fn query_limits() -> Value {
    json!({
        "maxSqlQueryInputLength": 262_144,
        "maxJoinsPerSqlQuery": 10,
        "maxLogicalAndPerSqlQuery": 2000,
        "maxLogicalOrPerSqlQuery": 2000,
        "maxUdfRefPerSqlQuery": 10,
        "maxInExpressionItemsCount": 16_000,
        "queryMaxGroupByTableCellCount": 500_000,
        "queryMaxInMemorySortDocumentCount": 500,
        "maxQueryRequestTimeoutFraction": 0.9,
        "sqlAllowNonFiniteNumbers": false,
        "sqlAllowAggregateFunctions": true,
        "sqlAllowSubQuery": true,
        "sqlAllowScalarSubQuery": true,
        "allowNewKeywords": true,
        "sqlAllowLike": true,
        "sqlAllowGroupByClause": true,
        "maxSpatialQueryCells": 12,
        "spatialMaxGeometryPointCount": 256,
        "sqlDisableOptimizationFlags": 0,
        "sqlAllowTop": true,
        "enableSpatialIndexing": true,
    })
}

impl Names {
    fn names(&self) -> MutexGuard<'_, HashMap<String, String>> {
        // No code that holds the lock can panic in the middle of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the databases and containers that an answer describes, one or a list.
    fn learn(&self, body: &Value) {
        let lists = ["Databases", "DocumentCollections"];
        let listed = lists.iter().filter_map(|list| body.get(list)?.as_array());
        let described = std::iter::once(body).chain(listed.flatten());
        for resource in described {
            let text = |name: &str| resource.get(name).and_then(Value::as_str);
            if let (Some(rid), Some(id)) = (text("_rid"), text("id")) {
                self.names().insert(rid.to_owned(), id.to_owned());
            }
        }
    }

    /// The path with names instead of the resource ids of database and container.
    fn resolve(&self, path: &str) -> String {
        let names = self.names();
        let segments = path.split('/').enumerate().map(|(place, segment)| {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
            // `/dbs/{database}/colls/{container}/…`
            let name = names
                .get(decoded.as_ref())
                .filter(|_| place == 2 || place == 4);
            name.map_or_else(|| segment.to_owned(), |name| encode(name))
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

fn encode(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, path: &str, body: &str) -> Whole {
        Whole {
            method,
            path: path.into(),
            query: None,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn resource_ids_become_the_names_that_were_told() {
        let names = Names::default();
        names.learn(&json!({"_rid": "", "Databases": [{"_rid": "AAAAAQ==", "id": "dark room"}]}));
        names.learn(&json!({"_rid": "AAAAAYAAAAE=", "id": "images"}));
        assert_eq!(
            names.resolve("/dbs/AAAAAQ==/colls/AAAAAYAAAAE%3D/docs/AAAAAQ=="),
            "/dbs/dark%20room/colls/images/docs/AAAAAQ=="
        );
    }

    #[test]
    fn a_slash_at_the_end_is_left_out() {
        for (path, expected) in [("/dbs/a/", "/dbs/a"), ("/", "/")] {
            let mut request = request(Method::GET, path, "");
            request.prepare(&Names::default()).unwrap();
            assert_eq!(request.path, expected);
        }
    }
}
