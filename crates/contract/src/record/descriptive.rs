use serde::{Deserialize, Serialize};

/// What people wrote into the file, one value per fact.
///
/// The same fact may stand in the file's XMP packet, its IPTC block and its
/// EXIF tags. XMP is preferred, then IPTC, then EXIF: XMP has no length limits and
/// no doubt about its characters, and EXIF's description is often a camera's boilerplate.
/// Each fact's `…From` names where its value was found. Texts are cut at 2,000 characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Descriptive {
    /// Title (XMP dc:title; IPTC 2:05 Object Name; EXIF `XPTitle`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where `title` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_from: Option<Provenance>,
    /// Description or caption (XMP dc:description; IPTC 2:120 Caption; EXIF `ImageDescription`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where `description` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_from: Option<Provenance>,
    /// Keywords in the order of the file, each once (XMP dc:subject; IPTC 2:25; EXIF `XPKeywords`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Where `keywords` were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords_from: Option<Provenance>,
    /// Who made the picture; several names are separated by `; `
    /// (XMP dc:creator; IPTC 2:80 By-line; EXIF Artist).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// Where `creator` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_from: Option<Provenance>,
    /// Copyright notice (XMP dc:rights; IPTC 2:116; EXIF Copyright).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    /// Where `copyright` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright_from: Option<Provenance>,
    /// Rating in stars, 1 to 5, or -1 for rejected (XMP xmp:Rating; EXIF Rating).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = -1.0, max = 5.0)))]
    pub rating: Option<f64>,
    /// Where `rating` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_from: Option<Provenance>,
}

impl Descriptive {
    /// Whether no fact is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The part of a file in which a descriptive fact was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The XMP packet.
    Xmp,
    /// The IPTC-IIM block.
    Iptc,
    /// The EXIF block.
    Exif,
}
