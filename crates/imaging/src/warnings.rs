//! Warnings about an original that do not stop the work: sentences, each once, in a limited number.

use std::fmt;
use std::ops::Deref;

/// The most characters of a warning or of a refusal. A longer sentence is cut, because some sentences quote the file.
pub(crate) const MAX_CHARACTERS: usize = 300;

/// The most distinct warnings. Further ones are counted together.
pub const MAX_WARNINGS: usize = 32;

/// The code and the sentence that stand for all warnings for which there was no room.
const MORE_CODE: &str = "more-warnings";
const MORE: &str = "The file has more warnings than are listed here.";

/// A warning, and how often it was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable kebab-case word to count by, never changed once released.
    pub code: &'static str,
    /// One sentence, of at most 300 characters.
    pub message: String,
    /// How often it was noticed, 1 or more.
    pub count: u32,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The warnings about an original, in the order in which they were first noticed. There are at most [`MAX_WARNINGS`],
/// whatever the file contains, because the record of an original has to fit into a document of the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings(Vec<Warning>);

impl Warnings {
    /// Adds a warning, or counts it once more if it is there already.
    pub(crate) fn push(&mut self, code: &'static str, message: impl Into<String>) {
        let message = truncated(message.into());
        let same = |known: &&mut Warning| known.code == code && known.message == message;
        if let Some(known) = self.0.iter_mut().find(same) {
            known.count = known.count.saturating_add(1);
        } else if self.0.len() + 1 < MAX_WARNINGS {
            self.0.push(Warning {
                code,
                message,
                count: 1,
            });
        } else if code != MORE_CODE {
            self.push_more();
        }
    }

    /// Adds all warnings of another list.
    pub(crate) fn append(&mut self, others: Warnings) {
        for warning in others.0 {
            self.push(warning.code, warning.message);
        }
    }

    fn push_more(&mut self) {
        match self.0.iter_mut().find(|known| known.code == MORE_CODE) {
            Some(more) => more.count = more.count.saturating_add(1),
            None => self.0.push(Warning {
                code: MORE_CODE,
                message: MORE.to_owned(),
                count: 1,
            }),
        }
    }
}

impl Deref for Warnings {
    type Target = [Warning];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A sentence of at most [`MAX_CHARACTERS`].
pub(crate) fn truncated(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAX_CHARACTERS) {
        message.truncate(end);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHARACTERS, MAX_WARNINGS, MORE, Warnings};

    #[test]
    fn the_same_is_counted_and_the_rest_is_bounded() {
        let mut warnings = Warnings::default();
        for number in 0..1000 {
            warnings.push("same", "The same.");
            warnings.push("number", format!("Number {number}."));
        }
        assert_eq!(warnings.len(), MAX_WARNINGS);
        assert_eq!(
            (warnings[0].message.as_str(), warnings[0].count),
            ("The same.", 1000)
        );
        let last = &warnings[MAX_WARNINGS - 1];
        assert_eq!((last.message.as_str(), last.count), (MORE, 970));
    }

    #[test]
    fn long_sentences_are_cut_between_characters() {
        let mut warnings = Warnings::default();
        warnings.push("long", "é".repeat(1000));
        assert_eq!(warnings[0].message.chars().count(), MAX_CHARACTERS);
    }
}
