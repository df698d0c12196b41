//! Camera, dates and position from an EXIF block (CIPA DC-008, EXIF 3.0).
//!
//! The main directory, the EXIF directory and the GPS directory are read. The others say nothing for the record: the
//! thumbnail's directory describes the thumbnail, the interoperability directory names a file format rule, and the
//! format of maker notes is not published. An impossible value is left out with a warning. A value that means "unknown"
//! (blank, zero, no denominator) is left out without one.

mod camera;
mod date;
mod gps;
mod maker;
mod tag;
mod written;

use contract::{Exif, Gps, Warning};

use crate::{
    Facts,
    tiff::{Directory, Tiff, Value},
};

/// The code of the warnings about the structure of the block.
const BROKEN: &str = "exif-broken";

/// The code of the warnings about single values.
const IMPLAUSIBLE: &str = "exif-implausible";

/// The facts in an EXIF block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The camera and the dates.
    pub exif: Option<Exif>,
    /// The position. It must be stored only if the deployment asks for it.
    pub gps: Option<Gps>,
    /// What people wrote into the standard's tags.
    pub facts: Facts,
    /// What people wrote into the tags of Windows.
    pub windows: Facts,
    /// Warnings from reading it.
    pub warnings: Vec<Warning>,
}

/// Reads an EXIF block: a TIFF structure, with or without the `Exif\0\0` before it, or a whole TIFF file.
#[must_use]
pub fn read(block: &[u8]) -> Reading {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    match Directories::open(block) {
        Ok((directories, mut warnings)) => {
            let exif = camera::read(&directories, &mut warnings);
            let gps = directories
                .gps
                .and_then(|directory| gps::read(directory, &mut warnings));
            let exif = (exif != Exif::default()).then_some(exif);
            Reading {
                exif,
                gps,
                facts: written::standard(&directories),
                windows: written::windows(&directories),
                warnings,
            }
        }
        Err(warning) => Reading {
            warnings: vec![warning],
            ..Reading::default()
        },
    }
}

/// The maker of a camera in one spelling per maker, for example `Nikon` for `NIKON CORPORATION`.
#[must_use]
pub fn normalise_make(make: &str) -> String {
    maker::normalise(make)
}

/// A warning if the size in the EXIF block differs from that of the stored pixels.
///
/// ```
/// let exif = contract::Exif { pixel_width: Some(4000), pixel_height: Some(3000), ..Default::default() };
/// let warning = metadata::exif::compare_size(&exif, 2000, 1500).unwrap();
/// assert_eq!(warning.message, "EXIF states 4000×3000 pixels, but the image has 2000×1500.");
/// assert_eq!(metadata::exif::compare_size(&exif, 3000, 4000), None);
/// ```
#[must_use]
pub fn compare_size(exif: &Exif, coded_width: u32, coded_height: u32) -> Option<Warning> {
    let (width, height) = (exif.pixel_width?, exif.pixel_height?);
    // Programs that rotate a picture may leave its sides in the old order, which does no harm.
    let same = (width, height) == (coded_width, coded_height)
        || (height, width) == (coded_width, coded_height);
    (!same).then(|| {
        let message = format!(
            "EXIF states {width}×{height} pixels, but the image has {coded_width}×{coded_height}."
        );
        Warning::new("exif-size-differs", message)
    })
}

/// The directories that are read.
struct Directories<'a> {
    main: Directory<'a>,
    photo: Option<Directory<'a>>,
    gps: Option<Directory<'a>>,
}

impl<'a> Directories<'a> {
    fn open(block: &'a [u8]) -> Result<(Self, Vec<Warning>), Warning> {
        let broken =
            |what: String| Warning::new(BROKEN, format!("The EXIF block is broken: {what}."));
        let main = Tiff::first_directory(block).map_err(|error| broken(error.to_string()))?;
        let mut warnings = Vec::new();
        let mut child = |tag, name| match main.child(tag)? {
            Ok(directory) => Some(directory),
            Err(offset) => {
                let what = format!("its {name} directory, at {offset}, lies outside it");
                warnings.push(broken(what));
                None
            }
        };
        let directories = Self {
            main,
            photo: child(tag::EXIF_DIRECTORY, "EXIF"),
            gps: child(tag::GPS_DIRECTORY, "GPS"),
        };
        warnings.extend(directories.damage().map(broken));
        Ok((directories, warnings))
    }

    /// What is damaged in the directories themselves, as ends of sentences.
    fn damage(&self) -> impl Iterator<Item = String> {
        let named = [
            ("main", Some(self.main)),
            ("EXIF", self.photo),
            ("GPS", self.gps),
        ];
        named
            .into_iter()
            .filter_map(|(name, directory)| Some((name, directory?)))
            .flat_map(|(name, directory)| {
                let cut = directory
                    .truncated
                    .then(|| format!("its {name} directory claims more entries than it has"));
                let outside = directory.values_outside();
                let lost = (outside > 0).then(|| {
                    format!("values of its {name} directory lie outside it, {outside} in all")
                });
                cut.into_iter().chain(lost)
            })
    }

    /// A value by its tag. Some programs put tags into the wrong one of the two directories.
    fn get(&self, tag: u16) -> Option<Value<'a>> {
        self.photo
            .and_then(|photo| photo.get(tag))
            .or_else(|| self.main.get(tag))
    }
}

#[cfg(test)]
mod tests;
