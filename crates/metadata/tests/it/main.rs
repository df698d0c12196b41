//! Tests whole files, as programs write them: what is read from their blocks, and what ExifTool
//! reads.

mod c2pa_store;
mod containers;
mod judge;
mod kinds;
mod provenance;

use imaging::{Inspection, Limits};
use metadata::embedded::{self, Blocks, Embedded};

/// A file and its name.
type Sample = (&'static str, Vec<u8>);

/// What this crate reads in a file, called like the handler calls it.
fn described(inspection: &Inspection<'_>) -> Embedded {
    embedded::describe(&Blocks {
        exif: inspection.exif.as_deref(),
        xmp: inspection.xmp.as_deref(),
        extended_xmp: inspection.extended_xmp.as_deref(),
        iptc: inspection.iptc.as_deref(),
        iptc_digest: inspection.iptc_digest,
        c2pa: inspection.c2pa.as_deref(),
        icc: inspection.icc.as_deref(),
    })
}

/// What this crate reads in a file that causes no warnings.
#[track_caller]
fn read(file: &[u8]) -> Embedded {
    let inspection = imaging::inspect(file, &Limits::default()).expect("the file is an image");
    assert!(inspection.warnings.is_empty(), "{:?}", inspection.warnings);
    let embedded = described(&inspection);
    assert_eq!(embedded.warnings, []);
    embedded
}
