//! Which records a listing selects.

use std::fmt::Write as _;

use azure_data_cosmos::Query;
use contract::{Likeness, Status};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::similar::Sought;
use crate::{auth::User, error::Error};

/// The fields that a tile shows. The rest of the record is left out of the answer.
const TILE: &str = "SELECT c.id, c.status, c.error, c.source, c.file, c.image, c.renditions, c.user, \
     c.createdAt, {\"thumbhash\": c.derived.thumbhash} AS derived FROM c";

/// The parts of a likeness, and the names of their parameters.
const BANDS: [(&str, &str); Likeness::BANDS] = [
    ("c.derived.likenessBand1", "one"),
    ("c.derived.likenessBand2", "two"),
    ("c.derived.likenessBand3", "three"),
    ("c.derived.likenessBand4", "four"),
];

/// The fields that words are searched in, ignoring case. Each has an index.
const SEARCHED: [&str; 7] = [
    "c.user.title",
    "c.user.description",
    "c.user.tags",
    "c.file.name",
    "c.descriptive.title",
    "c.exif.make",
    "c.exif.model",
];

/// Which records are selected. An absent field does not restrict them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Their uploader; `None` only for users who may see everybody's images.
    uploader: Option<String>,
    /// Words that must all occur in the searched fields.
    pub words: Vec<String>,
    /// Their status.
    pub status: Option<Status>,
    /// Their format, for example `jpeg`.
    pub format: Option<String>,
    /// One of their tags.
    pub tag: Option<String>,
    /// The first day, in UTC.
    pub from: Option<Date>,
    /// The last day, in UTC.
    pub to: Option<Date>,
}

impl Filter {
    /// Everything that the user may see.
    #[must_use]
    pub fn visible_to(user: &User) -> Self {
        Self {
            uploader: (!user.admin).then(|| user.id.clone()),
            ..Self::default()
        }
    }

    /// The images that the user has uploaded, even if the user may see those of others.
    pub(super) fn own(user: &User) -> Self {
        Self {
            uploader: Some(user.id.clone()),
            ..Self::default()
        }
    }

    /// The same filter with nothing but what the user may see.
    fn visible(&self) -> Self {
        Self {
            uploader: self.uploader.clone(),
            ..Self::default()
        }
    }

    /// Records as tiles show them, the newest first.
    pub(super) fn listing(&self) -> Result<Query, Error> {
        let (conditions, parameters) = self.conditions();
        let text = format!("{TILE}{conditions}{}", self.newest_first());
        query(text, parameters)
    }

    /// The visible records with one of these ids, as tiles show them.
    pub(super) fn these(&self, ids: &[&str]) -> Result<Query, Error> {
        let (mut conditions, mut parameters) = self.visible().conditions();
        let is_one = one_of("c.id", "id", ids, &mut parameters);
        add(&mut conditions, format_args!("{is_one}"));
        query(format!("{TILE}{conditions}"), parameters)
    }

    /// The likenesses of all visible records that share a part with the sought one.
    pub(super) fn candidates(&self, sought: &Sought) -> Result<Query, Error> {
        let (mut conditions, mut parameters) = self.visible().conditions();
        let mut bands = Vec::new();
        for ((path, name), values) in BANDS.iter().zip(&sought.bands()) {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            bands.push(one_of(path, name, &values, &mut parameters));
        }
        add(&mut conditions, format_args!("({})", bands.join(" OR ")));
        let text = format!(
            "SELECT c.id, c.derived.likeness, c.derived.averageColour AS colour FROM c{conditions}"
        );
        query(text, parameters)
    }

    /// The ids of all visible records about the bytes with these SHA-256.
    pub(super) fn copies(&self, hashes: &[&str]) -> Result<Query, Error> {
        let (mut conditions, mut parameters) = self.visible().conditions();
        let is_one = one_of("c.file.sha256", "hash", hashes, &mut parameters);
        add(&mut conditions, format_args!("{is_one}"));
        let text = format!("SELECT c.id, c.file.sha256 AS sha256 FROM c{conditions}");
        query(text, parameters)
    }

