//! The properties that are read, and their values as they are met.

use contract::Warning;

use crate::Facts;

const DUBLIN_CORE: &[u8] = b"http://purl.org/dc/elements/1.1/";
const XMP_BASIC: &[u8] = b"http://ns.adobe.com/xap/1.0/";

/// A property that the record has a place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Title,
    Description,
    Subject,
    Creator,
    Rights,
    Rating,
}

impl Property {
    pub(super) fn of(namespace: &[u8], local: &[u8]) -> Option<Self> {
        match (namespace, local) {
            (DUBLIN_CORE, b"title") => Some(Self::Title),
            (DUBLIN_CORE, b"description") => Some(Self::Description),
            (DUBLIN_CORE, b"subject") => Some(Self::Subject),
            (DUBLIN_CORE, b"creator") => Some(Self::Creator),
            (DUBLIN_CORE, b"rights") => Some(Self::Rights),
            (XMP_BASIC, b"Rating") => Some(Self::Rating),
            _ => None,
        }
    }
}

/// The values met so far.
#[derive(Default)]
pub(super) struct Collected {
    title: Choice,
    description: Choice,
    rights: Choice,
    subjects: Vec<String>,
    creators: Vec<String>,
    rating: Option<String>,
}

/// One text of several languages: the one marked as default, else the first.
#[derive(Default)]
struct Choice {
    text: Option<String>,
    is_default: bool,
}

impl Collected {
    /// Takes a value. An empty one, as a property that holds a list has beside it, is none.
    pub(super) fn add(&mut self, property: Property, text: &str, default_language: bool) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match property {
            Property::Title => self.title.offer(text, default_language),
            Property::Description => self.description.offer(text, default_language),
            Property::Rights => self.rights.offer(text, default_language),
            Property::Subject => self.subjects.push(text.to_owned()),
            Property::Creator => self.creators.push(text.to_owned()),
            Property::Rating => self.rating = Some(text.to_owned()),
        }
    }

    pub(super) fn into_facts(self) -> (Facts, Option<Warning>) {
        let (rating, doubt) = match self.rating.as_deref().map(rating) {
            None => (None, None),
            Some(Ok(rating)) => (rating, None),
            Some(Err(doubt)) => (None, Some(doubt)),
        };
        let facts = Facts {
            title: self.title.text,
            description: self.description.text,
            keywords: self.subjects,
            creators: self.creators,
            copyright: self.rights.text,
            rating,
        };
        (facts, doubt)
    }
}

impl Choice {
    fn offer(&mut self, text: &str, is_default: bool) {
        if self.text.is_none() || (is_default && !self.is_default) {
            self.text = Some(text.to_owned());
            self.is_default = is_default;
        }
    }
}

/// XMP's rating: -1 for rejected, 0 for none, 1 to 5.
fn rating(text: &str) -> Result<Option<f64>, Warning> {
    match text.parse::<f64>() {
        Ok(0.0) => Ok(None),
        Ok(stars @ (-1.0 | 0.0..=5.0)) => Ok(Some(stars)),
        _ => {
            let message = format!(
                "XMP's rating cannot be: `{}`.",
                text.chars().take(32).collect::<String>()
            );
            Err(Warning::new("xmp-implausible", message))
        }
    }
}
