//! A JPEG file with two pictures. Two things point to the second one: the index of CIPA DC-007 (MPF), which every
//! reader of several pictures knows, and the directory in XMP, which Android's Ultra HDR requires.

use super::description::{Description, NAMESPACE};
use crate::inspect::gain_map::ISO;
use crate::jpeg::marker::{APP0, next_segment};

pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The most bytes by which a file grows besides the map: its index, its directory and the headers of segments.
pub(crate) const MOST_FRAMING: usize = 1536;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;

/// A packet of one description.
pub(super) fn packet(description: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">{description}</rdf:RDF></x:xmpmeta>"
    )
}

/// Inserts segments after the JFIF header, which has to be the first.
pub(super) fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let after_header = match next_segment(jpeg, 2) {
        Some((APP0, _, next)) => next,
        _ => 2,
    };
    let (header, rest) = jpeg.split_at(after_header);
    let mut file = header.to_vec();
    for (code, data) in segments {
        push_segment(&mut file, *code, data);
    }
    file.extend_from_slice(rest);
    file
}

/// Appends a segment. All segments here are short; one that is too long would be cut.
fn push_segment(file: &mut Vec<u8>, code: u8, data: &[u8]) {
    let data = &data[..data.len().min(65_533)];
    let [_, _, high, low] = u32::try_from(data.len() + 2).unwrap_or(2).to_be_bytes();
    file.extend_from_slice(&[0xFF, code, high, low]);
    file.extend_from_slice(data);
}

/// The file of a picture with its map; nothing if the picture's own packet leaves no room for the directory.
pub(crate) fn attach(jpeg: &[u8], map: &[u8], description: &Description) -> Option<Vec<u8>> {
    let mut file = jpeg.get(..2)?.to_vec();
    let mut own_packet = None;
    let mut end = 2;
    // EXIF and XMP come first, and the rest stays unchanged.
    while let Some((code @ (APP0 | APP1), segment, next)) = next_segment(jpeg, end) {
        match segment.strip_prefix(XMP) {
            Some(packet) => own_packet = Some(packet),
            None => push_segment(&mut file, code, segment),
        }
        end = next;
    }
    let packet = match (own_packet, description.has_properties()) {
        (own, true) => Some(with_directory(own, map.len())?.into_bytes()),
        (own, false) => own.map(<[u8]>::to_vec),
    };
    if let Some(packet) = packet {
        let segment = [XMP, &packet].concat();
        (segment.len() <= 65_533).then_some(())?;
        push_segment(&mut file, APP1, &segment);
    }
    if let Some(iso) = &description.iso_of_picture {
        push_segment(&mut file, APP2, &[ISO, iso].concat());
    }
    let rest = jpeg.get(end..)?;
    // Positions are counted from the end of the index's name, and the length of what follows is known.
    let base = file.len() + 4 + MPF.len();
    let length = file.len() + 4 + index(0, 0, 0).len() + rest.len();
    push_segment(&mut file, APP2, &index(length, map.len(), length - base));
    file.extend_from_slice(rest);
    file.extend_from_slice(map);
    Some(file)
}

/// The packet of a picture, with the directory of both pictures added.
fn with_directory(own: Option<&[u8]>, map_length: usize) -> Option<String> {
    let description = directory(map_length);
    let Some(own) = own else {
        return Some(packet(&description));
    };
    let own = str::from_utf8(own).ok()?;
    // The namespace of RDF may have any prefix.
    let end = own
        .rfind(":RDF>")
        .and_then(|colon| own.get(..colon)?.rfind("</"))?;
    let (before, after) = own.split_at(end);
    Some([before, &description, after].concat())
}

/// Both pictures, as Ultra HDR lists them: the map begins where the picture ends.
fn directory(map_length: usize) -> String {
    let item = |attributes: &str| {
        format!(
            "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Mime=\"image/jpeg\" {attributes}/></rdf:li>"
        )
    };
    let primary = item("Item:Semantic=\"Primary\"");
    let map = item(&format!(
        "Item:Semantic=\"GainMap\" Item:Length=\"{map_length}\""
    ));
    format!(
        "<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"\" xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" \
         xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\" xmlns:hdrgm=\"{NAMESPACE}\" hdrgm:Version=\"1.0\">\
         <Container:Directory><rdf:Seq>{primary}{map}</rdf:Seq></Container:Directory></rdf:Description>"
    )
}

const MPF: &[u8] = b"MPF\0";

/// The index of two pictures (CIPA DC-007, 5.2): its version, their number, and for each its kind, its length and its
/// position. The position of the first is written as 0.
fn index(length: usize, map_length: usize, map_place: usize) -> Vec<u8> {
    const BASELINE_PRIMARY: u32 = 0x0003_0000;
    let [length, map_length, map_place] =
        [length, map_length, map_place].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let mut index = MPF.to_vec();
    index.extend_from_slice(b"MM\0*\0\0\0\x08\0\x03");
    index.extend_from_slice(b"\xB0\0\0\x07\0\0\0\x040100");
    index.extend_from_slice(b"\xB0\x01\0\x04\0\0\0\x01\0\0\0\x02");
    index.extend_from_slice(b"\xB0\x02\0\x07\0\0\0\x20\0\0\0\x32\0\0\0\0");
    for number in [BASELINE_PRIMARY, length, 0, 0, 0, map_length, map_place, 0] {
        index.extend_from_slice(&number.to_be_bytes());
    }
    index
}
