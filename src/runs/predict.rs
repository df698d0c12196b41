//! Predicts from records what a run will do, before anything is done.

use std::{collections::HashMap, ops::AddAssign};

use contract::{File, Image, Outcome, Processing, RenditionRecord, Source, cost};
use imaging::{Preset, Presets};
use serde::Deserialize;

/// The fields that are queried from a record.
pub const FIELDS: &str = "c.id, c.source, c.file, c.image, c.renditions, c.processing";

/// The part of a record that predictions use.
#[derive(Clone, Debug, Deserialize)]
pub struct PredictionBasis {
    /// Where its original is.
    pub source: Source,
    #[serde(default)]
    file: File,
    #[serde(default)]
    image: Option<Image>,
    #[serde(default)]
    renditions: Vec<RenditionRecord>,
    #[serde(default)]
    processing: Processing,
}

/// What a run will do in total.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// Selected images.
    pub images: u64,
    /// How many of them stay as they are, because their originals came in messages and are not kept.
    pub not_kept: u64,
    /// Renditions that will be written.
    pub renditions: u64,
    /// Renditions of presets that are gone, which will be deleted.
    pub removed: u64,
    /// Bytes of the existing renditions, of the images that will be made.
    pub bytes_before: u64,
    /// Bytes of the renditions that will stay the same.
    bytes_known: f64,
    /// Bytes of the renditions that will change, by preset, in proportion to their pixels.
    bytes_scaled: HashMap<String, f64>,
    /// Seconds of processor time.
    pub cpu_seconds: f64,
}

/// The ratio of actual to predicted bytes of renditions, by preset. It comes from the images of a sample.
#[derive(Clone, Debug, Default)]
pub struct Calibration(HashMap<String, (f64, f64)>);

impl Prediction {
    /// Adds an image.
    pub fn add(&mut self, basis: &PredictionBasis, presets: &Presets) {
        self.images += 1;
        if is_not_kept(&basis.source) {
            self.not_kept += 1;
            return;
        }
        let wanted = presets.for_path(&basis.source.name);
        let written = || {
            let outcome = |rendition: &&RenditionRecord| rendition.outcome == Outcome::Written;
            basis.renditions.iter().filter(outcome)
        };
        self.bytes_before += written()
            .filter_map(|rendition| rendition.bytes)
            .sum::<u64>();
        self.removed += written()
            .filter(|there| !wanted.iter().any(|preset| preset.name == there.preset))
            .count() as u64;
        let (mut pixels_before, mut pixels_after) = (0.0, 0.0);
        for rendition in written() {
            pixels_before += pixels(rendition).unwrap_or_default();
        }
        for preset in wanted {
            let there = written().find(|there| there.preset == preset.name);
            let after = self.add_rendition(basis, preset, there);
            pixels_after += after;
        }
        let milliseconds = &basis.processing.milliseconds;
        let again = if pixels_before > 0.0 {
            pixels_after / pixels_before
        } else {
            1.0
        };
        self.cpu_seconds += (milliseconds.reading() + again * milliseconds.writing()) / 1e3;
    }

    /// Adds a rendition to the prediction and returns the pixels that it will have.
    fn add_rendition(
        &mut self,
        basis: &PredictionBasis,
        preset: &Preset,
        there: Option<&RenditionRecord>,
    ) -> f64 {
        let before = there.and_then(|there| Some((pixels(there)?, there.bytes? as f64)));
        if let (Some((pixels, bytes)), Some(there)) = (before, there)
            && there.preset_version.as_ref() == Some(&preset.version())
        {
            self.bytes_known += bytes;
            return pixels;
        }
        let Some(image) = &basis.image else {
            return 0.0;
        };
        let (width, height) = preset.size_of((image.width, image.height));
        let pixels = f64::from(width) * f64::from(height);
        let a_pixel = match before {
            Some((pixels, bytes)) => bytes / pixels,
            None => bytes_a_pixel(basis),
        };
        self.renditions += 1;
        self.bytes_scaled
            .entry(preset.name.clone())
            .or_default()
            .add_assign(pixels * a_pixel);
        pixels
    }

    /// Bytes that the renditions will have after the run, of the images that will be made.
    #[must_use]
    pub fn bytes_after(&self, calibration: &Calibration) -> f64 {
        let scaled = self.bytes_scaled.iter();
        self.bytes_known
            + scaled
                .map(|(preset, bytes)| bytes * calibration.of(preset))
                .sum::<f64>()
    }

