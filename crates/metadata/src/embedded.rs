//! What is embedded in a file, all blocks together.

use contract::{Descriptive, Exif, Gps, Warning};

use crate::{Facts, exif, icc, iptc, xmp};

/// The blocks of a file, as its container holds them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blocks<'a> {
    /// EXIF: a TIFF structure, or a whole TIFF file.
    pub exif: Option<&'a [u8]>,
    /// XMP: the packet.
    pub xmp: Option<&'a [u8]>,
    /// IPTC-IIM: the datasets, without Photoshop's resource around them.
    pub iptc: Option<&'a [u8]>,
    /// The ICC profile.
    pub icc: Option<&'a [u8]>,
}

/// What the blocks say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// The camera and the dates.
    pub exif: Option<Exif>,
    /// The position; whoever stores it has to be asked to.
    pub gps: Option<Gps>,
    /// What people wrote, each fact from the block that is trusted most with it.
    pub descriptive: Option<Descriptive>,
    /// The colour profile's name.
    pub icc_profile: Option<String>,
    /// What was noticed, the same once with its count.
    pub warnings: Vec<Warning>,
}

/// Reads the blocks. A broken one is a warning.
#[must_use]
pub fn describe(blocks: &Blocks<'_>) -> Embedded {
    let exif = blocks.exif.map(exif::read).unwrap_or_default();
    let xmp = blocks.xmp.map(xmp::read).unwrap_or_default();
    let iptc = blocks.iptc.map(iptc::read).unwrap_or_default();
    let mut warnings = Vec::new();
    for warning in [exif.warnings, xmp.warnings, iptc.warnings].concat() {
        warning.add_to(&mut warnings);
    }
    Embedded {
        descriptive: Facts::merge(&xmp.facts, &iptc.facts, &exif.facts),
        exif: exif.exif,
        gps: exif.gps,
        icc_profile: blocks.icc.and_then(icc::profile_name),
        warnings,
    }
}
