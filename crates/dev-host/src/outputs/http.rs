//! The http output: the response to the caller of a function.

use super::WriteError;
use crate::json_net::{DEFAULT_DEPTH, Json, Object, parse};

const OK: i32 = 200;

/// A response as the handler described it; not all of it may be sendable.
#[derive(Debug, PartialEq)]
pub(crate) struct HttpOutput {
    pub(crate) status: i32,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

impl HttpOutput {
    /// Reads the output of a binding. Any value is allowed for `$return`; for any other name it has
    /// to be an object.
    pub(crate) fn read(binding: &str, value: Option<&Json<'_>>) -> Result<Self, WriteError> {
        match (binding, value) {
            ("$return", None | Some(Json::Null)) => Ok(Self::body(None)),
            ("$return", Some(value)) => Self::returned(value),
            (_, None) => Ok(Self::body(Some("{}".into()))),
            (_, Some(value)) => Self::named(value),
        }
    }

    fn body(body: Option<String>) -> Self {
        Self {
            status: OK,
            headers: Vec::new(),
            body,
        }
    }

    /// The host turns the value into text and parses that again, so a string that contains the
    /// object works, too.
    fn named(value: &Json<'_>) -> Result<Self, WriteError> {
        let text = value.to_text();
        match parse(&text, DEFAULT_DEPTH) {
            Ok(Some(Json::Object(fields))) => {
                Self::described(&fields, fields.get_ignoring_case("body"))
            }
            _ => Err(WriteError::Value(
                "it must be an object with statusCode, headers and body".into(),
            )),
        }
    }

    /// Without a body, the value is the body.
    fn returned(value: &Json<'_>) -> Result<Self, WriteError> {
        if let Json::Object(fields) = value
            && let Some(body) = fields.get_ignoring_case("body")
        {
            return Self::described(fields, Some(body));
        }
        Ok(Self::body(Some(value.to_text())))
    }

    fn described(fields: &Object<'_>, body: Option<&Json<'_>>) -> Result<Self, WriteError> {
        let status = match fields.get_ignoring_case("statusCode") {
            Some(Json::Array(_) | Json::Object(_)) => {
                return Err(WriteError::Value("statusCode must be a number".into()));
            }
            // A value that is not a number counts as no status.
            Some(status) => status.to_text().trim().parse().unwrap_or(OK),
            None => OK,
        };
        let headers = match fields.get_ignoring_case("headers") {
            Some(Json::Object(headers)) => headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_text()))
                .collect(),
            None | Some(Json::Null) => Vec::new(),
            Some(_) => return Err(WriteError::Value("headers must be an object".into())),
        };
        let body = body.filter(|body| !body.is_null()).map(Json::to_text);
        Ok(Self {
            status,
            headers,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(binding: &str, json: &str) -> Result<HttpOutput, WriteError> {
        let value = parse(json, DEFAULT_DEPTH).unwrap();
        HttpOutput::read(binding, value.as_ref())
    }

    #[track_caller]
    fn assert_read(binding: &str, json: &str, status: i32, body: Option<&str>) {
        let output = read(binding, json).unwrap();
        assert_eq!(
            (output.status, output.body.as_deref()),
            (status, body),
            "{json}"
        );
    }

    #[test]
    fn the_status_is_a_number_or_a_string() {
        assert_read("res", r#"{"statusCode":201,"body":"x"}"#, 201, Some("x"));
        assert_read("res", r#"{"StatusCode":"404","body":"x"}"#, 404, Some("x"));
        assert_read("res", r#"{"status":404,"body":"x"}"#, 200, Some("x"));
        assert_read("res", r#"{"statusCode":"soon"}"#, 200, None);
    }

    #[test]
    fn every_body_is_text() {
        for (body, expected) in [
            ("5", Some("5")),
            (r#"{"a":1}"#, Some("{\n  \"a\": 1\n}")),
            (r#""test""#, Some("test")),
            (r#""2026-11-27T10:00:00.000Z""#, Some("11/27/2026 10:00:00")),
            ("null", None),
        ] {
            assert_read("res", &format!("{{\"body\":{body}}}"), 200, expected);
        }
    }

    #[test]
    fn no_output_is_an_empty_object_and_no_return_value_an_empty_body() {
        let body = |name| HttpOutput::read(name, None).unwrap().body;
        assert_eq!(body("res").as_deref(), Some("{}"));
        assert_eq!(body("$return"), None);
    }

    #[test]
    fn an_output_must_be_an_object() {
        for json in ["null", "5", r#""just text""#, "[]", r#"{"headers":[]}"#] {
            assert!(read("res", json).is_err(), "{json}");
        }
        assert_read("res", r#""{\"body\":\"x\"}""#, 200, Some("x"));
    }

    #[test]
    fn a_return_value_may_be_anything() {
        assert_read(
            "$return",
            r#"{"statusCode":202,"body":"x"}"#,
            202,
            Some("x"),
        );
        assert_read("$return", r#""text""#, 200, Some("text"));
        assert_read("$return", r#"{"a":1}"#, 200, Some("{\n  \"a\": 1\n}"));
    }
}
