//! What the uploader says about a file, checked.

use std::collections::{BTreeMap, HashMap};

use contract::{FocusPoint, InvalidFocus, metadata_value, names::blob_metadata};
use serde::Deserialize;
use utoipa::IntoParams;

use super::name;
use crate::{auth::User, error::Error, trace::Trace};

/// The most characters of a title.
pub const MAX_TITLE: usize = 200;
/// The most characters of a description; as many as a field of the record can have.
pub const MAX_DESCRIPTION: usize = 1_000;
/// The most tags of an image.
pub const MAX_TAGS: usize = 16;
/// The most characters of a tag.
pub const MAX_TAG: usize = 40;
/// The most bytes of metadata. Storage accepts 8 KiB with a blob; some of it is reserved for what other parts add.
const MAX_METADATA_BYTES: usize = 7 * 1024;

/// What the user states about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Details {
    /// The file's name, without folders.
    pub filename: String,
    /// A title of at most 200 characters.
    pub title: String,
    /// Tags, separated by commas: at most 16, of at most 40 characters each.
    pub tags: String,
    /// A description of at most 1,000 characters.
    pub description: String,
    /// The point that stays visible in crops, for example `0.3,0.7`: its distance from the left as a share of the
    /// width, and from the top as a share of the height.
    #[param(pattern = r"^((0(\.[0-9]+)?|1),(0(\.[0-9]+)?|1))?$")]
    pub focus: String,
    /// The flow, `blob` or `kafka`. Without it, the first flow of the deployment is used.
    #[param(pattern = "^(blob|kafka)?$")]
    pub flow: Option<String>,
}

impl Details {
    /// Normalises what was typed: blanks, line ends, tags in lower case and each once.
    ///
    /// # Errors
    ///
    /// [`Error::Unprocessable`] names what is too long, or an invalid point.
    pub fn checked(&self) -> Result<Self, Error> {
        let tags = tags(&self.tags);
        if tags.len() > MAX_TAGS {
            return Err(too(format!(
                "There are {} tags, but at most {MAX_TAGS} are allowed.",
                tags.len()
            )));
        }
        if let Some(tag) = tags.iter().find(|tag| tag.chars().count() > MAX_TAG) {
            return Err(too(format!(
                "The tag “{tag}” has more than {MAX_TAG} characters."
            )));
        }
        Ok(Self {
            filename: name::file_name(&self.filename),
            title: within("title", &self.title, MAX_TITLE)?,
            tags: tags.join(", "),
            description: within("description", &self.description, MAX_DESCRIPTION)?,
            focus: focus(&self.focus)?,
            flow: self.flow.clone(),
        })
    }

    /// The user's own fields, as they are in a message.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<&'static str, &str> {
        let fields = [
            ("title", self.title.as_str()),
            ("tags", &self.tags),
            ("description", &self.description),
        ];
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The point that crops keep, if there is one.
    #[must_use]
    pub fn focus(&self) -> Option<&str> {
        Some(self.focus.as_str()).filter(|focus| !focus.is_empty())
    }

    /// The blob's metadata, which the handler writes into the record.
    ///
    /// # Errors
    ///
    /// [`Error::Unprocessable`] if it is more than storage accepts; characters outside ASCII need up to nine bytes
    /// each.
    pub fn metadata(&self, user: &User, trace: &Trace) -> Result<HashMap<String, String>, Error> {
        let traceparent = trace.traceparent();
        let ours = [
            (blob_metadata::FILENAME, self.filename.as_str()),
            (blob_metadata::UPLOADER, &user.id),
            (blob_metadata::TRACEPARENT, &traceparent),
        ];
        let focus = self.focus().map(|focus| (blob_metadata::FOCUS, focus));
        let metadata: HashMap<_, _> = self
            .fields()
            .into_iter()
            .chain(ours)
            .chain(focus)
            .map(|(key, value)| (key.to_owned(), metadata_value::encode(value).into_owned()))
            .collect();
        let bytes: usize = metadata
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if bytes > MAX_METADATA_BYTES {
            return Err(too(
                "The title, tags and description together are too long. Please shorten them."
                    .to_owned(),
            ));
        }
        Ok(metadata)
    }
}

/// The tags in a text, normalised.
#[must_use]
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split([',', ';', '\n']) {
        let tag = tidy(tag).trim_start_matches('#').to_lowercase();
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// A point in the form that the other parts read, or nothing.
fn focus(text: &str) -> Result<String, Error> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let point: FocusPoint = text
        .parse()
        .map_err(|invalid: InvalidFocus| Error::Unprocessable(invalid.to_string()))?;
    Ok(point.to_string())
}

fn within(what: &str, text: &str, most: usize) -> Result<String, Error> {
    let text = tidy(text);
    let count = text.chars().count();
    if count > most {
        return Err(too(format!(
            "The {what} has {count} characters, but at most {most} are allowed."
        )));
    }
    Ok(text)
}

fn too(message: String) -> Error {
    Error::Unprocessable(message)
}

/// One line without control characters and with single blanks.
fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    #[test]
    fn what_was_typed_is_tidied() {
        let details = Details {
            filename: r"C:\photos\beach.jpg".into(),
            title: "  Beach\r\nat noon ".into(),
            tags: "Sea, #sky,, sea ;Été".into(),
            ..Details::default()
        };
        let checked = details.checked().unwrap();
        assert_eq!(checked.filename, "beach.jpg");
        assert_eq!(checked.title, "Beach at noon");
        assert_eq!(checked.tags, "sea, sky, été");
    }

    #[test]
    fn what_is_too_long_is_named() {
        let refused = |details: Details| details.checked().unwrap_err().to_string();
        let many = (0..17).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert!(
            refused(Details {
                tags: many,
                ..Details::default()
            })
            .contains("17 tags")
        );
        let long = "é".repeat(201);
        assert_eq!(
            refused(Details {
                title: long,
                ..Details::default()
            }),
            "The title has 201 characters, but at most 200 are allowed."
        );
    }

    #[test]
    fn a_focus_is_a_point_or_refused() {
        let with = |focus: &str| Details {
            focus: focus.into(),
            ..Details::default()
        };
        let (user, trace) = (User::local(), Trace::of(&HeaderMap::new()));
        let metadata = |focus: &str| {
            with(focus)
                .checked()
                .unwrap()
                .metadata(&user, &trace)
                .unwrap()
        };
        assert_eq!(metadata(" 0.30, 0.7")["focus"], "0.3,0.7");
        assert!(!metadata("").contains_key("focus"));
        assert!(
            with("0.3,7")
                .checked()
                .unwrap_err()
                .to_string()
                .contains("0.3,0.7")
        );
    }

    #[test]
    fn metadata_fits_into_headers() {
        let user = User::local();
        let trace = Trace::of(&HeaderMap::new());
        let details = Details {
            title: "Été".into(),
            ..Details::default()
        };
        let metadata = details.metadata(&user, &trace).unwrap();
        assert_eq!(metadata["title"], "UTF-8''%C3%89t%C3%A9");
        assert_eq!(metadata["uploader"], "local");
        assert!(!metadata.contains_key("tags"));
        let details = Details {
            description: "語".repeat(1000),
            ..Details::default()
        };
        assert!(details.checked().unwrap().metadata(&user, &trace).is_err());
    }
}