    /// The ids of the selected records about the bytes with these SHA-256.
    pub(super) fn with_bytes(&self, hashes: &[&str]) -> Result<Query, Error> {
        let (mut conditions, mut parameters) = self.conditions();
        let is_one = one_of("c.file.sha256", "hash", hashes, &mut parameters);
        add(&mut conditions, format_args!("{is_one}"));
        let text = format!("SELECT c.id, c.file.sha256 AS sha256, c.createdAt FROM c{conditions}");
        query(text, parameters)
    }

    /// The ids of the selected records, and the bytes of originals and renditions.
    pub(super) fn sizes(&self) -> Result<Query, Error> {
        let (conditions, parameters) = self.conditions();
        let text = format!("SELECT c.id, c.file.bytes AS bytes, c.renditions FROM c{conditions}");
        query(text, parameters)
    }

    /// Whose records are selected; `None` for everybody's.
    #[must_use]
    pub fn uploader(&self) -> Option<&str> {
        self.uploader.as_deref()
    }

    /// The columns for the insights, the newest first.
    pub(super) fn figures(&self) -> Result<Query, Error> {
        let (conditions, parameters) = self.conditions();
        let text = format!(
            "SELECT c.createdAt AS at, c.status, c.error.code, c.image.format, \
             c.file.bytes AS bytes, c.renditions, c.source.uploader, \
             c.processing.milliseconds FROM c{conditions}{}",
            self.newest_first()
        );
        query(text, parameters)
    }

    /// The order of a query. The composite index of a container serves a query only if the path in
    /// the filter is one of those in the order. All records of one person have the same uploader,
    /// so sorting by it changes nothing.
    fn newest_first(&self) -> &'static str {
        match self.uploader {
            Some(_) => " ORDER BY c.source.uploader, c.createdAt DESC",
            None => " ORDER BY c.createdAt DESC",
        }
    }

    fn conditions(&self) -> (String, Vec<(String, Value)>) {
        let mut text = String::new();
        let mut parameters = Vec::new();
        let mut equal = |path: &str, name: &str, value: Option<Value>| {
            if let Some(value) = value {
                add(&mut text, format_args!("{path} = {name}"));
                parameters.push((name.to_owned(), value));
            }
        };
        equal(
            "c.source.uploader",
            "@uploader",
            self.uploader.as_ref().map(|id| json!(id)),
        );
        equal(
            "c.status",
            "@status",
            self.status.map(|status| json!(status)),
        );
        equal(
            "c.image.format",
            "@format",
            self.format.as_ref().map(|format| json!(format)),
        );
        if self.status.is_none() {
            // Tombstones are records of deleted images.
            add(&mut text, format_args!("c.status != 'deleted'"));
        }
        if let Some(tag) = &self.tag {
            // Tags are stored in one field, separated by `, ` and in lower case.
            let condition = "CONTAINS(CONCAT(', ', c.user.tags, ', '), @tag)";
            add(&mut text, format_args!("{condition}"));
            parameters.push(("@tag".to_owned(), json!(format!(", {tag}, "))));
        }
        for (at, word) in self.words.iter().enumerate() {
            let name = format!("@word{at}");
            let mut places = SEARCHED
                .map(|path| format!("CONTAINS({path}, {name}, true)"))
                .to_vec();
            // Keywords of a file are stored in a list, in which the database finds only whole ones.
            places.push(format!("ARRAY_CONTAINS(c.descriptive.keywords, {name})"));
            add(&mut text, format_args!("({})", places.join(" OR ")));
            parameters.push((name, json!(word)));
        }
        if let Some(from) = self.from.and_then(beginning) {
            add(&mut text, format_args!("c.createdAt >= @from"));
            parameters.push(("@from".to_owned(), json!(from)));
        }
        let after = self.to.and_then(|to| to.checked_add(1.day()).ok());
        if let Some(before) = after.and_then(beginning) {
            add(&mut text, format_args!("c.createdAt < @before"));
            parameters.push(("@before".to_owned(), json!(before)));
        }
        (text, parameters)
    }
}

