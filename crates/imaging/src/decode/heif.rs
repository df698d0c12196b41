//! Decodes AVIF and HEIC: pictures are decoded by their codec, assembled from tiles, and converted to RGB.

mod av1;
mod convert;
#[cfg(feature = "heic")]
mod hevc;
mod matrix;
mod picture;

use self::convert::to_packed;
use self::picture::Picture;
use super::{Decoded, Pixels, Request, undecodable};
use crate::format::Format;
use crate::inspect::Inspection;
use crate::inspect::heif::{Codec, Grid, alpha_item, no_picture};
use crate::inspect::isobmff::HeifFile;
use crate::refusal::Refusal;
use crate::warnings::Warnings;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let file =
        HeifFile::open(original, request.meter).ok_or_else(|| no_picture(inspection.format))?;
    let decoder = Decoder {
        file: &file,
        inspection,
        request,
    };
    let colour = decoder.item(file.primary)?;
    let alpha = alpha_item(&file)
        .map(|item| decoder.item(item))
        .transpose()?;
    let premultiplied = alpha_item(&file)
        .is_some_and(|alpha| file.referred(*b"prem", file.primary).contains(&alpha));
    // Planes like those of JPEG are resized before they are converted, which saves most of the conversion.
    if inspection.format == Format::Heic
        && inspection.crop.is_none()
        && alpha.is_none()
        && colour.is_like_jpeg(inspection.cicp)
    {
        return Ok(planar(colour));
    }
    let mut pixels = to_packed(
        &colour,
        alpha.as_ref(),
        inspection.cicp,
        inspection.shown(),
        request.meter,
    )?;
    drop((colour, alpha));
    if premultiplied {
        pixels.unpremultiply();
    }
    Ok(Decoded::whole(pixels, None))
}

fn planar(picture: Picture) -> Decoded {
    let extent = (f64::from(picture.width), f64::from(picture.height));
    Decoded {
        pixels: Pixels::Planar(picture.into_planar()),
        extent,
        damage: None,
        warnings: Warnings::default(),
    }
}

/// Decodes items of a file.
struct Decoder<'a> {
    file: &'a HeifFile<'a>,
    inspection: &'a Inspection<'a>,
    request: Request<'a>,
}

impl Decoder<'_> {
    /// Decodes an item, which is a picture or a grid of pictures.
    fn item(&self, item: u32) -> Result<Picture, Refusal> {
        let size = (self.inspection.coded_width, self.inspection.coded_height);
        let picture = match self.file.item_kind(item).as_ref() {
            Some(b"grid") => self.grid(item)?,
            _ => self.picture(item, size)?,
        };
        if (picture.width, picture.height) == size {
            Ok(picture)
        } else {
            Err(Refusal::corrupt(format!(
                "The {} file states {}×{} pixels, but its picture has {}×{}.",
                self.format().title(),
                size.0,
                size.1,
                picture.width,
                picture.height
            )))
        }
    }

    fn format(&self) -> Format {
        self.inspection.format
    }

    /// Decodes one coded picture, of at most this size.
    fn picture(&self, item: u32, most: (u32, u32)) -> Result<Picture, Refusal> {
        self.request.meter.check()?;
        let data = self
            .file
            .data(item)
            .ok_or_else(|| undecodable(self.format(), "its picture lies outside the file"))?;
        match self.file.item_kind(item).and_then(Codec::of) {
            #[cfg(feature = "heic")]
            Some(Codec::Hevc) => {
                let config = self.file.property(item, Codec::Hevc.configuration());
                let config = config.unwrap_or_default();
                hevc::decode_picture(config, &data, most, self.inspection, self.request.meter)
            }
            _ => av1::decode_picture(data.into_owned(), most),
        }
    }

    fn grid(&self, item: u32) -> Result<Picture, Refusal> {
        let damaged = || {
            Refusal::corrupt(format!(
                "The {} file's grid is damaged.",
                self.format().title()
            ))
        };
        let size = (self.inspection.coded_width, self.inspection.coded_height);
        let layout = Grid::read(self.file, item)
            .filter(|layout| (layout.width, layout.height) == size)
            .ok_or_else(damaged)?;
        let mut grid: Option<Picture> = None;
        let mut tile_size = None;
        for (index, tile) in (0_u32..).zip(&layout.tiles) {
            let tile = self.picture(*tile, layout.largest_tile())?;
            let size = *tile_size.get_or_insert((tile.width, tile.height));
            if (tile.width, tile.height) != size || !layout.fits(size) {
                return Err(damaged());
            }
            let grid = grid.get_or_insert_with(|| tile.blank(layout.width, layout.height));
            let at = (
                index % layout.columns * tile.width,
                index / layout.columns * tile.height,
            );
            grid.paste(&tile, at).ok_or_else(damaged)?;
        }
        grid.ok_or_else(damaged)
    }
}

#[cfg(all(test, feature = "avif-encode"))]
mod tests {
    use super::*;
    use crate::budget::{Account, Budget, thread_time};
    use crate::{Limits, Preset, Presets, RenderOptions, inspect, render};
    use std::time::Duration;

    /// A small AVIF picture, stored in a PNG.
    fn avif() -> Vec<u8> {
        let (width, height) = (160_u32, 120_u32);
        let mut original = Vec::new();
        let mut png = png::Encoder::new(&mut original, width, height);
        png.set_color(png::ColorType::Grayscale);
        let pixels: Vec<u8> = (0..width * height)
            .map(|index| (index * index % 251).to_le_bytes()[0])
            .collect();
        png.write_header()
            .expect("a header")
            .write_image_data(&pixels)
            .expect("pixels and size agree");
        let presets =
            Presets::parse("[presets.a]\nformat = \"avif\"\neffort = 0").expect("a preset");
        let presets: Vec<&Preset> = presets.iter().collect();
        let inspection = inspect(&original, &Limits::default()).expect("a header");
        let rendered = render(&original, &inspection, &presets, &RenderOptions::default());
        rendered.expect("a rendition").renditions.remove(0).bytes
    }

    /// Decodes, and returns the counted time and the time of the calling thread.
    fn decode_timed(original: &[u8], threads: bool) -> (Duration, Duration) {
        let inspection = inspect(original, &Limits::default()).expect("a header");
        let account: Account = Budget::new(Duration::MAX).account();
        let begun = thread_time();
        let meter = account.meter();
        let request = Request {
            cover: (160, 120),
            threads,
            meter: &meter,
        };
        decode(original, &inspection, request).expect("a sound file");
        drop(meter);
        (account.spent(), thread_time().saturating_sub(begun))
    }

    #[test]
    fn all_the_work_is_counted_and_no_waiting() {
        let original = avif();
        let (alone, _) = decode_timed(&original, false);
        let (counted, own) = decode_timed(&original, true);
        assert!(counted <= own, "{counted:?} of {own:?} are processor time");
        assert!(
            counted > alone / 4,
            "{counted:?}, and {alone:?} in one thread"
        );
    }
}
