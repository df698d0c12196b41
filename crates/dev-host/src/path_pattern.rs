//! The path of a blob trigger: `uploads/{name}`, `uploads/{name}.{extension}`.

use serde_json::Value;

use crate::expressions::{BindingData, ExpressionError, Part, Template};

/// A container and the pattern for the names of its blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathPattern {
    pub(crate) container: String,
    /// `None` matches every blob, like a path without a blob name.
    blob: Option<Template>,
}

impl PathPattern {
    /// Splits a path at its first slash. The caller handles an empty container.
    pub(crate) fn parse(path: &str) -> Result<Self, ExpressionError> {
        let (container, blob) = match path.split_once('/') {
            Some((container, blob)) => (container, Some(Template::parse(blob)?)),
            None => (path, None),
        };
        Ok(Self {
            container: container.to_owned(),
            blob,
        })
    }

    /// The values of the placeholders, or `None` if the pattern does not match the blob.
    ///
    /// A placeholder takes as much as it can, from left to right, as the host's regular expression
    /// does: `{name}.{extension}` splits `a.b.png` into `a.b` and `png`.
    pub(crate) fn matches(&self, blob: &str) -> Option<BindingData> {
        let mut found = Vec::new();
        match &self.blob {
            None => {}
            Some(template) if captures(template.parts(), blob, &mut found) => {}
            Some(_) => return None,
        }
        Some(
            found
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect(),
        )
    }
}

fn captures<'a>(parts: &'a [Part], text: &'a str, found: &mut Vec<(&'a str, &'a str)>) -> bool {
    match parts {
        [] => text.is_empty(),
        [Part::Literal(literal), rest @ ..] => text
            .strip_prefix(literal.as_str())
            .is_some_and(|text| captures(rest, text, found)),
        [Part::Expression(name), rest @ ..] => {
            let ends = (0..=text.len())
                .rev()
                .filter(|end| text.is_char_boundary(*end));
            for end in ends {
                let (value, remainder) = text.split_at(end);
                // Like the dot in the host's regular expression, it matches no line break.
                if value.contains('\n') {
                    continue;
                }
                found.push((name, value));
                if captures(rest, remainder, found) {
                    return true;
                }
                found.pop();
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pattern: &str, blob: &str) -> Option<String> {
        PathPattern::parse(pattern)
            .unwrap()
            .matches(blob)
            .map(|data| Value::Object(data).to_string())
    }

    #[test]
    fn a_placeholder_takes_the_whole_name_with_its_folders() {
        assert_eq!(
            values("uploads/{name}", "2026/a b%#+😀.jpg").as_deref(),
            Some(r#"{"name":"2026/a b%#+😀.jpg"}"#)
        );
    }

    #[test]
    fn placeholders_are_greedy_from_left_to_right() {
        assert_eq!(
            values("uploads/{name}.{extension}", "a.b.png").as_deref(),
            Some(r#"{"extension":"png","name":"a.b"}"#)
        );
    }

    #[test]
    fn literals_must_fit() {
        assert_eq!(values("uploads/raw-{name}.png", "raw-a.jpg"), None);
        assert_eq!(values("uploads/{name}.png", "a.png/b"), None);
        assert_eq!(
            values("uploads/raw-{name}.png", "raw-.png").as_deref(),
            Some(r#"{"name":""}"#)
        );
    }

    #[test]
    fn a_placeholder_takes_no_line_break() {
        assert_eq!(values("uploads/{name}", "a\nb.png"), None);
    }

    #[test]
    fn a_container_alone_lets_every_blob_through() {
        assert_eq!(values("uploads", "anything").as_deref(), Some("{}"));
    }
}
