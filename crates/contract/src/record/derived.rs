use serde::{Deserialize, Serialize};

/// What was measured in the pixels, on a preview of about 256 pixels in sRGB.
///
/// Colours are weighted by their opacity. What is measured in grey is measured on a white background. Colours are
/// `#rrggbb` in sRGB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Derived {
    /// `ThumbHash` of the picture in base64: about 25 bytes from which a page draws a blurred
    /// placeholder (<https://evanw.github.io/thumbhash/>).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// Mean colour, averaged in linear light. Absent if nothing is visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9a-f]{6}$")))]
    pub average_colour: Option<String>,
    /// The colour of the palette with the largest share. Absent if nothing is visible.
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
    /// A perceptual hash, which stays nearly the same if the picture is resized, compressed again or cropped a little:
    /// 128 bits of its discrete cosine transform, as 32 lowercase hexadecimal digits. It is computed from the *core*,
    /// which is left when a twentieth is removed at each side. Absent if the picture has too few details to be
    /// distinguished from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    pub likeness: Option<String>,
    /// The first four digits of `likeness`, the bits of the longest waves. With few exceptions, pictures that look the
    /// same have at least one of the four bands in common, so an index on the bands finds them.
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
    /// The values that `likeness` may have in a picture that this one was cropped from, or that was cropped from this
    /// one, by up to a twentieth: hashes of 32 digits, one after the other. The search for copies uses these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^([0-9a-f]{32})+$")))]
    pub likeness_crops: Option<String>,
    /// Shannon entropy of the luma in bits, from 0 (a single level) to 8 (all levels equally often).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 8.0)))]
    pub entropy: Option<f64>,
    /// Variance of the luma's Laplacian on the preview, with luma from 0 to 255. Below about 100, a photo looks soft.
    /// The values of different pictures can be compared, because all previews have the same size.
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
    /// Its share of the visible picture, 0 to 1, rounded to four decimals.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub share: f64,
}
