use serde::{Deserialize, Serialize};

/// The original as an image, according to its header and, where stated, its pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Image {
    /// Format found in the bytes: `jpeg`, `png`, `webp`, `gif`, `tiff`, `bmp`, `avif`, `ico`, …
    pub format: String,
    /// Width in pixels as displayed, with the orientation applied.
    pub width: u32,
    /// Height in pixels as displayed, with the orientation applied.
    pub height: u32,
    /// Width in pixels as stored in the file.
    pub coded_width: u32,
    /// Height in pixels as stored in the file.
    pub coded_height: u32,
    /// EXIF orientation, 1 to 8. It is 1 if the image is upright or the file does not state it.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 8)))]
    pub orientation: u8,
    /// Width times height in millions of pixels, rounded to two decimals.
    pub megapixels: f64,
    /// Width as displayed over height as displayed, rounded to four decimals.
    pub aspect_ratio: f64,
    /// Bits per channel as stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<u8>,
    /// Channels as stored, alpha included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// Colour model as stored: `rgb`, `ycbcr`, `grey`, `cmyk`, `ycck`, `lab`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour_space: Option<String>,
    /// How a high dynamic range is encoded: `pq` or `hlg`. Absent for a standard dynamic range. Renditions are
    /// tone-mapped from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hdr: Option<String>,
    /// The kind of the gain map for high dynamic range that the file has: `iso-21496-1`, `ultra-hdr` or `apple`.
    /// Renditions have a gain map only if their preset keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain_map: Option<String>,
    /// Description of the embedded ICC profile, for example `Display P3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icc_profile: Option<String>,
    /// Whether the file has an alpha channel or a transparent colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_alpha: Option<bool>,
    /// Whether every pixel is opaque, according to the pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_opaque: Option<bool>,
    /// Whether the picture has no colour, however it is stored, according to its pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greyscale: Option<bool>,
    /// Whether the file is built up in passes (progressive JPEG, interlaced PNG or GIF).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progressive: Option<bool>,
    /// Chroma subsampling, `4:4:4`, `4:2:2`, `4:2:0`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chroma_subsampling: Option<String>,
    /// Horizontal density in pixels per inch, if the file states a physical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub density: Option<f64>,
    /// Number of frames or pages. It is 1 for a still image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
    /// Duration of one run of an animation in milliseconds. Absent for a still image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// How many times an animation plays, where 0 means without end. Absent for a still image.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_count: Option<u32>,
}
