//! Texts that cameras write into the description of every picture, so that they describe nothing.

/// Such texts, in lower case.
const BY_CAMERAS: [&str; 37] = [
    // Cameras and scanners.
    "<digimax i5, samsung #1>",
    "digital camera",
    "digital still camera",
    "exif_jpeg_picture",
    "konica minolta digital camera",
    "minolta digital camera",
    "minolta dsc",
    "my beautiful picture",
    "olympus digital camera",
    "samsung",
    "samsung camera pictures",
    "samsung digital camera",
    "scanner",
    "sony dsc",
    // The camera modes in phones of Huawei and Honor.
    "btf",
    "btfhdr",
    "btfmdn",
    "btr",
    "burst",
    "cof",
    "dav",
    "edf",
    "fbt",
    "fbthdr",
    "frem",
    "fshbty",
    "hdrpl",
    "mde",
    "mde_soft",
    "nor",
    "oznor",
    "oznorwo",
    "ptr",
    "qrf",
    "rhdr",
    "sdr_hdrb",
    // Libraries.
    "binary comment",
];

/// Whether a text is one that a camera writes into every picture, such as `OLYMPUS DIGITAL CAMERA`.
#[must_use]
pub fn is_by_a_camera(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    BY_CAMERAS.contains(&text.as_str())
}
