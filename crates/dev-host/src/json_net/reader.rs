//! Parses text to values.

use super::{Date, Json, Object, number, scanner::Scanner};

/// Why a text is not a value.
#[derive(Debug, thiserror::Error)]
#[error("{problem}, at byte {position}")]
pub(crate) struct JsonError {
    problem: String,
    position: usize,
}

impl JsonError {
    pub(super) fn new(problem: &str, position: usize) -> Self {
        Self {
            problem: problem.to_owned(),
            position,
        }
    }
}

/// Parses a text with one value and nothing else. `None` means an empty text.
pub(crate) fn parse(text: &str, depth: usize) -> Result<Option<Json<'_>>, JsonError> {
    let mut scanner = Scanner::new(text);
    let value = first(&mut scanner, depth)?;
    match scanner.peek()? {
        None => Ok(value),
        Some(_) => Err(scanner.error("there is more behind the end")),
    }
}

/// Parses the value at the beginning of a text. The rest does not matter.
pub(crate) fn parse_first(text: &str, depth: usize) -> Result<Option<Json<'_>>, JsonError> {
    first(&mut Scanner::new(text), depth)
}

fn first<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Option<Json<'a>>, JsonError> {
    match scanner.peek()? {
        None => Ok(None),
        Some(_) => value(scanner, depth).map(Some),
    }
}

/// Parses a value. `depth` is how many more levels are allowed.
fn value<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Json<'a>, JsonError> {
    match scanner.peek()? {
        Some('{' | '[') if depth == 0 => Err(scanner.error("the values lie too deep")),
        Some('{') => object(scanner, depth - 1).map(Json::Object),
        Some('[') => array(scanner, depth - 1).map(Json::Array),
        Some('"' | '\'') => {
            let text = scanner.string()?;
            Ok(match Date::parse(&text) {
                Some(date) => Json::Date(date, text),
                None => Json::Text(text),
            })
        }
        _ => literal(scanner),
    }
}

fn literal<'a>(scanner: &mut Scanner<'a>) -> Result<Json<'a>, JsonError> {
    match scanner.word() {
        "null" | "undefined" => Ok(Json::Null),
        "true" => Ok(Json::Bool(true)),
        "false" => Ok(Json::Bool(false)),
        word => number::parse(word).ok_or_else(|| scanner.error("there is no value")),
    }
}

fn object<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Object<'a>, JsonError> {
    let mut object = Object::default();
    scanner.expect('{')?;
    // A comma may follow the last field.
    while !scanner.take('}')? {
        let name = match scanner.peek()? {
            Some('"' | '\'') => scanner.string()?,
            _ => scanner.word().into(),
        };
        scanner.expect(':')?;
        object.insert(name, value(scanner, depth)?);
        if !scanner.take(',')? {
            scanner.expect('}')?;
            break;
        }
    }
    Ok(object)
}

fn array<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Vec<Json<'a>>, JsonError> {
    let mut values = Vec::new();
    scanner.expect('[')?;
    while !scanner.take(']')? {
        values.push(value(scanner, depth)?);
        if !scanner.take(',')? {
            scanner.expect(']')?;
            break;
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{super::DEFAULT_DEPTH, *};

    #[track_caller]
    fn assert_read(text: &str, compact: &str) {
        let value = parse(text, DEFAULT_DEPTH).unwrap().unwrap();
        assert_eq!(value.compact(), compact, "{text}");
    }

    #[test]
    fn more_than_json_is_read() {
        assert_read(r#"{"a":{"b":"x",},/*c*/}"#, r#"{"a":{"b":"x"}}"#);
        assert_read(
            "{'a': 'it\\'s', // why\n b: [1, 2,]}",
            r#"{"a":"it's","b":[1,2]}"#,
        );
        assert_read("[null, undefined, true, false]", "[null,null,true,false]");
    }

    #[test]
    fn escapes_are_undone() {
        assert_read(r#""a\n\u00e9\ud83d\ude42\/""#, "\"a\\né🙂/\"");
    }

    #[test]
    fn half_a_pair_is_replaced() {
        assert_read(
            r#"["\ud800","\ud800\u0041","\udc00x"]"#,
            "[\"\u{fffd}\",\"\u{fffd}A\",\"\u{fffd}x\"]",
        );
    }

    #[test]
    fn of_equal_names_the_last_counts() {
        assert_read(r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "{",
            "[1",
            "\"a",
            "hello",
            "{\"a\" 1}",
            "[1] 2",
            "\"\\x\"",
            "01",
            "/* x",
        ] {
            assert!(parse(text, DEFAULT_DEPTH).is_err(), "{text}");
        }
        assert!(parse(" \n", DEFAULT_DEPTH).unwrap().is_none());
    }

    #[test]
    fn what_follows_does_not_matter_to_some() {
        let value = parse_first("{} more", DEFAULT_DEPTH).unwrap().unwrap();
        assert_eq!(value.compact(), "{}");
    }

    #[test]
    fn the_depth_has_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(parse(&nested(64), 64).unwrap().unwrap().depth(), 64);
        assert!(parse(&nested(65), 64).is_err());
    }
}
