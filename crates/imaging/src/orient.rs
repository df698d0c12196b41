//! The eight EXIF orientations (EXIF 2.32, tag 0x0112), applied to pixels and to sizes.

use crate::raster::{Packed, Planar, Plane, Samples};

/// How the stored pixels are turned for display: the eight values of the EXIF orientation tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[repr(u8)]
pub enum Orientation {
    /// 1: as stored.
    #[default]
    Upright = 1,
    /// 2: mirrored left to right.
    Mirrored = 2,
    /// 3: turned by 180°.
    HalfTurn = 3,
    /// 4: mirrored top to bottom.
    Flipped = 4,
    /// 5: mirrored along the main diagonal.
    Transposed = 5,
    /// 6: has to be turned clockwise by 90°.
    QuarterTurn = 6,
    /// 7: mirrored along the other diagonal.
    Transversed = 7,
    /// 8: has to be turned anticlockwise by 90°.
    ThreeQuarterTurn = 8,
}

impl Orientation {
    /// The orientation of an EXIF value, or nothing for a value outside 1 to 8.
    #[must_use]
    pub fn from_exif(value: u16) -> Option<Self> {
        Some(match value {
            1 => Self::Upright,
            2 => Self::Mirrored,
            3 => Self::HalfTurn,
            4 => Self::Flipped,
            5 => Self::Transposed,
            6 => Self::QuarterTurn,
            7 => Self::Transversed,
            8 => Self::ThreeQuarterTurn,
            _ => return None,
        })
    }

    /// The EXIF value, 1 to 8.
    #[must_use]
    pub fn exif(self) -> u8 {
        self as u8
    }

    /// The orientation that HEIF's `irot` (anticlockwise quarter turns) followed by `imir` gives. Mirror axis 0
    /// exchanges top and bottom, axis 1 left and right (ISO/IEC 23008-12:2022, 6.5.10 and 6.5.12).
    pub(crate) fn from_heif(anticlockwise_quarters: u8, mirror_axis: Option<u8>) -> Self {
        let [turned, top_to_bottom, left_to_right] = match anticlockwise_quarters & 3 {
            0 => [Self::Upright, Self::Flipped, Self::Mirrored],
            1 => [Self::ThreeQuarterTurn, Self::Transposed, Self::Transversed],
            2 => [Self::HalfTurn, Self::Mirrored, Self::Flipped],
            _ => [Self::QuarterTurn, Self::Transversed, Self::Transposed],
        };
        match mirror_axis {
            None => turned,
            Some(0) => top_to_bottom,
            Some(_) => left_to_right,
        }
    }

    /// Whether width and height are exchanged.
    #[must_use]
    pub fn swaps_sides(self) -> bool {
        self.exif() >= 5
    }

