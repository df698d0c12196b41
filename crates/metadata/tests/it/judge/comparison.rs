//! Fact by fact.

use std::fmt;

use contract::{Descriptive, Exif, Gps};
use metadata::{embedded::Embedded, exif::normalise_make, is_by_a_camera};

use super::exiftool::Tags;

/// One fact as both readers read it.
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
        position(&gps, tags),
        texts(written, tags),
        provenance(ours, tags),
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
    let taken = tags
        .camera_date(
            "DateTimeOriginal",
            "SubSecTimeOriginal",
            "OffsetTimeOriginal",
        )
        .or_else(|| tags.date("XMP-exif:DateTimeOriginal"))
        .or_else(|| tags.date("XMP-photoshop:DateCreated"))
        .or_else(|| tags.iptc_date());
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

/// EXIF's position if it is valid, otherwise XMP's, with EXIF's altitude and direction, unless EXIF has nothing at all.
fn position(gps: &Gps, tags: &Tags) -> Vec<Comparison> {
    let signed = |tag: &str, negative| {
        let reference = format!("GPS:{tag}Ref");
        tags.signed(&format!("GPS:{tag}"), &reference, negative)
    };
    let exif = place(signed("GPSLatitude", "S"), signed("GPSLongitude", "W"));
    let in_xmp = |tag: &str| tags.number(&[&format!("XMP-exif:{tag}")]);
    let xmp = place(in_xmp("GPSLatitude"), in_xmp("GPSLongitude"));
    let (altitude, direction) = (
        signed("GPSAltitude", "1"),
        tags.number(&["GPS:GPSImgDirection"]),
    );
    let only_xmp = exif.is_none() && xmp.is_some() && altitude.is_none() && direction.is_none();
    let (latitude, longitude) = exif.or(xmp).unzip();
    let mut facts = vec![
        of("latitude", gps.latitude, latitude),
        of("longitude", gps.longitude, longitude),
    ];
    if !only_xmp {
        facts.push(of("altitude", gps.altitude, altitude));
        facts.push(of("direction", gps.direction, direction));
    }
    facts
}

/// Two coordinates that make a position.
fn place(latitude: Option<f64>, longitude: Option<f64>) -> Option<(f64, f64)> {
    let (latitude, longitude) = (latitude?, longitude?);
    let can_be = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    (can_be && (latitude, longitude) != (0.0, 0.0)).then_some((latitude, longitude))
}

/// In the order of the Metadata Working Group's guidance, as ExifTool's own module for it has them.
fn texts(written: Descriptive, tags: &Tags) -> Vec<Comparison> {
    let digest = |tag| tags.text(&[tag]);
    let then = digest("Photoshop:IPTCDigest").filter(|digest| digest.contains(|c| c != '0'));
    let changed = then.is_some_and(|then| Some(then) != digest("File:CurrentIPTCDigest"));
    let first = |exif: &[&str], xmp: &str, iptc: &str, windows: &str| {
        let (second, third) = if changed { (iptc, xmp) } else { (xmp, iptc) };
        let all = exif.iter().copied().chain([second, third, windows]);
        all.filter_map(|tag| tags.text(&[tag]))
            .find(|text| !is_by_a_camera(text))
    };
    let keywords = (!written.keywords.is_empty()).then(|| written.keywords.join("; "));
    let copyright = first(
        &["IFD0:Copyright"],
        "XMP-dc:Rights",
        "IPTC:CopyrightNotice",
        "",
    );
    // ExifTool shows the editor's copyright behind a line break.
    let copyright = copyright.map(|text| text.lines().next().unwrap_or_default().trim().to_owned());
    vec![
        of(
            "title",
            written.title,
            first(&[], "XMP-dc:Title", "IPTC:ObjectName", "IFD0:XPTitle"),
        ),
        of(
            "description",
            written.description,
            first(
                &["IFD0:ImageDescription"],
                "XMP-dc:Description",
                "IPTC:Caption-Abstract",
                "IFD0:XPComment",
            ),
        ),
        of(
            "keywords",
            keywords,
            first(&[], "XMP-dc:Subject", "IPTC:Keywords", "IFD0:XPKeywords"),
        ),
        of(
            "creator",
            written.creator,
            first(
                &["IFD0:Artist"],
                "XMP-dc:Creator",
                "IPTC:By-line",
                "IFD0:XPAuthor",
            ),
        ),
        of("copyright", written.copyright, copyright),
        // Zero is not a rating.
        of(
            "rating",
            written.rating,
            tags.number(&["XMP-xmp:Rating", "IFD0:Rating"])
                .filter(|&stars| stars != 0.0),
        ),
    ]
}

/// ExifTool reads manifests in only some of the formats, and gives the values of all manifests, with those of the last
/// one last.
fn provenance(ours: &Embedded, tags: &Tags) -> Vec<Comparison> {
    let ours = ours.provenance.clone().unwrap_or_default();
    let code = |address: String| address.rsplit('/').next().unwrap_or_default().to_owned();
    let in_xmp = tags.text(&["XMP-iptcExt:DigitalSourceType"]);
    let mut facts = Vec::new();
    if tags.text(&["JUMBF:JUMDLabel"]).is_some() {
        let name = tags.text(&["CBOR:Claim_Generator_InfoName"]);
        let version = tags.text(&["CBOR:Claim_Generator_InfoVersion"]);
        let program = name
            .zip(version)
            .map(|(name, version)| format!("{name} {version}"));
        let program = program.or_else(|| tags.text(&["CBOR:Claim_generator"]));
        let in_manifest = tags.text(&["CBOR:ActionsDigitalSourceType"]);
        facts.push(of("generator", ours.generator, program));
        facts.push(of(
            "source type",
            ours.digital_source_type,
            in_xmp.or(in_manifest).map(code),
        ));
    } else if ours.manifest.is_none() {
        facts.push(of(
            "source type",
            ours.digital_source_type,
            in_xmp.map(code),
        ));
    }
    facts
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

    /// Numbers agree within a hundred-thousandth. Texts agree if they are equal.
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
