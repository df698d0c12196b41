//! Applies the host's rules to a handler's response.

mod text;

use std::borrow::Cow;

use crate::json_net::{Json, JsonError, Object, parse_first};

pub(crate) use text::{BodyError, text};

/// The deepest nesting of values in a response.
const DEPTH: usize = 256;

/// A response that the host accepts. It borrows from the response's body, because renditions are
/// large.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    outputs: Object<'a>,
    return_value: Option<Json<'a>>,
    pub(crate) logs: Vec<Cow<'a, str>>,
}

/// Why a response fails the invocation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error("the body is not the JSON that the host expects: {0}")]
    Json(#[from] JsonError),
    #[error("the body is not the JSON that the host expects: {0}")]
    Shape(&'static str),
}

impl<'a> Answer<'a> {
    /// Reads a body that is not [missing](is_missing).
    pub(crate) fn parse(body: &'a str) -> Result<Self, AnswerError> {
        let Some(Json::Object(fields)) = parse_first(body, DEPTH)? else {
            return Err(AnswerError::Shape("it is not an object"));
        };
        let mut answer = Self {
            outputs: Object::default(),
            return_value: None,
            logs: Vec::new(),
        };
        // The case of the names at the top is ignored; that of the outputs' names is not.
        for (name, value) in fields {
            match name.to_ascii_lowercase().as_str() {
                "outputs" => answer.outputs = outputs(value)?,
                "logs" => answer.logs = logs(value)?,
                "returnvalue" => answer.return_value = Some(value),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// The value for an output binding, which may be null. `$return` is the binding of the return
    /// value.
    pub(crate) fn output(&self, binding: &str) -> Option<&Json<'a>> {
        match binding {
            "$return" => self.return_value.as_ref(),
            _ => self.outputs.get(binding),
        }
    }

    pub(crate) fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|(name, _)| name)
    }
}

fn outputs(value: Json<'_>) -> Result<Object<'_>, AnswerError> {
    match value {
        Json::Object(outputs) => Ok(outputs),
        Json::Null => Ok(Object::default()),
        _ => Err(AnswerError::Shape("Outputs is not an object")),
    }
}

/// The lines as they were sent. Times in them are not rewritten.
fn logs(value: Json<'_>) -> Result<Vec<Cow<'_, str>>, AnswerError> {
    let lines = match value {
        Json::Array(lines) => lines,
        Json::Null => Vec::new(),
        _ => return Err(AnswerError::Shape("Logs is not a list")),
    };
    let lines = lines.into_iter().filter_map(|line| match line {
        Json::Null => None,
        Json::Text(text) | Json::Date(_, text) => Some(Ok(text)),
        Json::Array(_) | Json::Object(_) => Some(Err(AnswerError::Shape(
            "Logs has elements that are not strings",
        ))),
        other => Some(Ok(other.to_text().into())),
    });
    lines.collect()
}

/// Whether a text has no answer: it is empty or `null`, and the host waits until the function
/// time-out.
pub(crate) fn is_missing(body: &str) -> bool {
    matches!(body.trim(), "" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Answer<'_> {
        Answer::parse(body).unwrap()
    }

    fn output(answer: &Answer<'_>, name: &str) -> Option<String> {
        answer.output(name).map(Json::compact)
    }

    #[test]
    fn an_empty_body_and_null_are_no_answer() {
        for body in ["", " \n", "null"] {
            assert!(is_missing(body), "{body:?}");
        }
    }

    #[test]
    fn an_empty_object_is_an_answer() {
        assert!(!is_missing("{}"));
        assert_eq!(parse("{}").output_names().count(), 0);
    }

    #[test]
    fn outputs_are_found_by_their_exact_name() {
        let answer =
            parse(r#"{"outputs":{"thumb":"AA==","gone":null},"LOGS":["a",null],"ReturnValue":5}"#);
        assert_eq!(output(&answer, "thumb").as_deref(), Some(r#""AA==""#));
        assert!(answer.output("Thumb").is_none());
        assert_eq!(output(&answer, "gone").as_deref(), Some("null"));
        assert_eq!(output(&answer, "$return").as_deref(), Some("5"));
        assert_eq!(answer.logs, ["a"]);
    }

    #[test]
    fn parts_may_be_null() {
        let answer = parse(r#"{"Outputs":null,"Logs":null}"#);
        assert_eq!(answer.output_names().count(), 0);
        assert!(answer.logs.is_empty());
    }

    #[test]
    fn lines_stay_as_they_are() {
        let answer = parse(r#"{"Logs":["2026-11-27T10:00:00.000Z",1,true]}"#);
        assert_eq!(answer.logs, ["2026-11-27T10:00:00.000Z", "1", "True"]);
    }

    #[test]
    fn other_json_is_refused() {
        for body in [
            "[]",
            "5",
            "{",
            "hello",
            r#"{"Outputs":[]}"#,
            r#"{"Logs":"a"}"#,
            r#"{"Logs":[{}]}"#,
        ] {
            assert!(Answer::parse(body).is_err(), "{body}");
        }
    }
}