/// A condition that a path has one of these values. Each value becomes a parameter.
fn one_of(
    path: &str,
    name: &str,
    values: &[&str],
    parameters: &mut Vec<(String, Value)>,
) -> String {
    let names: Vec<String> = (0..values.len()).map(|at| format!("@{name}{at}")).collect();
    let condition = format!("{path} IN ({})", names.join(", "));
    parameters.extend(
        names
            .into_iter()
            .zip(values.iter().map(|value| json!(value))),
    );
    condition
}

fn add(conditions: &mut String, condition: std::fmt::Arguments<'_>) {
    let word = if conditions.is_empty() {
        "WHERE"
    } else {
        "AND"
    };
    // Writing to a String cannot fail.
    let _ = write!(conditions, " {word} {condition}");
}

/// The beginning of a day, written as records write times, so that they compare as text.
fn beginning(day: Date) -> Option<String> {
    let midnight = day.to_zoned(TimeZone::UTC).ok()?;
    Some(format!("{:.9}", midnight.timestamp()))
}

fn query(text: String, parameters: Vec<(String, Value)>) -> Result<Query, Error> {
    parameters
        .into_iter()
        .try_fold(Query::from(text), |query, (name, value)| {
            query.with_parameter(name, value)
        })
        .map_err(|error| Error::internal(&error))
}

#[cfg(test)]
mod tests {
    use contract::Derived;

    use super::*;

    fn user(admin: bool) -> User {
        User {
            id: "aad:1".to_owned(),
            name: String::new(),
            admin,
        }
    }

    fn sought() -> Sought {
        let derived = Derived {
            likeness: Some(Likeness(1).to_string()),
            ..Derived::default()
        };
        Sought::of(&derived).unwrap()
    }

    fn written(query: &Query) -> Value {
        serde_json::to_value(query).unwrap()
    }

    #[test]
    fn nothing_is_listed_without_its_owner() {
        for query in [
            Filter::visible_to(&user(false)).listing().unwrap(),
            Filter::visible_to(&user(false)).copies(&["00"]).unwrap(),
            Filter::visible_to(&user(false)).figures().unwrap(),
            Filter::own(&user(true)).sizes().unwrap(),
            Filter::own(&user(true)).with_bytes(&["00"]).unwrap(),
            Filter::visible_to(&user(false)).these(&["a"]).unwrap(),
            Filter::visible_to(&user(false))
                .candidates(&sought())
                .unwrap(),
        ] {
            let json = written(&query);
            let text = json["query"].as_str().unwrap();
            assert!(
                text.contains(" WHERE c.source.uploader = @uploader"),
                "{text}"
            );
            assert_eq!(json["parameters"][0]["value"], "aad:1");
        }
        let json = written(&Filter::visible_to(&user(true)).listing().unwrap());
        let text = json["query"].as_str().unwrap();
        assert!(
            text.contains(" WHERE c.status != 'deleted' ORDER"),
            "{text}"
        );
    }

    #[test]
    fn what_people_type_is_only_ever_a_parameter() {
        let hostile = "x' OR true --".to_owned();
        let filter = Filter {
            status: Some(Status::Rejected),
            format: Some(hostile.clone()),
            tag: Some(hostile),
            words: vec!["x')".to_owned()],
            from: Some(jiff::civil::date(2024, 2, 28)),
            to: Some(jiff::civil::date(2024, 2, 29)),
            ..Filter::visible_to(&user(true))
        };
        let json = written(&filter.listing().unwrap());
        assert!(!json["query"].as_str().unwrap().contains("OR true"));
        let values: Vec<_> = json["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| parameter["value"].as_str().unwrap())
            .collect();
        assert_eq!(
            values,
            [
                "rejected",
                "x' OR true --",
                ", x' OR true --, ",
                "x')",
                "2024-02-28T00:00:00.000000000Z",
                "2024-03-01T00:00:00.000000000Z"
            ]
        );
    }
}
