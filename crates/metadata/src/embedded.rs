//! What is embedded in a file, all blocks together.

use contract::{Descriptive, Exif, Gps, Warning};

use crate::{Facts, exif, icc, iptc, xmp};

/// The most bytes that what is read here takes in a record, as JSON, whatever the blocks hold.
///
/// A document of Cosmos DB has at most 2 MB. Texts are the most of it: eight of
/// [`text::MAX_CHARACTERS`](crate::text::MAX_CHARACTERS), the keywords, and
/// [`contract::MAX_WARNINGS`] warnings, with up to four bytes for each character.
pub const MAX_RECORDED_BYTES: usize = 256 * 1024;

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A character of four bytes.
    const LONG: char = '\u{1F4F7}';

    /// An XMP packet whose every text is far longer than what is kept.
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

    /// An EXIF block whose texts are all the same one, far longer than what is kept.
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
            icc: None,
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
        // So that the test fails if texts were bounded by a tenth of what they may have, too.
        assert!(
            (MAX_RECORDED_BYTES / 4..=MAX_RECORDED_BYTES).contains(&bytes),
            "{bytes}"
        );
    }

    #[test]
    fn the_same_warning_is_told_once() {
        // Two directories that lie outside the block, and a value that does.
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
