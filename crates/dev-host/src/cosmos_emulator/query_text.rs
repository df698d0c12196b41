//! Translates strings in queries from Azure's rules to those of the engine.
//!
//! Azure accepts strings in both kinds of quotes, with the escapes of JSON. The engine accepts only
//! single quotes, doubles a quote inside, and takes text in double quotes for a name, so it would
//! silently find nothing.
//!
//! Source: <https://learn.microsoft.com/cosmos-db/query/constants>.

/// The query with every string in the form that the engine reads. The error is for the sender.
pub(super) fn with_plain_strings(query: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(query.len());
    let mut rest = query;
    while let Some(start) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(start);
        plain.push_str(before);
        let (text, after) = string(quoted)?;
        plain.push('\'');
        plain.push_str(&text.replace('\'', "''"));
        plain.push('\'');
        rest = after;
    }
    plain.push_str(rest);
    Ok(plain)
}

/// The content of the string at the beginning, and what comes after it.
fn string(quoted: &str) -> Result<(String, &str), String> {
    let mut letters = quoted.char_indices();
    let quote = letters.next().map(|(_, quote)| quote);
    let mut text = String::new();
    while let Some((position, letter)) = letters.next() {
        if Some(letter) == quote {
            return Ok((text, &quoted[position + letter.len_utf8()..]));
        }
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next().map(|(_, escaped)| escaped) {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some(escaped @ ('"' | '\'' | '\\' | '/')) => text.push(escaped),
            Some('u') => {
                let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                let letter = u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32);
                text.push(letter.ok_or_else(|| format!("\\u{digits} is not a letter on its own"))?);
            }
            other => {
                return Err(format!(
                    "a string holds the unknown escape \\{}",
                    other.unwrap_or(' ')
                ));
            }
        }
    }
    Err("a string has no end".into())
}

/// Whether the query uses something that the engine silently answers wrongly: `ARRAY_CONTAINS` with
/// a part of an object.
pub(super) fn is_beyond_the_engine(plain_query: &str) -> bool {
    let upper = plain_query.to_ascii_uppercase();
    upper
        .split("ARRAY_CONTAINS")
        .skip(1)
        .any(|call| arguments(call).is_some_and(|arguments| arguments.contains('{')))
}

/// The text between the parentheses at the beginning.
fn arguments(call: &str) -> Option<&str> {
    let call = call.trim_start().strip_prefix('(')?;
    let mut depth = 1;
    let mut in_string = false;
    for (position, letter) in call.char_indices() {
        match letter {
            '\'' => in_string = !in_string,
            '(' if !in_string => depth += 1,
            ')' if !in_string => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&call[..position]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_made_plain() {
        for (query, plain) in [
            (
                r#"SELECT * FROM c WHERE c.name = "Ana""#,
                "SELECT * FROM c WHERE c.name = 'Ana'",
            ),
            (r#"c["a\"b"] = "it's""#, "c['a\"b'] = 'it''s'"),
            (
                r"c.a = 'It\'s' AND c.b = 'x'",
                "c.a = 'It''s' AND c.b = 'x'",
            ),
            (r#"c.a = "\\ \u00e9 é""#, r"c.a = '\ é é'"),
            ("c.a = '\"'", "c.a = '\"'"),
            ("c.a = ''", "c.a = ''"),
        ] {
            assert_eq!(with_plain_strings(query).as_deref(), Ok(plain));
        }
    }

    #[test]
    fn what_is_no_string_is_refused() {
        for query in [r#"c.a = "x"#, r"c.a = '\x'", r#"c.a = "\ud83d""#, "'"] {
            assert!(with_plain_strings(query).is_err(), "{query}");
        }
    }

    #[test]
    fn parts_of_objects_are_beyond_the_engine() {
        assert!(is_beyond_the_engine(
            "WHERE array_contains(c.tags, {'k': 'v'}, true)"
        ));
        assert!(!is_beyond_the_engine(
            "WHERE ARRAY_CONTAINS(c.tags, 'a') AND c.b = {'k': 1}"
        ));
        assert!(!is_beyond_the_engine("WHERE ARRAY_CONTAINS(c.tags, ')')"));
    }
}
