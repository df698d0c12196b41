//! The description of a gain map: numbers in XMP (Adobe's hdrgm, which Android's Ultra HDR uses) and in the block of
//! ISO 21496-1. None of them depends on the size of the picture, so they are copied unchanged. Nothing else of the
//! packet is copied.

use std::fmt::Write as _;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, NamespaceResolver, ResolveResult};

use super::container::{XMP, packet};
use crate::inspect::gain_map::{ISO, segments};

pub(super) const NAMESPACE: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";

/// The properties of the namespace. Each has one value, or one each for red, green and blue.
const PROPERTIES: [&str; 9] = [
    "Version",
    "BaseRenditionIsHDR",
    "GainMapMin",
    "GainMapMax",
    "Gamma",
    "OffsetSDR",
    "OffsetHDR",
    "HDRCapacityMin",
    "HDRCapacityMax",
];

/// The most bytes of an ISO block. With three channels it has 141.
const MAX_ISO: usize = 256;
const MAX_DECLARATIONS: usize = 64;

/// The description of a map and of its picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Description {
    /// Names and values of the properties, as written.
    properties: Vec<(&'static str, Vec<String>)>,
    /// The block in the map's file.
    iso: Option<Vec<u8>>,
    /// The block in the picture's file.
    pub(super) iso_of_picture: Option<Vec<u8>>,
}

impl Description {
    /// The description of a map in an original; nothing if its form is unknown.
    pub(super) fn of(original: &[u8], map: &[u8]) -> Option<Self> {
        let packet = segments(map)
            .filter(|(code, _)| *code == 0xE1)
            .find_map(|(_, segment)| segment.strip_prefix(XMP));
        let properties = packet.and_then(properties).unwrap_or_default();
        let iso = iso(map);
        let description = Self {
            properties,
            iso_of_picture: iso
                .is_some()
                // The block has two versions of the format: the minimum for readers, and that of the writer.
                .then(|| self::iso(original).unwrap_or_else(|| vec![0; 4])),
            iso,
        };
        (description.has_properties() || description.iso.is_some()).then_some(description)
    }

    /// Whether it is described in XMP.
    pub(super) fn has_properties(&self) -> bool {
        self.properties
            .iter()
            .any(|(name, _)| *name == "GainMapMax")
    }

    /// The segments of the map's file.
    pub(super) fn segments(&self) -> Vec<(u8, Vec<u8>)> {
        let xmp = self
            .has_properties()
            .then(|| (0xE1, [XMP, packet(&self.to_rdf()).as_bytes()].concat()));
        let iso = self.iso.as_ref().map(|iso| (0xE2, [ISO, iso].concat()));
        xmp.into_iter().chain(iso).collect()
    }

    fn to_rdf(&self) -> String {
        let (mut attributes, mut elements) = (String::new(), String::new());
        for (name, values) in &self.properties {
            if let [value] = values.as_slice() {
                let _ = write!(attributes, " hdrgm:{name}=\"{value}\"");
            } else {
                let items = values.join("</rdf:li><rdf:li>");
                let _ = write!(
                    elements,
                    "<hdrgm:{name}><rdf:Seq><rdf:li>{items}</rdf:li></rdf:Seq></hdrgm:{name}>"
                );
            }
        }
        format!(
            "<rdf:Description rdf:about=\"\" xmlns:hdrgm=\"{NAMESPACE}\"{attributes}>{elements}</rdf:Description>"
        )
    }
}

fn iso(jpeg: &[u8]) -> Option<Vec<u8>> {
    segments(jpeg)
        .filter(|(code, _)| *code == 0xE2)
        .find_map(|(_, segment)| segment.strip_prefix(ISO))
        .filter(|block| (4..=MAX_ISO).contains(&block.len()))
        .map(<[u8]>::to_vec)
}

