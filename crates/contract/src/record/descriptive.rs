use serde::{Deserialize, Serialize};

/// What people wrote into the file, one value per fact.
///
/// The same fact may be in the file's EXIF tags, its XMP packet and its IPTC block. The guidance of the Metadata
/// Working Group (version 2.0) says which of them counts: description, creator and copyright come from EXIF, otherwise
/// from XMP, otherwise from IPTC. Keywords come from XMP, otherwise from IPTC. If Photoshop's digest says that the IPTC
/// block was changed after the XMP packet was written, IPTC comes before XMP. The guidance says nothing about titles,
/// which come from XMP, IPTC, EXIF in this order, and ratings are XMP's before EXIF's. The tags that only Windows
/// writes (`XP…`) come last. A sentence that a camera writes into every picture, such as `OLYMPUS DIGITAL CAMERA`, is
/// no description and no title. Each fact's `…From` names where its value was found. Texts are cut at 2,000 characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Descriptive {
    /// Title (XMP dc:title; IPTC 2:05 Object Name; EXIF `ImageTitle`, `XPTitle`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where `title` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_from: Option<FoundIn>,
    /// Description or caption (EXIF `ImageDescription`; XMP dc:description; IPTC 2:120 Caption; `XPComment`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where `description` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_from: Option<FoundIn>,
    /// Keywords in the order of the file, each once (XMP dc:subject; IPTC 2:25; `XPKeywords`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Where `keywords` were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords_from: Option<FoundIn>,
    /// Who made the picture. Several names are separated by `; `
    /// (EXIF Artist, `Photographer`; XMP dc:creator; IPTC 2:80 By-line; `XPAuthor`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// Where `creator` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_from: Option<FoundIn>,
    /// Copyright notice (EXIF Copyright; XMP dc:rights; IPTC 2:116).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    /// Where `copyright` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright_from: Option<FoundIn>,
    /// Rating in stars, 1 to 5, or -1 for rejected (XMP xmp:Rating; EXIF Rating).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = -1.0, max = 5.0)))]
    pub rating: Option<f64>,
    /// Where `rating` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_from: Option<FoundIn>,
}

impl Descriptive {
    /// Whether no fact is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The part of a file in which a fact was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FoundIn {
    /// The XMP packet.
    Xmp,
    /// The IPTC-IIM block.
    Iptc,
    /// The EXIF block.
    Exif,
    /// The C2PA manifest.
    C2pa,
}
