//! Resizes by light instead of by sRGB's numbers, which are about its square root. So thin bright lines keep their
//! brightness, and dark ones do not become brighter.

use std::sync::LazyLock;

use crate::colour::srgb;
use crate::picture::Picture;
use crate::raster::{Model, Packed, Pixels8, Samples};
use crate::resize::{Region, Scaler};

/// Makes a picture of this size from a part of an sRGB picture. Each pixel is as bright as the pixels that it replaces.
pub(crate) fn resize(
    picture: &Picture,
    scaler: &mut Scaler,
    region: Region,
    size: (u32, u32),
) -> Picture {
    let light = match picture {
        Picture::Deep(pixels) => to_light(pixels),
        other => light_of(&other.to_pixels(scaler)),
    };
    let resized = scaler.packed(&light, region, size);
    let Samples::U16(samples) = &resized.samples else {
        return Picture::of(resized);
    };
    if matches!(picture, Picture::Deep(_)) {
        let samples = mapped(
            samples,
            resized.model,
            |light| SRGB[usize::from(light)],
            |alpha| alpha,
        );
        return Picture::Deep(Packed {
            samples: Samples::U16(samples),
            ..resized
        });
    }
    let data = mapped(
        samples,
        resized.model,
        |light| narrow(SRGB[usize::from(light)]),
        narrow,
    );
    Picture::Pixels(Pixels8 {
        width: resized.width,
        height: resized.height,
        model: resized.model,
        data,
    })
}

fn light_of(pixels: &Pixels8) -> Packed {
    let samples = mapped(
        &pixels.data,
        pixels.model,
        |sample| LIGHT[usize::from(sample)],
        |alpha| u16::from(alpha) * 257,
    );
    Packed {
        width: pixels.width,
        height: pixels.height,
        model: pixels.model,
        samples: Samples::U16(samples),
    }
}

fn to_light(pixels: &Packed) -> Packed {
    let samples = match &pixels.samples {
        Samples::U16(samples) => mapped(samples, pixels.model, srgb::to_light, |alpha| alpha),
        Samples::U8(samples) => mapped(
            samples,
            pixels.model,
            |sample| LIGHT[usize::from(sample)],
            |alpha| u16::from(alpha) * 257,
        ),
    };
    Packed {
        samples: Samples::U16(samples),
        ..*pixels
    }
}

/// Maps every sample of a picture: colours by one function, alpha by another.
fn mapped<T: Copy, U>(
    samples: &[T],
    model: Model,
    colour: impl Fn(T) -> U,
    alpha: impl Fn(T) -> U,
) -> Vec<U> {
    if !model.has_alpha() {
        return samples.iter().map(|sample| colour(*sample)).collect();
    }
    let last = model.channels() - 1;
    let pixels = samples.chunks_exact(model.channels());
    pixels
        .flat_map(|pixel| {
            let colours = pixel[..last].iter().map(|sample| colour(*sample));
            colours.chain([alpha(pixel[last])])
        })
        .collect()
}

fn narrow(sample: u16) -> u8 {
    u8::try_from((u32::from(sample) + 128) / 257).unwrap_or(u8::MAX)
}

/// Light of 16 bits for sRGB of 8 bits.
static LIGHT: LazyLock<[u16; 256]> = LazyLock::new(|| {
    let mut table = [0; 256];
    for (sample, light) in (0_u16..).zip(&mut table) {
        *light = srgb::to_light(sample * 257);
    }
    table
});

/// sRGB of 16 bits for light of 16 bits.
static SRGB: LazyLock<Vec<u16>> = LazyLock::new(|| (0..=u16::MAX).map(srgb::of_light).collect());

#[cfg(test)]
mod tests {
    use super::{LIGHT, SRGB, narrow};

    #[test]
    fn every_sample_comes_back_as_it_was() {
        for sample in 0..=u8::MAX {
            let light = LIGHT[usize::from(sample)];
            assert_eq!(narrow(SRGB[usize::from(light)]), sample);
        }
        // Half of the light is 188 of 255.
        assert_eq!(narrow(SRGB[32_768]), 188);
    }
}
