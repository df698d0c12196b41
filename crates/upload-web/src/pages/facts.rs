//! The facts of a record in words, group by group. Unknown facts are left out.

use contract::{Exif, FoundIn, Gps, Image, Record};

use super::{provenance, text};

/// Rows that belong together.
pub struct Group {
    /// The heading of the group.
    pub title: &'static str,
    /// Names and values.
    pub facts: Vec<(&'static str, String)>,
}

/// Every group that has a fact.
#[must_use]
pub fn groups(record: &Record) -> Vec<Group> {
    let groups = [
        ("File", file(record)),
        (
            "Image",
            record.image.as_ref().map(image).unwrap_or_default(),
        ),
        (
            "Camera",
            record.exif.as_ref().map(camera).unwrap_or_default(),
        ),
        ("Place", record.gps.as_ref().map(place).unwrap_or_default()),
        ("Written into the file", described(record)),
        (
            "Where it comes from",
            record
                .provenance
                .as_ref()
                .map(provenance::facts)
                .unwrap_or_default(),
        ),
        ("Measured", measured(record)),
        ("Processing", processing(record)),
    ];
    groups
        .into_iter()
        .map(|(title, facts)| Group {
            title,
            facts: facts
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        })
        .filter(|group| !group.facts.is_empty())
        .collect()
}

/// Names and values. Unknown values are absent.
pub(super) type Rows = Vec<(&'static str, Option<String>)>;

fn file(record: &Record) -> Rows {
    let (file, source) = (&record.file, &record.source);
    vec![
        ("Name", file.name.clone()),
        ("Size", Some(text::bytes(file.bytes))),
        ("Type", file.content_type.clone()),
        (
            "Declared as",
            file.declared_type
                .clone()
                .filter(|t| Some(t) != file.content_type.as_ref()),
        ),
        ("SHA-256", file.sha256.clone()),
        ("MD5", file.md5.clone()),
        ("Uploaded", source.uploaded_at.map(text::time)),
        ("Uploaded by", source.uploader.clone()),
        (
            "Stored as",
            source
                .container
                .as_ref()
                .map(|c| format!("{c}/{}", source.name)),
        ),
        (
            "Kafka",
            source.topic.as_ref().map(|topic| {
                let (partition, offset) = (
                    source.partition.unwrap_or_default(),
                    source.offset.unwrap_or_default(),
                );
                format!("{topic}, partition {partition}, offset {offset}")
            }),
        ),
    ]
}

fn image(image: &Image) -> Rows {
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let yes = |value: Option<bool>| value.map(|value| if value { "yes" } else { "no" }.to_owned());
    let turned = image.orientation > 1;
    vec![
        ("Format", Some(image.format.to_uppercase())),
        (
            "Size",
            Some(format!("{} × {} pixels", image.width, image.height)),
        ),
        ("Megapixels", Some(image.megapixels.to_string())),
        (
            "Stored size",
            turned.then(|| format!("{} × {} pixels", image.coded_width, image.coded_height)),
        ),
        ("Orientation", turned.then(|| image.orientation.to_string())),
        (
            "Bits per channel",
            image.bit_depth.map(|bits| bits.to_string()),
        ),
        (
            "Channels",
            image.channels.map(|channels| channels.to_string()),
        ),
        ("Colour model", image.colour_space.clone()),
        ("Colour profile", image.icc_profile.clone()),
        ("Chroma subsampling", image.chroma_subsampling.clone()),
        ("High dynamic range", image.hdr.clone()),
        ("Gain map", image.gain_map.clone()),
        ("Alpha channel", yes(image.has_alpha)),
        (
            "Fully opaque",
            yes(image.is_opaque.filter(|_| image.has_alpha == Some(true))),
        ),
        ("Greyscale", yes(image.greyscale.filter(|&grey| grey))),
        ("Progressive", yes(image.progressive)),
        (
            "Density",
            image
                .density
                .map(|density| format!("{density:.0} pixels per inch")),
        ),
        ("Frames", number(image.frames.filter(|&frames| frames > 1))),
        (
            "Duration",
            image
                .duration
                .filter(|&ms| ms > 0)
                .map(|ms| format!("{ms} ms")),
        ),
    ]
}

fn camera(exif: &Exif) -> Rows {
    vec![
        ("Make", exif.make.clone()),
        ("Model", exif.model.clone()),
        ("Lens", exif.lens.clone()),
        ("Taken", taken(exif)),
        (
            "Exposure",
            exif.exposure_text
                .clone()
                .or(exif.exposure.map(|s| format!("{s} s"))),
        ),
        (
            "Aperture",
            exif.f_number.map(|number| format!("f/{number}")),
        ),
        ("ISO", exif.iso.map(|iso| iso.to_string())),
        (
            "Focal length",
            exif.focal_length.map(|length| format!("{length} mm")),
        ),
        (
            "Focal length in 35 mm film",
            exif.focal_length35.map(|length| format!("{length} mm")),
        ),
        (
            "Exposure compensation",
            exif.exposure_bias.map(|bias| format!("{bias:+} EV")),
        ),
        ("Program", exif.exposure_program.clone()),
        ("Metering", exif.metering_mode.clone()),
        ("White balance", exif.white_balance.clone()),
        (
            "Flash",
            exif.flash
                .map(|fired| if fired { "fired" } else { "off" }.to_owned()),
        ),
        ("Software", exif.software.clone()),
    ]
}

/// The date, and the part of the file that states it if that is not EXIF.
fn taken(exif: &Exif) -> Option<String> {
    let date = exif.taken_at.clone()?;
    let elsewhere = exif.taken_at_from.filter(|from| *from != FoundIn::Exif);
    Some(match elsewhere {
        Some(from) => format!("{date} (from {})", provenance::block(from)),
        None => date,
    })
}

fn place(gps: &Gps) -> Rows {
    let degrees = |value: Option<f64>| value.map(|value| format!("{value:.5}°"));
    vec![
        ("Latitude", degrees(gps.latitude)),
        ("Longitude", degrees(gps.longitude)),
        (
            "Altitude",
            gps.altitude.map(|metres| format!("{metres:.0} m")),
        ),
        (
            "Direction",
            gps.direction.map(|direction| format!("{direction:.0}°")),
        ),
    ]
}

fn described(record: &Record) -> Rows {
    let Some(described) = &record.descriptive else {
        return Vec::new();
    };
    let keywords = described.keywords.join(", ");
    vec![
        ("Title", described.title.clone()),
        ("Description", described.description.clone()),
        (
            "Keywords",
            Some(keywords).filter(|keywords| !keywords.is_empty()),
        ),
        ("Creator", described.creator.clone()),
        ("Copyright", described.copyright.clone()),
        (
            "Rating",
            described.rating.map(|rating| format!("{rating} of 5")),
        ),
    ]
}

fn measured(record: &Record) -> Rows {
    let Some(derived) = &record.derived else {
        return Vec::new();
    };
    vec![
        ("Average colour", derived.average_colour.clone()),
        (
            "Entropy",
            derived.entropy.map(|bits| format!("{bits:.2} bits")),
        ),
        (
            "Sharpness",
            derived.sharpness.map(|sharpness| format!("{sharpness:.0}")),
        ),
        ("Perceptual hash", derived.perceptual_hash.clone()),
    ]
}

fn processing(record: &Record) -> Rows {
    let processing = &record.processing;
    let times = &processing.milliseconds;
    let stages: Vec<_> = times
        .stages()
        .filter(|&(_, ms)| ms >= 0.05)
        .map(|(stage, ms)| format!("{stage} {}", text::milliseconds(ms)))
        .collect();
    vec![
        ("Recorded", Some(text::time(record.created_at))),
        ("Time", times.total.map(text::milliseconds)),
        (
            "Of that",
            Some(stages.join(", ")).filter(|stages| !stages.is_empty()),
        ),
        (
            "Attempt",
            processing
                .attempt
                .filter(|&a| a > 1)
                .map(|attempt| attempt.to_string()),
        ),
        ("Handler", Some(processing.handler_version.clone())),
        ("Presets", processing.presets_version.clone()),
        ("Trace", processing.trace_id.clone()),
        ("Invocation", processing.invocation_id.clone()),
    ]
}
