//! The path of an HTTP trigger: `images/{name}/{size?}`, `files/{*path}`.

use std::fmt;

use crate::expressions::BindingData;

/// A path with parameters. The case of literal parts is ignored, as in ASP.NET.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route(Vec<Segment>);

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    /// It may be missing if nothing follows.
    Optional(String),
    /// The whole rest of the path.
    Rest(String),
}

impl Route {
    pub(super) fn parse(prefix: &str, path: &str) -> Result<Self, String> {
        let path = format!("{prefix}/{path}");
        let mut segments = Vec::new();
        for text in path.split('/').filter(|text| !text.is_empty()) {
            if matches!(
                segments.last(),
                Some(Segment::Rest(_) | Segment::Optional(_))
            ) {
                return Err(format!(
                    "route {path}: nothing can follow a {{*parameter}} or a {{parameter?}}"
                ));
            }
            segments.push(Segment::parse(text).ok_or_else(|| {
                format!(
                    "route {path}: this host supports words, {{parameters}} and at the end a \
                     {{parameter?}} or a {{*parameter}}, but not {text}"
                )
            })?);
        }
        Ok(Self(segments))
    }

    /// The values of the parameters, or `None` for a path of another route.
    pub(super) fn matches(&self, path: &str) -> Option<BindingData> {
        let mut values = BindingData::new();
        let mut rest = path.trim_matches('/');
        for segment in &self.0 {
            let (first, others) = rest.split_once('/').unwrap_or((rest, ""));
            match segment {
                Segment::Literal(text) if text.eq_ignore_ascii_case(first) => {}
                Segment::Parameter(name) if !first.is_empty() => {
                    values.insert(name.clone(), decode(first).into());
                }
                Segment::Optional(name) => {
                    let value = (!first.is_empty()).then(|| decode(first));
                    values.insert(name.clone(), value.into());
                }
                Segment::Rest(name) => {
                    values.insert(name.clone(), decode(rest).into());
                    return Some(values);
                }
                Segment::Literal(_) | Segment::Parameter(_) => return None,
            }
            rest = others;
        }
        rest.is_empty().then_some(values)
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let is_word = |word: &str| !word.is_empty() && !word.contains(['{', '}', ':', '?', '*']);
        let Some(parameter) = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        else {
            return is_word(text).then(|| Self::Literal(text.to_owned()));
        };
        let (name, kind): (_, fn(String) -> Self) = if let Some(name) = parameter.strip_prefix('*')
        {
            (name, Self::Rest)
        } else if let Some(name) = parameter.strip_suffix('?') {
            (name, Self::Optional)
        } else {
            (parameter, Self::Parameter)
        };
        is_word(name).then(|| kind(name.to_owned()))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Literal(text) => write!(formatter, "/{text}")?,
                Segment::Parameter(name) => write!(formatter, "/{{{name}}}")?,
                Segment::Optional(name) => write!(formatter, "/{{{name}?}}")?,
                Segment::Rest(name) => write!(formatter, "/{{*{name}}}")?,
            }
        }
        Ok(())
    }
}

/// Undoes percent encoding, except for a slash, which would look like one of the path's own. Bytes
/// that are not UTF-8 become replacement characters.
fn decode(text: &str) -> String {
    let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let mut decoded = String::new();
    let mut rest = text;
    while let Some(slash) = ["%2F", "%2f"]
        .iter()
        .filter_map(|slash| rest.find(slash))
        .min()
    {
        let (before, after) = rest.split_at(slash);
        let (slash, after) = after.split_at("%2F".len());
        decoded += &decode(before);
        decoded += slash;
        rest = after;
    }
    decoded + &decode(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn values(route: &str, path: &str) -> Option<String> {
        let route = Route::parse("api", route).unwrap();
        route
            .matches(path)
            .map(|values| Value::Object(values).to_string())
    }

    #[test]
    fn words_are_compared_without_case() {
        assert_eq!(
            values("ProcessSink", "/API/processsink/").as_deref(),
            Some("{}")
        );
        for path in [
            "/api",
            "/api/ProcessSink/more",
            "/ProcessSink",
            "/api/Other",
        ] {
            assert_eq!(values("ProcessSink", path), None, "{path}");
        }
    }

    #[test]
    fn parameters_have_the_decoded_values() {
        assert_eq!(
            values("images/{name}", "/api/images/a%20b").as_deref(),
            Some(r#"{"name":"a b"}"#)
        );
        assert_eq!(
            values("images/{name}", "/api/images/a%20b%2Fc%2f%C3%A9").as_deref(),
            Some(r#"{"name":"a b%2Fc%2fé"}"#)
        );
        assert_eq!(values("images/{name}", "/api/images/"), None);
        assert_eq!(
            values("files/{*path}", "/api/files/a/b").as_deref(),
            Some(r#"{"path":"a/b"}"#)
        );
    }

    #[test]
    fn an_optional_parameter_may_be_missing() {
        let route = "images/{name}/{size?}";
        assert_eq!(
            values(route, "/api/images/a/5").as_deref(),
            Some(r#"{"name":"a","size":"5"}"#)
        );
        assert_eq!(
            values(route, "/api/images/a").as_deref(),
            Some(r#"{"name":"a","size":null}"#)
        );
        assert_eq!(values(route, "/api/images/a/5/6"), None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for route in [
            "{id:int}",
            "{id?}/more",
            "{*rest}/more",
            "a{b}",
            "{}",
            "{?}",
        ] {
            assert!(Route::parse("api", route).is_err(), "{route}");
        }
    }

    #[test]
    fn an_empty_prefix_is_none() {
        let route = Route::parse("", "{name}").unwrap();
        assert_eq!(route.to_string(), "/{name}");
    }
}
