//! Everything that is embedded in a file, from all blocks together.

use contract::{Descriptive, Exif, FoundIn, Gps, Provenance, Warning};

use crate::{Sources, c2pa, digest, exif, icc, iptc, provenance, xmp};

/// The most bytes of JSON that the embedded facts take in a record, whatever the blocks hold.
///
/// A document of Cosmos DB has at most 2 MB. Texts are most of it: eight of
/// [`text::MAX_CHARACTERS`](crate::text::MAX_CHARACTERS), the keywords, and [`contract::MAX_WARNINGS`] warnings, with
/// up to four bytes for each character.
pub const MAX_RECORDED_BYTES: usize = 256 * 1024;

/// The blocks of a file, as found in its container.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blocks<'a> {
    /// EXIF: a TIFF structure, or a whole TIFF file.
    pub exif: Option<&'a [u8]>,
    /// XMP: the packet, in UTF-8.
    pub xmp: Option<&'a [u8]>,
    /// XMP: the part that had no room in the packet, in UTF-8.
    pub extended_xmp: Option<&'a [u8]>,
    /// IPTC-IIM: the datasets, without the Photoshop resource around them.
    pub iptc: Option<&'a [u8]>,
    /// The digest of the IPTC-IIM block when it was last written together with XMP, from Photoshop's resources.
    pub iptc_digest: Option<[u8; 16]>,
    /// C2PA: the manifest store.
    pub c2pa: Option<&'a [u8]>,
    /// The ICC profile.
    pub icc: Option<&'a [u8]>,
}

/// The facts in the blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// The camera and the dates. The date of the picture may come from another block.
    pub exif: Option<Exif>,
    /// The position. It must be stored only if the deployment asks for it.
    pub gps: Option<Gps>,
    /// What people wrote, each fact from its most trusted block.
    pub descriptive: Option<Descriptive>,
    /// How the picture says that it was made.
    pub provenance: Option<Provenance>,
    /// The colour profile's name.
    pub icc_profile: Option<String>,
    /// Warnings from reading the blocks, each once with its count.
    pub warnings: Vec<Warning>,
}

/// Reads the blocks. A broken one gives a warning.
#[must_use]
pub fn describe(blocks: &Blocks<'_>) -> Embedded {
    let exif = blocks.exif.map(exif::read).unwrap_or_default();
    let xmp = blocks
        .xmp
        .map(|packet| xmp::read(packet, blocks.extended_xmp))
        .unwrap_or_default();
    let iptc = blocks.iptc.map(iptc::read).unwrap_or_default();
    let manifest = blocks.c2pa.map(c2pa::read);
    let provenance = provenance::merge(
        manifest.as_ref(),
        xmp.digital_source_type.as_deref(),
        xmp.manifest_address.is_some(),
    );
    let of_manifest = manifest.map(|manifest| manifest.warnings);
    let mut warnings = Vec::new();
    for warning in [
        exif.warnings,
        xmp.warnings,
        iptc.warnings,
        of_manifest.unwrap_or_default(),
    ]
    .concat()
    {
        warning.add_to(&mut warnings);
    }
    let dates = [(xmp.taken_at, FoundIn::Xmp), (iptc.taken_at, FoundIn::Iptc)];
    Embedded {
        exif: with_date(exif.exif, dates),
        gps: with_position(exif.gps, xmp.gps),
        descriptive: Sources {
            exif: exif.facts,
            xmp: xmp.facts,
            iptc: iptc.facts,
            windows: exif.windows,
            iptc_is_newer: was_changed(blocks),
        }
        .merge(),
        provenance,
        icc_profile: blocks.icc.and_then(icc::profile_name),
        warnings,
    }
}

/// Whether the IPTC block has changed since it was written together with XMP. Without a digest this is unknown, and XMP
/// wins.
fn was_changed(blocks: &Blocks<'_>) -> bool {
    // Some programs write zeros if there is no digest.
    let digest = blocks.iptc_digest.filter(|digest| *digest != [0; 16]);
    blocks
        .iptc
        .zip(digest)
        .is_some_and(|(iptc, then)| digest::md5_bytes(iptc) != then)
}

