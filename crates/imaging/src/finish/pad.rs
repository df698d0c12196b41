//! Centres a picture in a box.

use crate::presets::Background;
use crate::raster::{Model, Pixels8, area};

/// Puts a picture into the middle of a box that is at least as large, and fills the rest with a colour. Transparent
/// parts of the picture stay transparent.
pub(super) fn pad(picture: Pixels8, size: (u32, u32), background: Background) -> Pixels8 {
    let model = model_for(picture.model, background);
    let picture = picture.into_model(model);
    let channels = model.channels();
    let filling = sample_of(model, background);
    let mut data = filling.repeat(area(size.0, size.1));
    let left = ((size.0 - picture.width) / 2) as usize;
    let top = ((size.1 - picture.height) / 2) as usize;
    let rows = data.chunks_exact_mut(size.0 as usize * channels).skip(top);
    let row_length = picture.width as usize * channels;
    for (row, source) in rows.zip(picture.data.chunks_exact(row_length)) {
        row[left * channels..][..row_length].copy_from_slice(source);
    }
    Pixels8 {
        width: size.0,
        height: size.1,
        model,
        data,
    }
}

/// The model for a picture and a background: grey if both are grey, and with alpha if one of them has it.
fn model_for(model: Model, [red, green, blue, alpha]: Background) -> Model {
    let is_grey = matches!(model, Model::Grey | Model::GreyAlpha) && red == green && green == blue;
    match (is_grey, model.has_alpha() || alpha < u8::MAX) {
        (true, false) => Model::Grey,
        (true, true) => Model::GreyAlpha,
        (false, false) => Model::Rgb,
        (false, true) => Model::RgbAlpha,
    }
}

fn sample_of(model: Model, [red, green, blue, alpha]: Background) -> Vec<u8> {
    match model {
        Model::Grey => vec![red],
        Model::GreyAlpha => vec![red, alpha],
        Model::RgbAlpha => vec![red, green, blue, alpha],
        _ => vec![red, green, blue],
    }
}

#[cfg(test)]
mod tests {
    use super::pad;
    use crate::raster::{Model, Pixels8};

    fn padded(model: Model, pixel: &[u8], background: [u8; 4]) -> Pixels8 {
        let picture = Pixels8 {
            width: 1,
            height: 1,
            model,
            data: pixel.to_vec(),
        };
        pad(picture, (3, 2), background)
    }

    #[test]
    fn the_picture_is_in_the_middle_and_the_rest_is_background() {
        let white = [255; 4];
        let padded = padded(Model::Grey, &[7], white);
        assert_eq!(padded.model, Model::Grey);
        assert_eq!(padded.data, [255, 7, 255, 255, 255, 255]);
    }

    #[test]
    fn there_is_as_much_of_colour_and_alpha_as_is_needed() {
        let red = padded(Model::Grey, &[7], [200, 0, 0, 255]);
        assert_eq!(
            (red.model, &red.data[..6]),
            (Model::Rgb, &[200, 0, 0, 7, 7, 7][..])
        );
        let clear = padded(Model::Grey, &[7], [0; 4]);
        assert_eq!(
            (clear.model, &clear.data[..4]),
            (Model::GreyAlpha, &[0, 0, 7, 255][..])
        );
        // The background does not show through transparent parts of the picture.
        let kept = padded(Model::RgbAlpha, &[1, 2, 3, 4], [9, 9, 9, 255]);
        assert_eq!(&kept.data[..8], [9, 9, 9, 255, 1, 2, 3, 4]);
    }
}
