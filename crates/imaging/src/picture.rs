//! A picture in displayed orientation and in sRGB, as the ladder passes it on.

use std::borrow::Cow;

use crate::raster::{Packed, Pixels8, Planar, Samples};
use crate::resize::{Region, Scaler};

/// Planes if the original and all renditions use them, which saves both conversions; otherwise packed pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picture {
    Planar(Planar),
    Pixels(Pixels8),
    /// Pixels of 16 bits, which are reduced to 8 after all resizing.
    Deep(Packed),
}

impl Picture {
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Planar(planes) => (planes.width, planes.height),
            Self::Pixels(pixels) => (pixels.width, pixels.height),
            Self::Deep(pixels) => (pixels.width, pixels.height),
        }
    }

    /// The picture of sRGB pixels of either depth.
    pub(crate) fn of(pixels: Packed) -> Self {
        match pixels {
            Packed {
                width,
                height,
                model,
                samples: Samples::U8(data),
            } => Self::Pixels(Pixels8 {
                width,
                height,
                model,
                data,
            }),
            deep => Self::Deep(deep),
        }
    }

    /// The picture in 8 bits.
    pub(crate) fn reduced(self) -> Self {
        match self {
            Self::Deep(pixels) => Self::Pixels(pixels.into_8_bits()),
            other => other,
        }
    }

    /// Whether no pixel is transparent.
    pub(crate) fn is_opaque(&self) -> bool {
        match self {
            Self::Planar(_) => true,
            Self::Pixels(pixels) => pixels.is_opaque(),
            Self::Deep(pixels) => pixels.is_opaque(),
        }
    }

    /// Makes a picture of this size from a part of this one.
    pub(crate) fn resize(&self, scaler: &mut Scaler, region: Region, size: (u32, u32)) -> Self {
        match self {
            Self::Planar(planes) => Self::Planar(scaler.planar(planes, region, size)),
            Self::Pixels(pixels) => Self::Pixels(scaler.pixels(pixels, region, size)),
            Self::Deep(pixels) => Self::Deep(scaler.packed(pixels, region, size)),
        }
    }

    /// The picture as owned packed pixels.
    pub(crate) fn into_pixels(self, scaler: &mut Scaler) -> Pixels8 {
        match self {
            Self::Pixels(pixels) => pixels,
            other => other.to_pixels(scaler).into_owned(),
        }
    }

    /// The picture as packed pixels.
    pub(crate) fn to_pixels(&self, scaler: &mut Scaler) -> Cow<'_, Pixels8> {
        match self {
            Self::Pixels(pixels) => Cow::Borrowed(pixels),
            Self::Deep(pixels) => Cow::Owned(pixels.clone().into_8_bits()),
            Self::Planar(planes) => {
                let size = (planes.width, planes.height);
                let region = Region::whole((size.0.into(), size.1.into()));
                Cow::Owned(scaler.planar_to_packed(planes, region, size).into_8_bits())
            }
        }
    }
}
