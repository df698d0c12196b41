use serde::{Deserialize, Serialize};

/// One preset applied to the original, with the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RenditionRecord {
    /// Name of the preset.
    pub preset: String,
    /// Short hash of the preset at that time. If the preset has another value now, the rendition is out of date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset_version: Option<String>,
    /// The result.
    pub outcome: Outcome,
    /// A sentence that says why it was not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Name of its blob in the container of renditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Address of its blob, without any access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Media type, for example `image/webp`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// SHA-256 of the bytes: 64 lowercase hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{64}$")))]
    pub sha256: Option<String>,
    /// The quality with which a lossy format was written, 1 to 100: the quality of the preset, or the one that was
    /// found to stay within its limits. Absent for a lossless rendition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub quality: Option<u8>,
    /// The point that it was cropped around. Absent if it shows the whole image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<CropFocus>,
}

/// The point of the displayed image that a crop was made around.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CropFocus {
    /// Share of the width from the left, 0 to 1, rounded to four decimals.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub x: f64,
    /// Share of the height from the top, 0 to 1, rounded to four decimals.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub y: f64,
    /// How the point was chosen.
    pub from: FocusSource,
}

/// How the point that a crop was made around was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FocusSource {
    /// By the preset: it is the middle.
    Centre,
    /// By the preset: it is the middle of the region of highest interest.
    Attention,
    /// By the uploader. The point is in the middle of the crop as far as the edges allow.
    Uploader,
}

/// The result of a rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was made and stored, or passed to the host to be stored.
    Written,
    /// It was not tried, because the original was rejected or a rule excludes the preset.
    Skipped,
    /// It was tried, but could not be made.
    Failed,
}
