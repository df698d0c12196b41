//! The kinds of camera raw photos. They contain the sensor's data and also a picture that the camera made from it.

/// The maker of a raw photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RawKind {
    /// Adobe's Digital Negative, which phones write, too.
    Dng,
    /// Nikon.
    Nef,
    /// Canon, in TIFF.
    Cr2,
    /// Canon, in ISO base media.
    Cr3,
    /// Sony.
    Arw,
    /// Fujifilm.
    Raf,
    /// Olympus and OM System.
    Orf,
    /// Panasonic.
    Rw2,
    /// Another one in TIFF, such as Pentax's and Samsung's.
    Other,
}

impl RawKind {
    /// The file name extension without its dot.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Dng => "dng",
            Self::Nef => "nef",
            Self::Cr2 => "cr2",
            Self::Cr3 => "cr3",
            Self::Arw => "arw",
            Self::Raf => "raf",
            Self::Orf => "orf",
            Self::Rw2 => "rw2",
            Self::Other => "raw",
        }
    }

    /// The media type. IANA lists none; desktops and browsers use these.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Dng => "image/x-adobe-dng",
            Self::Nef => "image/x-nikon-nef",
            Self::Cr2 => "image/x-canon-cr2",
            Self::Cr3 => "image/x-canon-cr3",
            Self::Arw => "image/x-sony-arw",
            Self::Raf => "image/x-fuji-raf",
            Self::Orf => "image/x-olympus-orf",
            Self::Rw2 => "image/x-panasonic-rw2",
            Self::Other => "image/x-dcraw",
        }
    }

    /// The common name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dng => "a DNG raw photo",
            Self::Nef => "a Nikon NEF raw photo",
            Self::Cr2 => "a Canon CR2 raw photo",
            Self::Cr3 => "a Canon CR3 raw photo",
            Self::Arw => "a Sony ARW raw photo",
            Self::Raf => "a Fujifilm RAF raw photo",
            Self::Orf => "an Olympus ORF raw photo",
            Self::Rw2 => "a Panasonic RW2 raw photo",
            Self::Other => "a camera raw photo",
        }
    }

    /// The kind by the first bytes, if they differ from TIFF's.
    pub(super) fn of_signature(bytes: &[u8]) -> Option<Self> {
        const SIGNATURES: [(usize, &[u8], RawKind); 6] = [
            (8, b"CR\x02", RawKind::Cr2),
            (0, b"IIRO", RawKind::Orf),
            (0, b"IIRS", RawKind::Orf),
            (0, b"MMOR", RawKind::Orf),
            (0, b"IIU\0", RawKind::Rw2),
            (0, b"FUJIFILMCCD-RAW", RawKind::Raf),
        ];
        SIGNATURES.into_iter().find_map(|(at, signature, kind)| {
            let rest = bytes.get(at..)?;
            // Canon's signature comes after the header of a TIFF.
            let is_there = rest.starts_with(signature) && (at == 0 || bytes.starts_with(b"II*\0"));
            is_there.then_some(kind)
        })
    }
}
