use serde::{Deserialize, Serialize};

use crate::FoundIn;

/// What the picture states about its origin: its Content Credentials (a C2PA manifest) and its digital source type.
///
/// Everything here is what the file claims, and anybody can write a claim. No signature is checked, as `validated`
/// says, and nothing is concluded from the pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Provenance {
    /// Where the C2PA manifest of the picture is. Absent if the file does not mention one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestPlace>,
    /// Whether the manifest's signature and hashes were checked and found right. False means that they were not
    /// checked, not that they are wrong. Absent without a manifest in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validated: Option<bool>,
    /// How many manifests the file contains: the one of its last state, and those of the files that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<u32>,
    /// The program that wrote the last manifest, with its version if it states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// The actions that the last manifest lists, each once, for example `c2pa.created`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The digital source type: a code of IPTC's vocabulary, for example `digitalCapture` or
    /// `trainedAlgorithmicMedia`, or any other text that the file has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<String>,
    /// Where `digitalSourceType` was found: XMP or C2PA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_source_type_from: Option<FoundIn>,
    /// What the digital source type says about generative AI. Absent if it says that none was used, or says nothing.
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
    /// At an address that the file names. The address was not read.
    Remote,
}

/// How generative AI was used for a picture, according to its file.
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
