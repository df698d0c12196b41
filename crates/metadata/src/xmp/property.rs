//! The properties that are read, and the values collected for them.

use std::collections::HashMap;

use contract::Warning;

use super::{IMPLAUSIBLE, Reading, place};
use crate::{Facts, date_time};

const DUBLIN_CORE: &[u8] = b"http://purl.org/dc/elements/1.1/";
const DUBLIN_CORE_TERMS: &[u8] = b"http://purl.org/dc/terms/";
const XMP_BASIC: &[u8] = b"http://ns.adobe.com/xap/1.0/";
const EXIF: &[u8] = b"http://ns.adobe.com/exif/1.0/";
const PHOTOSHOP: &[u8] = b"http://ns.adobe.com/photoshop/1.0/";
const IPTC_EXTENSION: &[u8] = b"http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

/// A property that the record has a field for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Property {
    Title,
    Description,
    Subject,
    Creator,
    Rights,
    Rating,
    DateTimeOriginal,
    DateCreated,
    GpsLatitude,
    GpsLongitude,
    GpsAltitude,
    GpsAltitudeRef,
    GpsImgDirection,
    DigitalSourceType,
    /// Where the manifest of the picture is (C2PA 2.1, A.5).
    Provenance,
}

impl Property {
    pub(super) fn of(namespace: &[u8], local: &[u8]) -> Option<Self> {
        Some(match (namespace, local) {
            (DUBLIN_CORE, b"title") => Self::Title,
            (DUBLIN_CORE, b"description") => Self::Description,
            (DUBLIN_CORE, b"subject") => Self::Subject,
            (DUBLIN_CORE, b"creator") => Self::Creator,
            (DUBLIN_CORE, b"rights") => Self::Rights,
            (DUBLIN_CORE_TERMS, b"provenance") => Self::Provenance,
            (XMP_BASIC, b"Rating") => Self::Rating,
            (EXIF, b"DateTimeOriginal") => Self::DateTimeOriginal,
            (EXIF, b"GPSLatitude") => Self::GpsLatitude,
            (EXIF, b"GPSLongitude") => Self::GpsLongitude,
            (EXIF, b"GPSAltitude") => Self::GpsAltitude,
            (EXIF, b"GPSAltitudeRef") => Self::GpsAltitudeRef,
            (EXIF, b"GPSImgDirection") => Self::GpsImgDirection,
            (PHOTOSHOP, b"DateCreated") => Self::DateCreated,
            (IPTC_EXTENSION, b"DigitalSourceType") => Self::DigitalSourceType,
            _ => return None,
        })
    }
}

/// The values collected so far.
#[derive(Default)]
pub(super) struct Collected {
    title: Choice,
    description: Choice,
    rights: Choice,
    subjects: Vec<String>,
    creators: Vec<String>,
    /// For each property with a single value: the first one.
    single: HashMap<Property, String>,
}

/// One text of several languages: the one marked as default, otherwise the first.
#[derive(Default)]
struct Choice {
    text: Option<String>,
    is_default: bool,
}

impl Collected {
    /// Adds a value. An empty value is ignored, because a property that holds a list has one
    /// besides the list.
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
            single => {
                self.single.entry(single).or_insert_with(|| text.to_owned());
            }
        }
    }

    /// The value of a property with a single value.
    pub(super) fn get(&self, property: Property) -> Option<&str> {
        self.single.get(&property).map(String::as_str)
    }

    pub(super) fn into_reading(self) -> Reading {
        let mut warnings = Vec::new();
        let rating = self.get(Property::Rating).map_or(Ok(None), rating);
        let rating = or_warn(rating, &mut warnings);
        let dates = [
            (Property::DateTimeOriginal, "exif:DateTimeOriginal"),
            (Property::DateCreated, "photoshop:DateCreated"),
        ];
        let taken_at = dates
            .into_iter()
            .find_map(|(property, name)| or_warn(self.date(property, name), &mut warnings));
        let gps = place::read(&self, &mut warnings);
        let owned = |property| self.get(property).map(str::to_owned);
        Reading {
            taken_at,
            gps,
            digital_source_type: owned(Property::DigitalSourceType),
            // In a file that contains its manifest, this is a place in the file.
            manifest_address: owned(Property::Provenance)
                .filter(|address| address.starts_with("http")),
            facts: Facts {
                title: self.title.text,
                description: self.description.text,
                keywords: self.subjects,
                creators: self.creators,
                copyright: self.rights.text,
                rating,
            },
            warnings,
        }
    }

    fn date(&self, property: Property, name: &str) -> Result<Option<String>, Warning> {
        let Some(text) = self.get(property) else {
            return Ok(None);
        };
        date_time::from_xmp(text).map_err(|date_time::NoDate| {
            let text: String = text.chars().take(32).collect();
            let message = format!("XMP's {name} is not a date: `{text}`. It was left out.");
            Warning::new(IMPLAUSIBLE, message)
        })
    }
}

fn or_warn<T>(result: Result<Option<T>, Warning>, warnings: &mut Vec<Warning>) -> Option<T> {
    result.unwrap_or_else(|warning| {
        warnings.push(warning);
        None
    })
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
                "XMP's rating is not valid: `{}`.",
                text.chars().take(32).collect::<String>()
            );
            Err(Warning::new(IMPLAUSIBLE, message))
        }
    }
}
