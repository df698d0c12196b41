//! A problem that did not stop the work.

use serde::{Deserialize, Serialize};

/// The most characters of a warning's sentence. A longer sentence is cut, because some sentences quote the file.
pub const MAX_WARNING_CHARACTERS: usize = 300;

/// The most distinct warnings of a record; see [`Warning::add_to`].
pub const MAX_WARNINGS: usize = 32;

/// The code of the warning that stands for all warnings for which there was no room.
const MORE: &str = "more-warnings";

/// A problem that did not stop the processing, for people and for counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// A stable kebab-case code for counting, for example `exif-broken`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// How often it occurred. Absent if it occurred once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl Warning {
    /// A warning with a stable `code` and a `message` that is a whole sentence, cut to
    /// [`MAX_WARNING_CHARACTERS`].
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_WARNING_CHARACTERS) {
            message.truncate(end);
        }
        Self {
            code: code.to_owned(),
            message,
            count: None,
        }
    }

    /// The same warning, noticed `count` times.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self {
            count: (count > 1).then_some(count),
            ..self
        }
    }

    /// Adds this warning to those of a record. If the same warning is there already, its count goes up. If there are
    /// already [`MAX_WARNINGS`] distinct ones, the count of the last one, `more-warnings`, goes up. A record has to fit
    /// into a document of the database, whatever the original contains.
    ///
    /// ```
    /// use contract::Warning;
    ///
    /// let mut warnings = Vec::new();
    /// Warning::new("iptc-broken", "The IPTC block is broken.").add_to(&mut warnings);
    /// Warning::new("iptc-broken", "The IPTC block is broken.").add_to(&mut warnings);
    /// assert_eq!((warnings.len(), warnings[0].count), (1, Some(2)));
    /// ```
    pub fn add_to(self, warnings: &mut Vec<Self>) {
        let count = self.count.unwrap_or(1);
        let same = |known: &Self| known.code == self.code && known.message == self.message;
        if let Some(known) = warnings.iter_mut().find(|known| same(known)) {
            known.notice(count);
        } else if warnings.len() + 1 < MAX_WARNINGS {
            warnings.push(self);
        } else if let Some(more) = warnings.iter_mut().find(|known| known.code == MORE) {
            more.notice(count);
        } else {
            let message = "There are more warnings than a record holds.";
            warnings.push(Self::new(MORE, message).times(count));
        }
    }

    fn notice(&mut self, times: u32) {
        self.count = Some(self.count.unwrap_or(1).saturating_add(times));
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_WARNING_CHARACTERS, MAX_WARNINGS, MORE, Warning};

    #[test]
    fn a_record_holds_a_bounded_number_of_warnings() {
        let mut warnings = Vec::new();
        for number in 0..100 {
            Warning::new("same", "The same.")
                .times(2)
                .add_to(&mut warnings);
            Warning::new("other", format!("Number {number}.")).add_to(&mut warnings);
        }
        assert_eq!(warnings.len(), MAX_WARNINGS);
        assert_eq!(warnings[0].count, Some(200));
        assert_eq!(warnings[1].count, None);
        let last = &warnings[MAX_WARNINGS - 1];
        assert_eq!((last.code.as_str(), last.count), (MORE, Some(70)));
    }

    #[test]
    fn a_sentence_is_cut_between_characters() {
        let warning = Warning::new("long", "é".repeat(1000));
        assert_eq!(warning.message.chars().count(), MAX_WARNING_CHARACTERS);
    }
}
