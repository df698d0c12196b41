//! Pixels in memory: packed, in any colour model, or planar YCbCr as JPEG stores it.

use crate::colour::to_8_bits;

/// The meaning of the samples of a packed pixel, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    Grey,
    GreyAlpha,
    Rgb,
    RgbAlpha,
    /// Inks; the highest value is full ink.
    Cmyk,
    /// L\* from 0 to 100 over the whole range, a\* and b\* with their zero in the middle, as ICC encodes them.
    Lab,
}

impl Model {
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb | Self::Lab => 3,
            Self::RgbAlpha | Self::Cmyk => 4,
        }
    }

    pub(crate) fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::RgbAlpha)
    }
}

/// The sample nearest to a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 0 to 255"
)]
pub(crate) fn to_sample(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// Samples of 8 or 16 bits, the latter in native byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
}

/// An image whose pixels are stored one after the other, without padding. Alpha is not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) model: Model,
    pub(crate) samples: Samples,
}

impl Packed {
    pub(crate) fn new8(width: u32, height: u32, model: Model, samples: Vec<u8>) -> Self {
        debug_assert_eq!(samples.len(), area(width, height) * model.channels());
        Self {
            width,
            height,
            model,
            samples: Samples::U8(samples),
        }
    }

    #[cfg(test)]
    pub(crate) fn new16(width: u32, height: u32, model: Model, samples: Vec<u16>) -> Self {
        debug_assert_eq!(samples.len(), area(width, height) * model.channels());
        Self {
            width,
            height,
            model,
            samples: Samples::U16(samples),
        }
    }
}

impl Packed {
    /// The same picture in 8 bits a sample.
    pub(crate) fn into_8_bits(self) -> Pixels8 {
        Pixels8 {
            width: self.width,
            height: self.height,
            model: self.model,
            data: to_8_bits(self.samples),
        }
    }

    /// Whether no pixel is transparent.
    pub(crate) fn is_opaque(&self) -> bool {
        fn all_full<T: Copy + PartialEq>(samples: &[T], channels: usize, full: T) -> bool {
            samples
                .chunks_exact(channels)
                .all(|pixel| pixel[channels - 1] == full)
        }
        let channels = self.model.channels();
        !self.model.has_alpha()
            || match &self.samples {
                Samples::U8(samples) => all_full(samples, channels, u8::MAX),
                Samples::U16(samples) => all_full(samples, channels, u16::MAX),
            }
    }

    /// Divides premultiplied colours by their alpha.
    pub(crate) fn unpremultiply(&mut self) {
        fn divide<T: Copy + Into<u32> + TryFrom<u32>>(samples: &mut [T], channels: usize, most: T) {
            for pixel in samples.chunks_exact_mut(channels) {
                let alpha: u32 = pixel[channels - 1].into().max(1);
                for colour in &mut pixel[..channels - 1] {
                    *colour = T::try_from(((*colour).into() * most.into() + alpha / 2) / alpha)
                        .unwrap_or(most);
                }
            }
        }
        let channels = self.model.channels();
        match &mut self.samples {
            Samples::U8(samples) => divide(samples, channels, u8::MAX),
            Samples::U16(samples) => divide(samples, channels, u16::MAX),
        }
    }
}

/// An image with 8 bits a sample in sRGB, as used by every step after the colour step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pixels8 {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Never [`Model::Cmyk`] or [`Model::Lab`].
    pub(crate) model: Model,
    pub(crate) data: Vec<u8>,
}

impl Pixels8 {
    /// Whether no pixel is transparent.
    pub(crate) fn is_opaque(&self) -> bool {
        !self.model.has_alpha()
            || self
                .data
                .chunks_exact(self.model.channels())
                .all(|pixel| pixel.last() == Some(&u8::MAX))
    }

