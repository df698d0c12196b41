//! The page that is assembled from strips and tiles, with its samples in the order that the next steps need.

use super::samples;
use crate::inspect::tiff::{Directory, Layout, Photometric, Place, tag};
use crate::raster::{Model, Samples, area};
use crate::refusal::Refusal;

/// A page of 8 or 16 bits a sample.
pub(super) struct Page {
    width: usize,
    height: usize,
    model: Model,
    samples: Samples,
    /// The indices of the stored samples that make up a pixel.
    wanted: Vec<usize>,
    colours: Colours,
    /// The samples of a row as stored.
    row: Vec<u16>,
}

/// How stored samples are converted.
enum Colours {
    AsTheyAre,
    /// Zero is white.
    Inverted,
    /// Red, green and blue of 8 bits for each index.
    Palette(Vec<[u8; 3]>),
    YCbCr(YCbCr),
    /// The second and third sample are signed.
    SignedLab,
}

impl Page {
    pub(super) fn new(
        layout: &Layout,
        directory: &Directory<'_>,
        has_alpha: bool,
    ) -> Result<Self, Refusal> {
        let photometric = layout.photometric;
        let extra = layout.samples - photometric.samples();
        let has_alpha = has_alpha && extra > 0;
        let model = match (photometric, has_alpha) {
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, false) => Model::Grey,
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, true) => Model::GreyAlpha,
            (Photometric::Rgb, true) => Model::RgbAlpha,
            (Photometric::Rgb | Photometric::Palette | Photometric::YCbCr, _) => Model::Rgb,
            (Photometric::Inks, _) => Model::Cmyk,
            (Photometric::CieLab | Photometric::IccLab, _) => Model::Lab,
        };
        let colours = match photometric {
            Photometric::WhiteIsZero => Colours::Inverted,
            Photometric::Palette => Colours::Palette(palette(layout, directory)?),
            Photometric::YCbCr => Colours::YCbCr(YCbCr::read(directory)),
            Photometric::CieLab => Colours::SignedLab,
            _ => Colours::AsTheyAre,
        };
        let mut wanted: Vec<usize> = (0..photometric.samples()).collect();
        if model.has_alpha() {
            wanted.push(photometric.samples() + alpha(directory, extra));
        }
        let (width, height) = layout.size;
        let length = area(width, height) * model.channels();
        Ok(Self {
            width: width as usize,
            height: height as usize,
            model,
            samples: if samples::depth(layout) == 8 || photometric == Photometric::Palette {
                Samples::U8(vec![0; length])
            } else {
                Samples::U16(vec![0; length])
            },
            wanted,
            colours,
            row: Vec::new(),
        })
    }

    pub(super) fn finish(self) -> (Model, Samples) {
        (self.model, self.samples)
    }

    /// Copies the rows of a strip or tile to their position, as far as they are on the page.
    pub(super) fn take(&mut self, layout: &Layout, place: Place, rows: &[u8]) {
        let (left, top) = (place.left as usize, place.top as usize);
        let width = (layout.chunk.0 as usize).min(self.width - left);
        let height = (place.rows as usize).min(self.height - top);
        let together = layout.samples_together();
        for y in 0..height {
            self.read_row(layout, rows, y, width * together);
            let to = (top + y) * self.width + left;
            if layout.is_planar {
                self.put_plane(place.plane, to);
            } else {
                self.put_pixels(together, to);
            }
        }
    }

    fn read_row(&mut self, layout: &Layout, rows: &[u8], y: usize, count: usize) {
        let (across, down) = layout.subsampling;
        let row_bytes = layout.row_bytes();
        let row = &rows[y / down as usize * row_bytes..][..row_bytes];
        if (across, down) == (1, 1) {
            samples::read_row(layout, row, count, &mut self.row);
        } else {
            self.row.clear();
            read_units(row, (across as usize, down as usize), y, &mut self.row);
        }
    }

    /// Copies pixels with all their samples.
    fn put_pixels(&mut self, together: usize, to: usize) {
        let pixels = self.row.chunks_exact(together);
        let channels = self.model.channels();
        let at = to * channels;
        match (&mut self.samples, &self.colours) {
            (Samples::U8(samples), Colours::Palette(palette)) => {
                for (out, pixel) in samples[at..].as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                    *out = colour(palette, pixel[0]);
                }
            }
            (Samples::U8(samples), Colours::YCbCr(ycbcr)) => {
                for (out, pixel) in samples[at..].as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                    *out = ycbcr.rgb([pixel[0], pixel[1], pixel[2]]);
                }
            }
            (Samples::U8(samples), colours) => {
                for (out, pixel) in samples[at..].chunks_exact_mut(channels).zip(pixels) {
                    for (channel, (out, from)) in out.iter_mut().zip(&self.wanted).enumerate() {
                        *out = low(colours.sample(pixel[*from], channel, 8));
                    }
                }
            }
            (Samples::U16(samples), colours) => {
                for (out, pixel) in samples[at..].chunks_exact_mut(channels).zip(pixels) {
                    for (channel, (out, from)) in out.iter_mut().zip(&self.wanted).enumerate() {
                        *out = colours.sample(pixel[*from], channel, 16);
                    }
                }
            }
        }
    }

    /// Copies one sample of each pixel, if it is needed.
    fn put_plane(&mut self, plane: usize, to: usize) {
        let Some(channel) = self.wanted.iter().position(|wanted| *wanted == plane) else {
            return;
        };
        let channels = self.model.channels();
        let at = to * channels + channel;
        let colours = &self.colours;
        match (&mut self.samples, colours) {
            (Samples::U8(samples), Colours::Palette(palette)) => {
                for (out, index) in samples[at..]
                    .as_chunks_mut::<3>()
                    .0
                    .iter_mut()
                    .zip(&self.row)
                {
                    *out = colour(palette, *index);
                }
            }
            (Samples::U8(samples), _) => {
                for (out, sample) in samples[at..].iter_mut().step_by(channels).zip(&self.row) {
                    *out = low(colours.sample(*sample, channel, 8));
                }
            }
            (Samples::U16(samples), _) => {
                for (out, sample) in samples[at..].iter_mut().step_by(channels).zip(&self.row) {
                    *out = colours.sample(*sample, channel, 16);
                }
            }
        }
    }
}

