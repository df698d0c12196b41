//! How a header describes colours.

/// The values of PNG's gAMA and cHRM, where they apply.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Calibration {
    /// The exponent that turns samples into light.
    pub(crate) gamma: Option<f32>,
    /// x and y of white, red, green and blue (CIE 1931).
    pub(crate) chromaticities: Option<[[f32; 2]; 4]>,
}

/// The colour model in which pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColourSpace {
    /// Luminance only.
    Grey,
    /// Red, green, blue, or an index into a palette of them.
    Rgb,
    /// Luma and two colour differences.
    YCbCr,
    /// Four inks.
    Cmyk,
    /// Four inks, of which three are coded as luma and colour differences.
    Ycck,
    /// CIE L\*a\*b\*.
    Lab,
}

impl ColourSpace {
    /// The name in lower case, as recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Rgb => "rgb",
            Self::YCbCr => "ycbcr",
            Self::Cmyk => "cmyk",
            Self::Ycck => "ycck",
            Self::Lab => "lab",
        }
    }
}

/// How much smaller the colour planes are than luma, in the usual notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChromaSubsampling {
    /// Full resolution.
    Cs444,
    /// Half the width.
    Cs422,
    /// Half the width and half the height.
    Cs420,
    /// Half the height.
    Cs440,
    /// A quarter of the width.
    Cs411,
    /// A quarter of the height.
    Cs441,
    /// Anything else that the format allows.
    Other,
}

impl ChromaSubsampling {
    /// The usual notation, such as `4:2:0`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cs444 => "4:4:4",
            Self::Cs422 => "4:2:2",
            Self::Cs420 => "4:2:0",
            Self::Cs440 => "4:4:0",
            Self::Cs411 => "4:1:1",
            Self::Cs441 => "4:4:1",
            Self::Other => "other",
        }
    }

    pub(super) fn from_ratios(horizontal: u32, vertical: u32) -> Self {
        match (horizontal, vertical) {
            (1, 1) => Self::Cs444,
            (2, 1) => Self::Cs422,
            (2, 2) => Self::Cs420,
            (1, 2) => Self::Cs440,
            (4, 1) => Self::Cs411,
            (1, 4) => Self::Cs441,
            _ => Self::Other,
        }
    }
}

/// Coding-independent code points of colours (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cicp {
    /// Colour primaries; 1 is BT.709 and sRGB, 12 is Display P3.
    pub primaries: u8,
    /// Transfer characteristics; 13 is sRGB, 16 is PQ, 18 is HLG.
    pub transfer: u8,
    /// Matrix coefficients; 0 means RGB itself.
    pub matrix: u8,
    /// Whether samples use their full range.
    pub full_range: bool,
}

/// How a high dynamic range is coded (Rec. ITU-R BT.2100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HdrKind {
    /// Perceptual quantisation: the light of the display.
    Pq,
    /// Hybrid log-gamma: the light of the scene.
    Hlg,
}

impl HdrKind {
    /// The name in lower case, as recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pq => "pq",
            Self::Hlg => "hlg",
        }
    }

    pub(super) fn of(points: Cicp) -> Option<Self> {
        match points.transfer {
            16 => Some(Self::Pq),
            18 => Some(Self::Hlg),
            _ => None,
        }
    }
}

impl Cicp {
    /// The same without a matrix, which a single plane does not need.
    pub(crate) fn of_one_plane(self) -> Self {
        Self { matrix: 0, ..self }
    }
}
