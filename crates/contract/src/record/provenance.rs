use serde::{Deserialize, Serialize};

use crate::FoundIn;

/// How the picture says that it came to be: its Content Credentials (a C2PA manifest) and its digital source type.
///
/// Everything here is what the file claims, and anybody can write a claim. No signature is checked, which
/// `validated` says; and nothing is concluded from the pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Provenance {
    /// Where the C2PA manifest of the picture is; absent where the file speaks of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestPlace>,
    /// Whether the manifest's signature and hashes were checked and found right. False says that they were not
    /// checked; it does not say that they are wrong. Absent without a manifest in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validated: Option<bool>,
    /// How many manifests the file holds: the one of its last state, and those of what it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<u32>,
    /// The program that wrote the last manifest, with its version where it states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// What the last manifest says was done, each once, for example `c2pa.created`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The digital source type: a code of IPTC's vocabulary, for example `digitalCapture` or
    /// `trainedAlgorithmicMedia`, or what else stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<String>,
    /// Where `digitalSourceType` was found: XMP or C2PA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_source_type_from: Option<FoundIn>,
    /// What the digital source type says of generative AI; absent where it says that there was none, and where
    /// nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai: Option<AiUse>,
}

/// Where the manifest of a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ManifestPlace {
    /// In the file.
    Embedded,
    /// Somewhere else; the file names an address, which nobody has looked at.
    Remote,
}

/// What generative AI had to do with a picture, as the picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AiUse {
    /// It made the picture (`trainedAlgorithmicMedia`).
    Made,
    /// It changed the picture, or made a part of it (`compositeWithTrainedAlgorithmicMedia`,
    /// `compositeSynthetic`).
    Edited,
}

impl AiUse {
    /// What a code of IPTC's vocabulary of digital source types says about generative AI.
    #[must_use]
    pub fn of_source_type(code: &str) -> Option<Self> {
        match code {
            "trainedAlgorithmicMedia" => Some(Self::Made),
            "compositeWithTrainedAlgorithmicMedia" | "compositeSynthetic" => Some(Self::Edited),
            _ => None,
        }
    }
}
