//! A picture in displayed orientation and in sRGB, as the ladder hands it down.

use std::borrow::Cow;

use crate::raster::{Pixels8, Planar};
use crate::resize::{Region, Scaler};

/// Planes where original and renditions all have them, which spares both conversions; packed pixels otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picture {
    Planar(Planar),
    Pixels(Pixels8),
}

impl Picture {
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Planar(planes) => (planes.width, planes.height),
            Self::Pixels(pixels) => (pixels.width, pixels.height),
        }
    }

    /// Makes a picture of this size out of a part of this one.
    pub(crate) fn resize(&self, scaler: &mut Scaler, region: Region, size: (u32, u32)) -> Self {
        match self {
            Self::Planar(planes) => Self::Planar(scaler.planar(planes, region, size)),
            Self::Pixels(pixels) => Self::Pixels(scaler.pixels(pixels, region, size)),
        }
    }

    /// The picture as packed pixels.
    pub(crate) fn to_pixels(&self, scaler: &mut Scaler) -> Cow<'_, Pixels8> {
        match self {
            Self::Pixels(pixels) => Cow::Borrowed(pixels),
            Self::Planar(planes) => {
                let size = (planes.width, planes.height);
                let region = Region::whole((size.0.into(), size.1.into()));
                let packed = scaler.planar_to_packed(planes, region, size);
                Cow::Owned(Pixels8 {
                    width: size.0,
                    height: size.1,
                    model: packed.model,
                    data: crate::colour::to_8_bits(packed.samples),
                })
            }
        }
    }
}