/// Adds the date of the picture from the first of these blocks that states it, if EXIF does not.
fn with_date(exif: Option<Exif>, dates: [(Option<String>, FoundIn); 2]) -> Option<Exif> {
    if exif.as_ref().is_some_and(|exif| exif.taken_at.is_some()) {
        return exif;
    }
    let found = dates
        .into_iter()
        .find_map(|(date, from)| date.map(|date| (date, from)));
    let Some((date, from)) = found else {
        return exif;
    };
    let mut exif = exif.unwrap_or_default();
    let other = |known: &mut Option<String>| {
        known.take_if(|known| *known == date);
    };
    other(&mut exif.digitised_at);
    other(&mut exif.modified_at);
    exif.taken_at = Some(date);
    exif.taken_at_from = Some(from);
    Some(exif)
}

/// The position of XMP if EXIF has none. The other facts of EXIF's receiver stay.
fn with_position(exif: Option<Gps>, xmp: Option<Gps>) -> Option<Gps> {
    let (Some(exif), Some(xmp)) = (&exif, &xmp) else {
        return exif.or(xmp);
    };
    if exif.latitude.is_some() {
        return Some(exif.clone());
    }
    Some(Gps {
        latitude: xmp.latitude,
        longitude: xmp.longitude,
        point: xmp.point,
        position_from: xmp.position_from,
        ..exif.clone()
    })
}

#[cfg(test)]
mod tests {
    use contract::Point;

    use super::*;

    /// A character of four bytes.
    const LONG: char = '\u{1F4F7}';