    /// A size as displayed, from a size as stored. The function is its own inverse.
    #[must_use]
    pub fn display_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_sides() {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Whether the source is read from right to left, and from bottom to top, when the display is filled from left to
    /// right and top to bottom. This applies after the sides have been exchanged.
    fn reversals(self) -> (bool, bool) {
        match self {
            Self::Upright | Self::Transposed => (false, false),
            Self::Mirrored | Self::QuarterTurn => (true, false),
            Self::HalfTurn | Self::Transversed => (true, true),
            Self::Flipped | Self::ThreeQuarterTurn => (false, true),
        }
    }
}

/// Turns packed pixels for display.
pub(crate) fn orient(image: Packed, orientation: Orientation) -> Packed {
    if orientation == Orientation::Upright {
        return image;
    }
    let (width, height, channels) = (image.width, image.height, image.model.channels());
    let samples = match &image.samples {
        Samples::U8(data) => Samples::U8(match channels {
            1 => turn(data, width, height, orientation),
            2 => turn_pixels::<u8, 2>(data, width, height, orientation),
            3 => turn_pixels::<u8, 3>(data, width, height, orientation),
            _ => turn_pixels::<u8, 4>(data, width, height, orientation),
        }),
        Samples::U16(data) => Samples::U16(match channels {
            1 => turn(data, width, height, orientation),
            2 => turn_pixels::<u16, 2>(data, width, height, orientation),
            3 => turn_pixels::<u16, 3>(data, width, height, orientation),
            _ => turn_pixels::<u16, 4>(data, width, height, orientation),
        }),
    };
    let (width, height) = orientation.display_size((width, height));
    Packed {
        width,
        height,
        samples,
        ..image
    }
}

/// Turns the planes of a planar image for display.
pub(crate) fn orient_planar(image: Planar, orientation: Orientation) -> Planar {
    if orientation == Orientation::Upright {
        return image;
    }
    let turned = |plane: &Plane, data| {
        let (width, height) = orientation.display_size((plane.width, plane.height));
        Plane {
            width,
            height,
            data,
        }
    };
    let luma = turned(
        &image.luma,
        turn(
            &image.luma.data,
            image.luma.width,
            image.luma.height,
            orientation,
        ),
    );
    let chroma = image.chroma.map(|plane| {
        turned(
            &plane,
            turn_pixels::<u8, 2>(&plane.data, plane.width, plane.height, orientation),
        )
    });
    let (width, height) = orientation.display_size((image.width, image.height));
    Planar {
        width,
        height,
        luma,
        chroma,
        step: orientation.display_size(image.step),
    }
}

fn turn_pixels<T, const N: usize>(
    data: &[T],
    width: u32,
    height: u32,
    orientation: Orientation,
) -> Vec<T>
where
    T: bytemuck::Pod,
    [T; N]: bytemuck::Pod,
{
    let pixels: &[[T; N]] = bytemuck::cast_slice(data);
    bytemuck::cast_slice(&turn(pixels, width, height, orientation)).to_vec()
}

/// Side of the square blocks in which a quarter turn is done. Both the rows that are read and the columns that are
/// written stay in the first-level cache.
const BLOCK: usize = 32;

fn turn<P: Copy>(source: &[P], width: u32, height: u32, orientation: Orientation) -> Vec<P> {
    let (width, height) = (width as usize, height as usize);
    let Some(&filler) = source.first() else {
        return Vec::new();
    };
    let (reverse_x, reverse_y) = orientation.reversals();
    let mut turned = vec![filler; source.len()];
    if !orientation.swaps_sides() {
        for (y, row) in turned.chunks_exact_mut(width).enumerate() {
            let from = if reverse_y { height - 1 - y } else { y };
            row.copy_from_slice(&source[from * width..(from + 1) * width]);
            if reverse_x {
                row.reverse();
            }
        }
        return turned;
    }
    // The display is `height` wide. Its pixel (x, y) is the source's (y, x), each counted from the end if reversed.
    for block_y in (0..width).step_by(BLOCK) {
        for block_x in (0..height).step_by(BLOCK) {
            for y in block_y..(block_y + BLOCK).min(width) {
                let from_x = if reverse_y { width - 1 - y } else { y };
                for x in block_x..(block_x + BLOCK).min(height) {
                    let from_y = if reverse_x { height - 1 - x } else { x };
                    turned[y * height + x] = source[from_y * width + from_x];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::{Orientation, turn};

    /// A 3×2 image whose six pixels are named by letters, as each orientation displays it (EXIF 2.32, figure of tag
    /// 0x0112), given by where the stored first row and first column appear.
    #[test]
    fn every_orientation_displays_as_exif_says() {
        let stored = b"abcdef";
        let displayed = [
            (1, "abcdef"),
            (2, "cbafed"),
            (3, "fedcba"),
            (4, "defabc"),
            (5, "adbecf"),
            (6, "daebfc"),
            (7, "fcebda"),
            (8, "cfbead"),
        ];
        for (value, expected) in displayed {
            let orientation = Orientation::from_exif(value).expect("a value from 1 to 8");
            assert_eq!(
                String::from_utf8(turn(stored, 3, 2, orientation)).expect("letters"),
                expected,
                "orientation {value}"
            );
        }
    }

    #[test]
    fn heif_turns_and_mirrors_combine_to_exif_orientations() {
        let cases = [
            (0, None, 1),
            (1, None, 8),
            (2, None, 3),
            (3, None, 6),
            (0, Some(0), 4),
            (0, Some(1), 2),
            (2, Some(0), 2),
            (2, Some(1), 4),
            (1, Some(0), 5),
            (1, Some(1), 7),
            (3, Some(0), 7),
            (3, Some(1), 5),
        ];
        for (quarters, axis, exif) in cases {
            assert_eq!(
                Orientation::from_heif(quarters, axis).exif(),
                exif,
                "irot {quarters}, imir {axis:?}"
            );
        }
    }

    #[test]
    fn values_outside_the_standard_are_no_orientation() {
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
    }
}
