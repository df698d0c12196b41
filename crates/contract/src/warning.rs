//! Something noticed that did not stop the work.

use serde::{Deserialize, Serialize};

/// Something noticed that did not stop the work, for people and for counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// A stable kebab-case word to count by, for example `exif-broken`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// How often it was noticed; absent for once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl Warning {
    /// A warning with a stable `code` and a `message` that is a whole sentence.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            count: None,
        }
    }
}
