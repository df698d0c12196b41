//! The measured pictures: generated from a seed, or read from a folder.

mod random;
mod scene;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use imaging::{Format, Limits};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

/// The quality that cameras and phones use: between 85 and 95, with chroma at half resolution.
const QUALITY: i32 = 92;

/// A JPEG photograph.
pub(crate) struct Original {
    /// Its name in tables.
    pub(crate) name: String,
    pub(crate) jpeg: Vec<u8>,
    pixels: u64,
}

impl Original {
    /// A generated picture, the same every time.
    pub(crate) fn make(width: usize, height: usize) -> Result<Self> {
        let seed = u64::try_from(width * height)?;
        let pixels = scene::paint(width, height, seed);
        let mut compressor = Compressor::new()?;
        compressor.set_quality(QUALITY)?;
        compressor.set_subsamp(Subsamp::Sub2x2)?;
        let jpeg = compressor.compress_to_vec(Image {
            pixels: pixels.as_slice(),
            width,
            pitch: width * 3,
            height,
            format: PixelFormat::RGB,
        })?;
        let original = Self {
            name: String::new(),
            jpeg,
            pixels: seed,
        };
        let name = format!("{:.0} MP, {}", original.megapixels(), original.size());
        Ok(Self { name, ..original })
    }

    fn read(path: &Path) -> Result<Option<Self>> {
        let jpeg = fs::read(path)?;
        let Ok(inspection) = imaging::inspect(&jpeg, &Limits::default()) else {
            return Ok(None);
        };
        if inspection.format != Format::Jpeg {
            return Ok(None);
        }
        let pixels = u64::from(inspection.width) * u64::from(inspection.height);
        let name = path.file_name().context("no name")?.display().to_string();
        Ok(Some(Self { name, jpeg, pixels }))
    }

    /// Millions of pixels.
    pub(crate) fn megapixels(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let pixels = self.pixels as f64;
        pixels / 1e6
    }

    fn size(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let bytes = self.jpeg.len() as f64;
        format!("{:.1} MB", bytes / 1e6)
    }
}

/// The generated pictures.
pub(crate) fn made(sizes: &[(usize, usize)]) -> Result<Vec<Original>> {
    sizes
        .iter()
        .map(|&(width, height)| Original::make(width, height))
        .collect()
}

/// Every JPEG of a folder, the smallest first.
pub(crate) fn read(folder: &Path) -> Result<Vec<Original>> {
    let mut originals = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_file() {
            originals.extend(Original::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    ensure!(
        !originals.is_empty(),
        "{} contains no JPEG",
        folder.display()
    );
    originals.sort_by(|a, b| (a.pixels, &a.name).cmp(&(b.pixels, &b.name)));
    Ok(originals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_picture_is_the_same_every_time_and_as_dense_as_a_photograph() {
        let original = Original::make(640, 480).unwrap();
        assert_eq!(original.jpeg, Original::make(640, 480).unwrap().jpeg);
        let bits = original.jpeg.len() * 8;
        assert!((1..4).contains(&(bits / (640 * 480))), "{bits} bits");
    }

    #[test]
    fn only_jpegs_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let jpeg = Original::make(64, 48).unwrap().jpeg;
        fs::write(folder.path().join("b.jpg"), &jpeg).unwrap();
        fs::write(folder.path().join("notes.txt"), "none").unwrap();
        let originals = read(folder.path()).unwrap();
        assert_eq!(originals.len(), 1);
        assert_eq!(originals[0].name, "b.jpg");
        assert_eq!(originals[0].jpeg, jpeg);
    }
}
