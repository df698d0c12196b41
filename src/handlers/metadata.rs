//! Fills the record from bytes and pixels.

use std::time::{Duration, Instant};

use contract::{
    CropFocus, FocusSource, Image, Outcome, Record, RenditionRecord, Warning, rendition_path,
};
use imaging::{Format, Inspection, Notices, Preset, Rendered, Rendition};
use metadata::{
    derived, digest,
    embedded::{self, Blocks},
    exif,
};

use crate::{app::App, handling::milliseconds};

/// Describes the bytes without parsing them.
pub fn describe_file(record: &mut Record, bytes: &[u8]) {
    let started = Instant::now();
    let digests = digest::both(bytes);
    record.file.bytes = bytes.len() as u64;
    record.file.sha256 = Some(digests.sha256);
    record.file.md5 = Some(digests.md5);
    record.file.content_type = Format::detect(bytes)
        .ok()
        .map(|format| format.content_type().to_owned());
    spend(record, started);
}

/// Describes what the header says. Reading it took `took`.
pub fn describe_header(record: &mut Record, inspection: &Inspection<'_>, took: Duration) {
    record.image = Some(image(inspection));
    notice(record, &inspection.warnings);
    record.processing.milliseconds.inspect = Some(milliseconds(took));
}

/// Describes what cameras and people wrote into the file. The place where a picture was taken is
/// personal data and is kept only if `store_gps` is true.
pub fn describe_embedded(record: &mut Record, inspection: &Inspection<'_>, store_gps: bool) {
    let started = Instant::now();
    let embedded = embedded::describe(&Blocks {
        exif: inspection.exif.as_deref(),
        xmp: inspection.xmp.as_deref(),
        extended_xmp: inspection.extended_xmp.as_deref(),
        iptc: inspection.iptc.as_deref(),
        iptc_digest: inspection.iptc_digest,
        c2pa: inspection.c2pa.as_deref(),
        icc: inspection.icc.as_deref(),
    });
    let (coded_width, coded_height) = (inspection.coded_width, inspection.coded_height);
    let other_size = embedded
        .exif
        .as_ref()
        .and_then(|exif| exif::compare_size(exif, coded_width, coded_height));
    for warning in embedded.warnings.into_iter().chain(other_size) {
        warning.add_to(&mut record.processing.warnings);
    }
    record.exif = embedded.exif;
    record.gps = embedded.gps.filter(|_| store_gps);
    record.descriptive = embedded.descriptive;
    record.provenance = embedded.provenance;
    if let Some(image) = &mut record.image {
        image.icc_profile = embedded.icc_profile;
    }
    spend(record, started);
}

/// The notices that renditions carry, taken from the record.
#[must_use]
pub fn notices(record: &Record) -> Notices<'_> {
    let descriptive = record.descriptive.as_ref();
    let provenance = record.provenance.as_ref();
    let of_ai = provenance.filter(|provenance| provenance.ai.is_some());
    Notices {
        creator: descriptive.and_then(|facts| facts.creator.as_deref()),
        copyright: descriptive.and_then(|facts| facts.copyright.as_deref()),
        ai_source_type: of_ai.and_then(|provenance| provenance.digital_source_type.as_deref()),
    }
}

/// Describes what only the decoded pixels show.
pub fn describe_pixels(record: &mut Record, rendered: &Rendered) {
    let started = Instant::now();
    if let Some(image) = &mut record.image {
        image.is_opaque = Some(rendered.is_opaque);
        image.greyscale = Some(rendered.greyscale);
    }
    let preview = &rendered.preview;
    record.derived = Some(derived::describe(
        &preview.rgba,
        preview.width,
        preview.height,
    ));
    let stages = &mut record.processing.milliseconds;
    stages.decode = Some(milliseconds(rendered.timings.decode));
    stages.colour = Some(milliseconds(rendered.timings.colour));
    stages.resize = Some(milliseconds(rendered.timings.resize));
    stages.encode = Some(milliseconds(rendered.timings.encode));
    notice(record, &rendered.warnings);
    spend(record, started);
}

fn notice(record: &mut Record, warnings: &[imaging::Warning]) {
    for warning in warnings {
        Warning::new(warning.code, warning.message.clone())
            .times(warning.count)
            .add_to(&mut record.processing.warnings);
    }
}

/// Adds the time since `started` to the time that metadata has taken so far.
fn spend(record: &mut Record, started: Instant) {
    let spent = &mut record.processing.milliseconds.metadata;
    *spent = Some(round(
        spent.unwrap_or_default() + milliseconds(started.elapsed()),
        3,
    ));
}