    /// Price in US dollars, at list prices, of processor and writes.
    #[must_use]
    pub fn dollars(&self) -> f64 {
        let made = self.images - self.not_kept;
        cost::dollars(self.cpu_seconds, made, self.renditions)
    }
}

impl Calibration {
    /// Learns from an image of the sample: what was predicted for it alone, and what was made.
    pub fn learn(&mut self, predicted: &Prediction, made: &[(String, u64)]) {
        for (preset, bytes) in &predicted.bytes_scaled {
            let Some((_, came_out)) = made.iter().find(|(made, _)| made == preset) else {
                continue;
            };
            let (sum_predicted, sum) = self.0.entry(preset.clone()).or_default();
            *sum_predicted += bytes;
            *sum += *came_out as f64;
        }
    }

    fn of(&self, preset: &str) -> f64 {
        match self.0.get(preset) {
            Some((predicted, bytes)) if *predicted > 0.0 => bytes / predicted,
            _ => 1.0,
        }
    }
}

/// Whether the original came in a message, and not in a blob that the message refers to.
fn is_not_kept(source: &Source) -> bool {
    source.kind.is_message() && source.container.is_none()
}

fn pixels(rendition: &RenditionRecord) -> Option<f64> {
    Some(f64::from(rendition.width?) * f64::from(rendition.height?))
}

/// Bytes in each pixel of the original. How well the original is compressed says something about its renditions.
fn bytes_a_pixel(basis: &PredictionBasis) -> f64 {
    let image = basis.image.as_ref();
    let pixels = image.map_or(1.0, |image| {
        f64::from(image.width) * f64::from(image.height)
    });
    (basis.file.bytes as f64 / pixels).min(1.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn basis(presets: &Presets, of: &str) -> PredictionBasis {
        let preset = presets.get("a").unwrap();
        let version = if of == "a" {
            preset.version()
        } else {
            of.to_owned()
        };
        serde_json::from_value(json!({
            "id": "x", "source": {"kind": "blob", "name": "x"},
            "file": {"bytes": 1000},
            "image": {"format": "jpeg", "width": 200, "height": 100, "codedWidth": 200,
                "codedHeight": 100, "orientation": 1, "megapixels": 0.02, "aspectRatio": 2.0},
            "renditions": [
                {"preset": "a", "presetVersion": version, "outcome": "written", "width": 100,
                    "height": 50, "bytes": 500},
                {"preset": "gone", "outcome": "written", "width": 100, "height": 50, "bytes": 300},
            ],
            "processing": {"milliseconds": {"decode": 10.0, "encode": 20.0}},
        }))
        .unwrap()
    }

    #[test]
    fn what_stays_the_same_is_known_and_what_changes_goes_by_its_pixels() {
        let presets = Presets::parse("[presets.a]\nformat = \"webp\"\nwidth = 100").unwrap();
        let mut same = Prediction::default();
        same.add(&basis(&presets, "a"), &presets);
        assert_eq!((same.images, same.renditions, same.removed), (1, 0, 1));
        assert_eq!(same.bytes_before, 800);
        assert!((same.bytes_after(&Calibration::default()) - 500.0).abs() < 1e-9);
        // Half of the pixels are gone with their preset.
        assert!((same.cpu_seconds - 0.02).abs() < 1e-9);

        let larger = Presets::parse("[presets.a]\nformat = \"webp\"\nwidth = 200").unwrap();
        let mut changed = Prediction::default();
        changed.add(&basis(&presets, "older"), &larger);
        assert_eq!(changed.renditions, 1);
        assert!((changed.bytes_after(&Calibration::default()) - 2000.0).abs() < 1e-9);
        let mut calibration = Calibration::default();
        calibration.learn(&changed, &[("a".to_owned(), 1000)]);
        assert!((changed.bytes_after(&calibration) - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn an_original_that_came_in_a_message_is_counted_and_left() {
        let presets = Presets::parse("[presets.a]\nformat = \"webp\"\nwidth = 100").unwrap();
        let mut basis = basis(&presets, "a");
        basis.source.kind = contract::SourceKind::Kafka;
        let mut prediction = Prediction::default();
        prediction.add(&basis, &presets);
        assert_eq!((prediction.images, prediction.not_kept), (1, 1));
        assert_eq!(prediction.bytes_before, 0);
    }
}
