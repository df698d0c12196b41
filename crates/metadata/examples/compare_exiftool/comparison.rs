//! Fact by fact.

use std::fmt;

use contract::{Descriptive, Exif, Gps};
use metadata::{embedded::Embedded, exif::normalise_make};

use crate::exiftool::Tags;

/// One fact as both readers have it.
pub(crate) struct Comparison {
    what: &'static str,
    ours: Fact,
    theirs: Fact,
}

#[derive(PartialEq)]
enum Fact {
    Text(String),
    Number(f64),
    Absent,
}

/// Every fact that both readers could have.
pub(crate) fn compare(ours: &Embedded, tags: &Tags) -> Vec<Comparison> {
    let exif = ours.exif.clone().unwrap_or_default();
    let gps = ours.gps.clone().unwrap_or_default();
    let written = ours.descriptive.clone().unwrap_or_default();
    let profile = tags.text(&["ICC_Profile:ProfileDescription"]);
    let profile = of("profile", ours.icc_profile.clone(), profile);
    [
        camera(exif.clone(), tags),
        dates(&exif, tags),
        position(gps, tags),
        texts(written, tags),
        vec![profile],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn camera(exif: Exif, tags: &Tags) -> Vec<Comparison> {
    let make = tags.camera_text("Make").map(|make| normalise_make(&make));
    // ExifTool has already turned these two from exponents into seconds and f-numbers.
    let shutter = || tags.camera_quantity("ShutterSpeedValue");
    let aperture = || {
        tags.camera_quantity("ApertureValue")
            .map(|stop| (stop * 10.0).round() / 10.0)
    };
    vec![
        of("make", exif.make, make),
        of("model", exif.model, tags.camera_text("Model")),
        of("software", exif.software, tags.camera_text("Software")),
        of("lens", exif.lens, tags.camera_text("LensModel")),
        of(
            "exposure",
            exif.exposure,
            tags.camera_quantity("ExposureTime").or_else(shutter),
        ),
        of(
            "f-number",
            exif.f_number,
            tags.camera_quantity("FNumber").or_else(aperture),
        ),
        of("ISO", exif.iso.map(f64::from), tags.camera_quantity("ISO")),
        of(
            "focal length",
            exif.focal_length,
            tags.camera_quantity("FocalLength"),
        ),
        of(
            "35 mm focal length",
            exif.focal_length35,
            tags.camera_quantity("FocalLengthIn35mmFormat"),
        ),
        of(
            "exposure bias",
            exif.exposure_bias,
            tags.camera_number("ExposureCompensation"),
        ),
        of(
            "flash",
            exif.flash.map(u8::from).map(f64::from),
            tags.camera_number("Flash").map(|flash| flash % 2.0),
        ),
        of(
            "width",
            exif.pixel_width.map(f64::from),
            tags.camera_quantity("ExifImageWidth"),
        ),
        of(
            "height",
            exif.pixel_height.map(f64::from),
            tags.camera_quantity("ExifImageHeight"),
        ),
    ]
}

/// The record leaves out dates that are the same as the first.
fn dates(exif: &Exif, tags: &Tags) -> Vec<Comparison> {
    let taken = tags.camera_date(
        "DateTimeOriginal",
        "SubSecTimeOriginal",
        "OffsetTimeOriginal",
    );
    let other = |what, ours: &Option<String>, date, sub_seconds, offset| {
        let theirs = tags
            .camera_date(date, sub_seconds, offset)
            .filter(|date| taken.as_ref() != Some(date));
        of(what, ours.clone(), theirs)
    };
    let digitised = other(
        "digitised",
        &exif.digitised_at,
        "CreateDate",
        "SubSecTimeDigitized",
        "OffsetTimeDigitized",
    );
    let modified = other(
        "modified",
        &exif.modified_at,
        "ModifyDate",
        "SubSecTime",
        "OffsetTime",
    );
    vec![
        digitised,
        modified,
        of("taken", exif.taken_at.clone(), taken),
    ]
}

fn position(gps: Gps, tags: &Tags) -> Vec<Comparison> {
    let latitude = tags.signed("GPS:GPSLatitude", "GPS:GPSLatitudeRef", "S");
    let longitude = tags.signed("GPS:GPSLongitude", "GPS:GPSLongitudeRef", "W");
    vec![
        of("latitude", gps.latitude, latitude),
        of("longitude", gps.longitude, longitude),
        of(
            "altitude",
            gps.altitude,
            tags.signed("GPS:GPSAltitude", "GPS:GPSAltitudeRef", "1"),
        ),
        of(
            "direction",
            gps.direction,
            tags.number(&["GPS:GPSImgDirection"]),
        ),
        // A datum without a position is not recorded.
        of(
            "datum",
            gps.datum,
            tags.text(&["GPS:GPSMapDatum"])
                .filter(|_| latitude.is_some()),
        ),
    ]
}

fn texts(written: Descriptive, tags: &Tags) -> Vec<Comparison> {
    let keywords = (!written.keywords.is_empty()).then(|| written.keywords.join("; "));
    let theirs = |xmp, iptc, exif, windows| tags.text(&[xmp, iptc, exif, windows]);
    vec![
        of(
            "title",
            written.title,
            theirs(
                "XMP-dc:Title",
                "IPTC:ObjectName",
                "ExifIFD:ImageTitle",
                "IFD0:XPTitle",
            ),
        ),
        of(
            "description",
            written.description,
            theirs(
                "XMP-dc:Description",
                "IPTC:Caption-Abstract",
                "IFD0:ImageDescription",
                "IFD0:XPComment",
            ),
        ),
        of(
            "keywords",
            keywords,
            tags.text(&["XMP-dc:Subject", "IPTC:Keywords", "IFD0:XPKeywords"]),
        ),
        of(
            "creator",
            written.creator,
            theirs(
                "XMP-dc:Creator",
                "IPTC:By-line",
                "IFD0:Artist",
                "IFD0:XPAuthor",
            ),
        ),
        of(
            "copyright",
            written.copyright,
            tags.text(&["XMP-dc:Rights", "IPTC:CopyrightNotice", "IFD0:Copyright"]),
        ),
        // Nought is no rating.
        of(
            "rating",
            written.rating,
            tags.number(&["XMP-xmp:Rating", "IFD0:Rating"])
                .filter(|&stars| stars != 0.0),
        ),
    ]
}

fn of(what: &'static str, ours: impl Into<Fact>, theirs: impl Into<Fact>) -> Comparison {
    Comparison {
        what,
        ours: ours.into(),
        theirs: theirs.into(),
    }
}

impl Comparison {
    /// Whether neither reader has the fact.
    pub(crate) fn is_of_nothing(&self) -> bool {
        self.ours == Fact::Absent && self.theirs == Fact::Absent
    }

    /// Numbers agree within a hundred-thousandth, texts where they are the same.
    pub(crate) fn agrees(&self) -> bool {
        match (&self.ours, &self.theirs) {
            (Fact::Number(ours), Fact::Number(theirs)) => {
                (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1e-3)
            }
            (ours, theirs) => ours == theirs,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} here, {} by ExifTool",
            self.what, self.ours, self.theirs
        )
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Absent => write!(f, "absent"),
        }
    }
}

impl From<Option<String>> for Fact {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Absent, Self::Text)
    }
}

impl From<Option<f64>> for Fact {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }
}