    /// An XMP packet in which every text is far longer than what is kept.
    fn packet() -> String {
        let text: String = std::iter::repeat_n(LONG, 5_000).collect();
        let keywords: Vec<_> = (0..300)
            .map(|number| format!("<rdf:li>{number}{}</rdf:li>", &text[..4 * 500]))
            .collect();
        let keywords = keywords.concat();
        let [title, description, rights] =
            ["title", "description", "rights"].map(|name| format!("<dc:{name}>{text}</dc:{name}>"));
        format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'>\
             <dc:subject><rdf:Bag>{keywords}</rdf:Bag></dc:subject>\
             <dc:creator><rdf:Seq><rdf:li>{text}</rdf:li></rdf:Seq></dc:creator>\
             {title}{description}{rights}</rdf:Description></rdf:RDF>"
        )
    }

    /// A packet whose description has these attributes.
    fn small(attributes: &str) -> Vec<u8> {
        format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' \
             xmlns:exif='http://ns.adobe.com/exif/1.0/' {attributes}/></rdf:RDF>"
        )
        .into_bytes()
    }

    #[test]
    fn the_date_is_exifs_then_xmps_then_iptcs() {
        let xmp = small("exif:DateTimeOriginal='2024-05-02'");
        let iptc = b"\x1c\x02\x37\0\x0820240503";
        let taken = |blocks: &Blocks<'_>| {
            let exif = describe(blocks).exif.unwrap_or_default();
            (exif.taken_at, exif.taken_at_from)
        };
        let mut blocks = Blocks {
            xmp: Some(&xmp),
            iptc: Some(iptc),
            ..Blocks::default()
        };
        assert_eq!(
            taken(&blocks),
            (Some("2024-05-02".to_owned()), Some(FoundIn::Xmp))
        );
        blocks.xmp = None;
        assert_eq!(
            taken(&blocks),
            (Some("2024-05-03".to_owned()), Some(FoundIn::Iptc))
        );
        let known = Exif {
            taken_at: Some("2024-05-01".to_owned()),
            ..Exif::default()
        };
        let dates = || {
            [
                (Some("2024-05-02".to_owned()), FoundIn::Xmp),
                (None, FoundIn::Iptc),
            ]
        };
        assert_eq!(with_date(Some(known.clone()), dates()), Some(known));
        // A date that equals another one is reported once.
        let modified = Exif {
            modified_at: Some("2024-05-02".to_owned()),
            ..Exif::default()
        };
        let merged = with_date(Some(modified), dates()).expect("there is a date");
        assert_eq!(
            (merged.taken_at_from, merged.modified_at),
            (Some(FoundIn::Xmp), None)
        );
    }

    #[test]
    fn the_position_is_xmps_where_exif_has_none() {
        let place = |latitude: Option<f64>, from| Gps {
            latitude,
            longitude: latitude,
            point: latitude.map(|latitude| Point::new(latitude, latitude)),
            position_from: latitude.map(|_| from),
            ..Gps::default()
        };
        let (exif, xmp) = (
            place(Some(1.0), FoundIn::Exif),
            place(Some(2.0), FoundIn::Xmp),
        );
        assert_eq!(
            with_position(Some(exif.clone()), Some(xmp.clone())),
            Some(exif)
        );
        assert_eq!(with_position(None, Some(xmp.clone())), Some(xmp.clone()));
        let altitude = Gps {
            altitude: Some(12.0),
            ..Gps::default()
        };
        let merged = Gps {
            altitude: Some(12.0),
            ..xmp.clone()
        };
        assert_eq!(with_position(Some(altitude), Some(xmp)), Some(merged));
    }

    #[test]
    fn iptc_counts_before_xmp_where_its_digest_says_that_it_was_changed_later() {
        let xmp = small("dc:description='By XMP'");
        let iptc = b"\x1c\x02\x78\0\x07By IPTC";
        let from = |digest: Option<[u8; 16]>| {
            let described = describe(&Blocks {
                xmp: Some(&xmp),
                iptc: Some(iptc),
                iptc_digest: digest,
                ..Blocks::default()
            });
            described
                .descriptive
                .and_then(|facts| facts.description_from)
        };
        assert_eq!(from(None), Some(FoundIn::Xmp));
        assert_eq!(from(Some(digest::md5_bytes(iptc))), Some(FoundIn::Xmp));
        assert_eq!(from(Some([7; 16])), Some(FoundIn::Iptc));
        assert_eq!(from(Some([0; 16])), Some(FoundIn::Xmp));
    }

    /// An EXIF block in which all texts are the same one, far longer than what is kept.
    fn block() -> Vec<u8> {
        let text: String = std::iter::repeat_n(LONG, 5_000).collect();
        let tags = [0x010E_u16, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298, 0xA434];
        let count = u16::try_from(tags.len()).expect("few tags");
        let at = 8 + 2 + u32::from(count) * 12 + 4;
        let length = u32::try_from(text.len()).expect("a short text");
        let mut block = [b"MM\0*\0\0\0\x08".as_slice(), &count.to_be_bytes()].concat();
        for tag in tags {
            block.extend([tag.to_be_bytes(), 2_u16.to_be_bytes()].concat());
            block.extend([length.to_be_bytes(), at.to_be_bytes()].concat());
        }
        block.extend([0; 4]);
        block.extend(text.as_bytes());
        block
    }

    #[test]
    fn what_is_recorded_is_bounded_whatever_the_blocks_hold() {
        let (exif, xmp) = (block(), packet());
        let embedded = describe(&Blocks {
            exif: Some(&exif),
            xmp: Some(xmp.as_bytes()),
            iptc: Some(&[0x1C; 5_000]),
            ..Blocks::default()
        });
        let kept = embedded.descriptive.as_ref().expect("there are facts");
        assert_eq!(kept.keywords.len(), crate::text::MAX_KEYWORDS);
        let json = [
            serde_json::to_string(&embedded.exif),
            serde_json::to_string(&embedded.descriptive),
            serde_json::to_string(&embedded.warnings),
        ];
        let bytes: usize = json
            .into_iter()
            .map(|json| json.expect("it can be written").len())
            .sum();
        // The lower bound makes the test fail if the texts were shortened too much.
        assert!(
            (MAX_RECORDED_BYTES / 4..=MAX_RECORDED_BYTES).contains(&bytes),
            "{bytes}"
        );
    }

    #[test]
    fn the_same_warning_is_told_once() {
        // Two directories and a value lie outside the block.
        let mut block = b"MM\0*\0\0\0\x08\0\x02".to_vec();
        for tag in [0x8769_u16, 0x8825] {
            block.extend([tag.to_be_bytes(), 4_u16.to_be_bytes()].concat());
            block.extend([1_u32.to_be_bytes(), 9_999_u32.to_be_bytes()].concat());
        }
        block.extend([0; 4]);
        let embedded = describe(&Blocks {
            exif: Some(&block),
            ..Blocks::default()
        });
        let mut messages: Vec<_> = embedded
            .warnings
            .iter()
            .map(|warning| &warning.message)
            .collect();
        let before = messages.len();
        messages.sort();
        messages.dedup();
        assert_eq!((before, messages.len()), (2, 2));
    }
}
