use serde::{Deserialize, Serialize};

/// What the pixels say, measured on a preview of about 256 pixels in sRGB.
///
/// Colours count by how opaque they are; what is measured in grey is measured on a white page. Colours are `#rrggbb` in sRGB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Derived {
    /// `ThumbHash` of the picture in base64: about 25 bytes from which a page draws a blurred
    /// placeholder (<https://evanw.github.io/thumbhash/>).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// Mean colour, averaged in linear light; absent when nothing is visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9a-f]{6}$")))]
    pub average_colour: Option<String>,
    /// The palette's colour with the largest share; absent when nothing is visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9a-f]{6}$")))]
    pub dominant_colour: Option<String>,
    /// Up to six colours, the largest share first: clusters in the `Oklab` colour space.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub palette: Vec<Swatch>,
    /// 64-bit difference hash (dHash) of the luma: 16 lowercase hexadecimal digits. Near
    /// duplicates differ in few bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{16}$")))]
    pub perceptual_hash: Option<String>,
    /// Shannon entropy of the luma in bits, 0 (flat) to 8 (every level alike).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 8.0)))]
    pub entropy: Option<f64>,
    /// Variance of the luma's Laplacian on the preview, luma from 0 to 255: below about 100 a
    /// photo looks soft. Comparable between pictures, because previews are all of one size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharpness: Option<f64>,
    /// Histograms of red, green and blue, 64 bins each, in base64 of 192 bytes: each bin is one
    /// byte, scaled so that the largest bin of all is 255.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histogram: Option<String>,
}

/// One colour of a palette.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Swatch {
    /// The colour, `#rrggbb` in sRGB.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9a-f]{6}$")))]
    pub colour: String,
    /// Part of the visible picture that it stands for, 0 to 1, rounded to four decimals.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub share: f64,
}