/// The properties of a packet, from attributes or elements; nothing if the packet is broken or has invalid values.
fn properties(packet: &[u8]) -> Option<Vec<(&'static str, Vec<String>)>> {
    let packet = str::from_utf8(packet).ok()?;
    let mut reader = NsReader::from_str(packet.trim_end_matches('\0'));
    reader
        .resolver_mut()
        .set_max_declarations_per_element(MAX_DECLARATIONS);
    let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
    // The property whose values are being read.
    let mut open = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                found.extend(attributes(&element, reader.resolver())?);
                let (namespace, local) = reader.resolver().resolve_element(element.name());
                if let Some(name) = property(&namespace, local.as_ref()) {
                    found.push((name, Vec::new()));
                    open = Some(name);
                }
            }
            Event::Empty(element) => found.extend(attributes(&element, reader.resolver())?),
            Event::Text(text) if open.is_some() => {
                let text = str::from_utf8(&text).ok()?.trim();
                if !text.is_empty() {
                    let (name, values) = found.last_mut()?;
                    values.push(value(name, text)?);
                }
            }
            Event::End(element) => {
                let (namespace, local) = reader.resolver().resolve_element(element.name());
                if property(&namespace, local.as_ref()).is_some() {
                    open = None;
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let is_sound = found
        .iter()
        .all(|(_, values)| matches!(values.len(), 1 | 3));
    is_sound.then_some(found)
}

fn attributes(
    element: &BytesStart<'_>,
    names: &NamespaceResolver,
) -> Option<Vec<(&'static str, Vec<String>)>> {
    let mut found = Vec::new();
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.ok()?;
        let (namespace, local) = names.resolve_attribute(attribute.key);
        if let Some(name) = property(&namespace, local.as_ref()) {
            let text = str::from_utf8(&attribute.value).ok()?;
            found.push((name, vec![value(name, text)?]));
        }
    }
    Some(found)
}

fn property(namespace: &ResolveResult<'_>, local: &[u8]) -> Option<&'static str> {
    if *namespace != ResolveResult::Bound(Namespace(NAMESPACE.as_bytes())) {
        return None;
    }
    PROPERTIES
        .into_iter()
        .find(|property| property.as_bytes() == local)
}

/// A value that is a number, or a boolean that says whether the picture is the brighter one; nothing for anything else.
fn value(name: &str, text: &str) -> Option<String> {
    let is_value = match name {
        "BaseRenditionIsHDR" => matches!(text, "True" | "False" | "true" | "false"),
        _ => text.len() <= 32 && text.parse::<f64>().is_ok_and(f64::is_finite),
    };
    is_value.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{NAMESPACE, properties};

    fn described(attributes: &str, elements: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:g=\"{NAMESPACE}\" {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
        )
    }

    #[test]
    fn properties_are_attributes_or_lists() {
        let packet = described(
            "g:Version=\"1.0\" g:Gamma=\"1\" g:BaseRenditionIsHDR=\"False\"",
            "<g:GainMapMax><rdf:Seq><rdf:li>1.5</rdf:li> <rdf:li>2</rdf:li><rdf:li>3e0</rdf:li></rdf:Seq></g:GainMapMax><g:OffsetSDR>0.5</g:OffsetSDR>",
        );
        let found = properties(packet.as_bytes()).expect("sound");
        let found: Vec<_> = found
            .iter()
            .map(|(name, values)| (*name, values.join(" ")))
            .collect();
        let expected = [
            ("Version", "1.0"),
            ("Gamma", "1"),
            ("BaseRenditionIsHDR", "False"),
            ("GainMapMax", "1.5 2 3e0"),
            ("OffsetSDR", "0.5"),
        ];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name, value.to_owned()))
        );
    }

    #[test]
    fn values_that_are_none_make_the_description_unknown() {
        for attributes in [
            "g:Gamma=\"one\"",
            "g:Gamma=\"inf\"",
            "g:BaseRenditionIsHDR=\"1\"",
            "g:Gamma=\"&lt;\"",
        ] {
            assert_eq!(properties(described(attributes, "").as_bytes()), None);
        }
        let two = "<g:Gamma><rdf:Seq><rdf:li>1</rdf:li><rdf:li>2</rdf:li></rdf:Seq></g:Gamma>";
        assert_eq!(properties(described("", two).as_bytes()), None);
    }
}
