//! Scans the text: blanks, comments, names, strings and numbers.

use std::borrow::Cow;

use super::reader::JsonError;

/// A text and the position of the scanner.
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    /// The next character after blanks and comments, which is not consumed.
    pub(super) fn peek(&mut self) -> Result<Option<char>, JsonError> {
        loop {
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            let end = if rest.starts_with("/*") {
                rest.find("*/").map(|end| end + 2)
            } else if rest.starts_with("//") {
                Some(rest.find('\n').unwrap_or(rest.len()))
            } else {
                return Ok(rest.chars().next());
            };
            self.position += end.ok_or_else(|| self.error("a comment has no end"))?;
        }
    }

    /// Takes the next character after blanks and comments if it is this one.
    pub(super) fn take(&mut self, wanted: char) -> Result<bool, JsonError> {
        let found = self.peek()? == Some(wanted);
        if found {
            self.position += wanted.len_utf8();
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, wanted: char) -> Result<(), JsonError> {
        if self.take(wanted)? {
            return Ok(());
        }
        Err(self.error(&format!("{wanted} is missing")))
    }

    /// A word or a number: everything up to a blank or a symbol of JSON.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_part = |letter: char| {
            letter.is_alphanumeric() || matches!(letter, '+' | '-' | '.' | '_' | '$')
        };
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        self.position += end;
        &rest[..end]
    }

    /// A string. Its first quote is the next character.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let unended = "a string has no end";
        let mut letters = self.rest().chars();
        let quote = letters.next().ok_or_else(|| self.error(unended))?;
        self.position += quote.len_utf8();
        let rest = self.rest();
        let end = rest
            .find([quote, '\\'])
            .ok_or_else(|| self.error(unended))?;
        self.position += end;
        if self.rest().starts_with(quote) {
            self.position += quote.len_utf8();
            return Ok(Cow::Borrowed(&rest[..end]));
        }
        let mut text = rest[..end].to_owned();
        loop {
            let rest = self.rest();
            let end = rest
                .find([quote, '\\'])
                .ok_or_else(|| self.error(unended))?;
            text.push_str(&rest[..end]);
            self.position += end + 1;
            if rest[end..].starts_with(quote) {
                return Ok(Cow::Owned(text));
            }
            text.push(self.escape()?);
        }
    }

    /// The meaning of an escape, whose backslash has been read.
    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.rest().chars().next();
        let letter = letter.ok_or_else(|| self.error("a string has no end"))?;
        self.position += letter.len_utf8();
        Ok(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' | '\'' | '\\' | '/' => letter,
            'u' => {
                let first = self.unit()?;
                self.character(first)?
            }
            _ => {
                return Err(
                    self.error("a backslash stands before a letter that it does not go with")
                );
            }
        })
    }

    /// The character of one UTF-16 unit or of two. Half a pair alone becomes U+FFFD, as .NET writes
    /// it in UTF-8.
    fn character(&mut self, first: u16) -> Result<char, JsonError> {
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.position;
            self.position += 2;
            let second = self.unit()?;
            if (0xDC00..0xE000).contains(&second) {
                units.push(second);
            } else {
                self.position = before;
            }
        }
        let character = char::decode_utf16(units).next();
        Ok(character
            .and_then(Result::ok)
            .unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads four hexadecimal digits.
    fn unit(&mut self) -> Result<u16, JsonError> {
        let digits = self.rest().get(..4);
        let unit = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("\\u is not followed by four hexadecimal digits"))?;
        self.position += 4;
        Ok(unit)
    }

    pub(super) fn error(&self, problem: &str) -> JsonError {
        JsonError::new(problem, self.position)
    }
}