impl Colours {
    /// A sample with this number of bits, converted for the next steps.
    fn sample(&self, stored: u16, channel: usize, bits: u32) -> u16 {
        match (self, channel) {
            (Self::Inverted, 0) => !stored & (u16::MAX >> (16 - bits)),
            (Self::SignedLab, 1 | 2) => stored ^ (1 << (bits - 1)),
            _ => stored,
        }
    }
}

/// The index, among the extra samples, of the alpha sample: the first that is declared as alpha, or otherwise the
/// first.
fn alpha(directory: &Directory<'_>, count: usize) -> usize {
    let extra = directory.numbers(tag::EXTRA_SAMPLES, count);
    let says_so = |kind: &u32| matches!(kind, 1 | 2);
    extra.iter().position(says_so).unwrap_or(0)
}

/// A palette with 16 bits a colour: all reds first, then all greens, then all blues (TIFF 6.0, section 5).
fn palette(layout: &Layout, directory: &Directory<'_>) -> Result<Vec<[u8; 3]>, Refusal> {
    if layout.bits > 16 {
        return Err(Refusal::corrupt(
            "The TIFF file has indexed colours of more than 16 bits.",
        ));
    }
    let numbers = directory.numbers(tag::COLOUR_MAP, 3 << layout.bits);
    let colours = numbers.len() / 3;
    if colours == 0 {
        return Err(Refusal::corrupt(
            "The TIFF file has indexed colours without a palette.",
        ));
    }
    // Some writers use 8 bits a colour.
    let shift = if numbers.iter().all(|number| *number < 256) {
        0
    } else {
        8
    };
    let sample = |number: u32| (number >> shift).to_le_bytes()[0];
    Ok((0..colours)
        .map(|index| [0, 1, 2].map(|channel| sample(numbers[channel * colours + index])))
        .collect())
}

/// The colour of an index. An index that is too high gets the last colour.
fn colour(palette: &[[u8; 3]], index: u16) -> [u8; 3] {
    palette[usize::from(index).min(palette.len() - 1)]
}

fn low(sample: u16) -> u8 {
    sample.to_le_bytes()[0]
}

/// Reads a row of luma with the chroma of its units. A unit has its lumas, row by row, then Cb and Cr (TIFF 6.0,
/// section 21).
fn read_units(units: &[u8], (across, down): (usize, usize), y: usize, row: &mut Vec<u16>) {
    for unit in units.chunks_exact(across * down + 2) {
        let lumas = &unit[y % down * across..][..across];
        let chroma = [unit[across * down], unit[across * down + 1]].map(u16::from);
        row.extend(
            lumas
                .iter()
                .flat_map(|luma| [u16::from(*luma), chroma[0], chroma[1]]),
        );
    }
}

/// Converts luma and chroma of 8 bits to RGB, by the numbers in the file (TIFF 6.0, section 21).
struct YCbCr {
    /// Weights of red, green and blue in luma.
    weights: [f64; 3],
    /// Black and white of each component, as coded.
    reference: [[f64; 2]; 3],
}

impl YCbCr {
    fn read(directory: &Directory<'_>) -> Self {
        let weights = directory.rationals::<3>(tag::YCBCR_COEFFICIENTS);
        let reference = directory.rationals::<6>(tag::REFERENCE_BLACK_WHITE);
        let is_sound = |[black, white]: [f64; 2]| (white - black).abs() > 1.0;
        Self {
            weights: weights
                .filter(|weights| weights.iter().all(|weight| *weight > 0.0))
                .unwrap_or([0.299, 0.587, 0.114]),
            reference: reference
                .map(|[a, b, c, d, e, f]| [[a, b], [c, d], [e, f]])
                .filter(|reference| reference.iter().all(|pair| is_sound(*pair)))
                .unwrap_or([[0.0, 255.0], [128.0, 255.0], [128.0, 255.0]]),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is clamped to 0 to 255"
    )]
    fn rgb(&self, coded: [u16; 3]) -> [u8; 3] {
        let full = |index: usize, range: f64| {
            let [black, white] = self.reference[index];
            (f64::from(coded[index]) - black) * range / (white - black)
        };
        let (luma, cb, cr) = (full(0, 255.0), full(1, 127.0), full(2, 127.0));
        let [red, green, blue] = self.weights;
        let r = luma + cr * (2.0 - 2.0 * red);
        let b = luma + cb * (2.0 - 2.0 * blue);
        let g = (luma - red * r - blue * b) / green;
        [r, g, b].map(|sample| (sample + 0.5).clamp(0.0, 255.0) as u8)
    }
}