/// Lists every expected rendition with its outcome.
#[must_use]
pub fn describe_renditions(
    app: &App,
    name: &str,
    presets: &[&Preset],
    made: &[Rendition],
) -> Vec<RenditionRecord> {
    presets
        .iter()
        .map(|preset| {
            let rendition = made
                .iter()
                .find(|rendition| rendition.preset == preset.name);
            rendition.map_or_else(
                || skipped(preset),
                |rendition| written(app, name, preset, rendition),
            )
        })
        .collect()
}

fn written(app: &App, name: &str, preset: &Preset, rendition: &Rendition) -> RenditionRecord {
    let path = rendition_path(name, &rendition.preset, rendition.format.extension());
    RenditionRecord {
        preset: rendition.preset.clone(),
        preset_version: Some(preset.version()),
        outcome: Outcome::Written,
        reason: None,
        url: Some(app.direct.renditions.url(&path).into()),
        path: Some(path),
        width: Some(rendition.width),
        height: Some(rendition.height),
        bytes: Some(rendition.bytes.len() as u64),
        content_type: Some(rendition.format.content_type().to_owned()),
        sha256: Some(digest::sha256(&rendition.bytes)),
        quality: rendition.quality,
        focus: rendition.focus.map(crop_focus),
    }
}

fn crop_focus(focus: imaging::CropFocus) -> CropFocus {
    CropFocus {
        x: round(focus.point.x, 4),
        y: round(focus.point.y, 4),
        from: match focus.from {
            imaging::FocusSource::Centre => FocusSource::Centre,
            imaging::FocusSource::Attention => FocusSource::Attention,
            imaging::FocusSource::Uploader => FocusSource::Uploader,
        },
    }
}

fn skipped(preset: &Preset) -> RenditionRecord {
    RenditionRecord {
        preset: preset.name.clone(),
        preset_version: None,
        outcome: Outcome::Skipped,
        reason: Some("The original was rejected.".to_owned()),
        path: None,
        url: None,
        width: None,
        height: None,
        bytes: None,
        content_type: None,
        sha256: None,
        quality: None,
        focus: None,
    }
}

fn image(inspection: &Inspection<'_>) -> Image {
    let (width, height) = (inspection.width, inspection.height);
    Image {
        format: inspection.format.as_str().to_owned(),
        width,
        height,
        coded_width: inspection.coded_width,
        coded_height: inspection.coded_height,
        orientation: inspection.orientation.exif(),
        megapixels: round(f64::from(width) * f64::from(height) / 1e6, 2),
        aspect_ratio: round(f64::from(width) / f64::from(height), 4),
        bit_depth: Some(inspection.bit_depth),
        channels: Some(inspection.channels),
        colour_space: Some(inspection.colour_space.as_str().to_owned()),
        icc_profile: None,
        has_alpha: Some(inspection.has_alpha),
        is_opaque: None,
        greyscale: None,
        progressive: inspection.progressive,
        hdr: inspection.hdr.map(|kind| kind.as_str().to_owned()),
        gain_map: inspection.gain_map.map(|map| map.as_str().to_owned()),
        chroma_subsampling: inspection
            .chroma_subsampling
            .map(|sampling| sampling.as_str().to_owned()),
        density: inspection
            .density
            .map(|density| round(density.horizontal, 2)),
        frames: Some(inspection.frames),
        duration: inspection.duration_ms,
        loop_count: inspection.loop_count,
    }
}

fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use contract::{AiUse, Descriptive, Provenance};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn renditions_are_told_who_made_a_picture_and_what_it_says_of_ai() {
        let mut record = Record::blank("a.jpg", Timestamp::UNIX_EPOCH);
        assert_eq!(notices(&record), Notices::default());
        record.descriptive = Some(Descriptive {
            creator: Some("Ana".to_owned()),
            copyright: Some("© Ana".to_owned()),
            ..Descriptive::default()
        });
        record.provenance = Some(Provenance {
            digital_source_type: Some("trainedAlgorithmicMedia".to_owned()),
            ai: Some(AiUse::Made),
            ..Provenance::default()
        });
        let expected = Notices {
            creator: Some("Ana"),
            copyright: Some("© Ana"),
            ai_source_type: Some("trainedAlgorithmicMedia"),
        };
        assert_eq!(notices(&record), expected);
    }

    #[test]
    fn a_source_that_says_nothing_of_ai_is_no_mark() {
        let mut record = Record::blank("a.jpg", Timestamp::UNIX_EPOCH);
        record.provenance = Some(Provenance {
            digital_source_type: Some("digitalCapture".to_owned()),
            ..Provenance::default()
        });
        assert_eq!(notices(&record).ai_source_type, None);
    }
}
