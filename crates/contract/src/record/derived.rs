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
    /// What stays of the picture when it is resized, compressed again or cropped a little: 128 bits of its discrete cosine
    /// transform, 32 lowercase hexadecimal digits. It is that of the *core*, which is left when a twentieth is taken off
    /// at each side. Absent where the picture is too plain to be told from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    pub likeness: Option<String>,
    /// The first four digits of `likeness`, the bits of the longest waves. Pictures that look the same have at least one of
    /// the four bands in common, with few exceptions, and an index finds what is equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{4}$")))]
    pub likeness_band1: Option<String>,
    /// The fifth to eighth digit of `likeness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{4}$")))]
    pub likeness_band2: Option<String>,
    /// The ninth to twelfth digit of `likeness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{4}$")))]
    pub likeness_band3: Option<String>,
    /// The 13th to 16th digit of `likeness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{4}$")))]
    pub likeness_band4: Option<String>,
    /// What `likeness` may be in a picture that this one was cropped from, or that was cropped from this one, by up to a
    /// twentieth: hashes of 32 digits one behind the other. Copies are looked for by these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^([0-9a-f]{32})+$")))]
    pub likeness_crops: Option<String>,
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