    /// The same picture without its alpha channel, which is dropped and not blended.
    pub(crate) fn without_alpha(self) -> Self {
        let (model, data) = match self.model {
            Model::GreyAlpha => (
                Model::Grey,
                self.data.chunks_exact(2).map(|pixel| pixel[0]).collect(),
            ),
            Model::RgbAlpha => (Model::Rgb, drop_fourth(&self.data)),
            _ => return self,
        };
        Self {
            model,
            data,
            ..self
        }
    }

    /// The same picture with at least the channels of a model that can represent it: grey, RGB, and either with alpha.
    pub(crate) fn into_model(self, model: Model) -> Self {
        let data = match (self.model, model) {
            (Model::Grey, Model::Rgb) => self.data.iter().flat_map(|&grey| [grey; 3]).collect(),
            (Model::Grey, Model::GreyAlpha) => {
                let grey = self.data.iter();
                grey.flat_map(|&grey| [grey, u8::MAX]).collect()
            }
            (from, Model::RgbAlpha) if from != Model::RgbAlpha => self.to_rgba(),
            (from, to) => {
                debug_assert_eq!(from, to, "the model has no room for the picture");
                return self;
            }
        };
        Self {
            model,
            data,
            ..self
        }
    }

    /// The same picture as RGBA.
    pub(crate) fn to_rgba(&self) -> Vec<u8> {
        let pixels = area(self.width, self.height);
        let mut rgba = Vec::with_capacity(pixels * 4);
        match self.model {
            Model::Grey => rgba.extend(
                self.data
                    .iter()
                    .flat_map(|&grey| [grey, grey, grey, u8::MAX]),
            ),
            Model::GreyAlpha => rgba.extend(
                self.data
                    .chunks_exact(2)
                    .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]),
            ),
            Model::Rgb => rgba.extend(
                self.data
                    .chunks_exact(3)
                    .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], u8::MAX]),
            ),
            Model::RgbAlpha | Model::Cmyk | Model::Lab => rgba.extend_from_slice(&self.data),
        }
        rgba
    }

    /// The same picture as RGB or RGBA, with grey copied to all three channels.
    pub(crate) fn to_colour(&self) -> std::borrow::Cow<'_, Self> {
        let (model, data) = match self.model {
            Model::Grey => (
                Model::Rgb,
                self.data.iter().flat_map(|&grey| [grey; 3]).collect(),
            ),
            Model::GreyAlpha => (Model::RgbAlpha, self.to_rgba()),
            _ => return std::borrow::Cow::Borrowed(self),
        };
        std::borrow::Cow::Owned(Self {
            width: self.width,
            height: self.height,
            model,
            data,
        })
    }
}

fn drop_fourth(data: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(data.len() / 4 * 3);
    for pixel in data.chunks_exact(4) {
        kept.extend_from_slice(&pixel[..3]);
    }
    kept
}

/// One plane of 8-bit samples, or of pairs of them, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) data: Vec<u8>,
}

/// Luma and chroma of 8 bits, BT.601 over the full range, as JFIF defines them. Chroma may be smaller; each of its
/// samples is in the middle of its luma samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planar {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) luma: Plane,
    /// Pairs of Cb and Cr, because resizing a pair takes little more time than resizing one of its samples. A grey
    /// image has none.
    pub(crate) chroma: Option<Plane>,
    /// How many luma samples a chroma pair stands for, across and down.
    pub(crate) step: (u32, u32),
}

/// Combines two planes into pairs.
pub(crate) fn pair(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut pairs = vec![0; first.len() * 2];
    for (pair, (first, second)) in pairs.chunks_exact_mut(2).zip(first.iter().zip(second)) {
        pair.copy_from_slice(&[*first, *second]);
    }
    pairs
}

/// Splits pairs into two planes.
pub(crate) fn unpair(pairs: &[u8]) -> [Vec<u8>; 2] {
    [0, 1].map(|which| pairs.chunks_exact(2).map(|pair| pair[which]).collect())
}

/// The number of pixels of a size, as an index.
pub(crate) fn area(width: u32, height: u32) -> usize {
    width as usize * height as usize
}
