//! What people and programs wrote, from an XMP packet (ISO 16684-1).
//!
//! A packet is RDF in XML. A property is an attribute or an element of an `rdf:Description`. Its value is a text or an
//! `rdf:Alt`, `rdf:Bag` or `rdf:Seq` of texts. The same property of a nested structure belongs to something else (an
//! ingredient, an earlier version) and is skipped. Entities are never expanded: only the five of XML itself and
//! character references are read, so a packet cannot grow.

mod place;
mod property;

use contract::{Gps, Warning};
use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
    name::{Namespace, NamespaceResolver, QName, ResolveResult},
};

use self::property::{Collected, Property};
use crate::{Facts, text::clean};

/// The most bytes of a packet that are read. A standard packet in a JPEG has at most 65,502.
pub const MAX_BYTES: usize = 1 << 20;

/// The most bytes of an extended packet that are read. Phones put depth maps into it.
pub const MAX_EXTENDED_BYTES: usize = 4 << 20;

/// The deepest nesting of elements. RDF as programs write it has fewer than 20 levels.
const MAX_DEPTH: usize = 32;

/// The most attributes of one element that are read, and the most of them that declare a namespace. Each name is looked
/// up in all declarations in force, so the product of the two has to be bounded.
const MAX_ATTRIBUTES: usize = 500;
const MAX_DECLARATIONS: usize = 64;

/// The most characters of a parser's error message that are passed on, because it may quote the packet.
const MAX_COMPLAINT: usize = 200;

/// The code of the warnings about single values.
const IMPLAUSIBLE: &str = "xmp-implausible";

const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &[u8] = b"http://www.w3.org/XML/1998/namespace";

/// The facts in an XMP packet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What people wrote into the packet.
    pub facts: Facts,
    /// When the picture was taken, in the record's format.
    pub taken_at: Option<String>,
    /// The position. It must be stored only if the deployment asks for it.
    pub gps: Option<Gps>,
    /// The digital source type: an address of IPTC's vocabulary.
    pub digital_source_type: Option<String>,
    /// The address of a C2PA manifest that is not in the file.
    pub manifest_address: Option<String>,
    /// Warnings from reading it.
    pub warnings: Vec<Warning>,
}

/// Reads an XMP packet in UTF-8, and the part of it that is in an extended packet because a segment of a JPEG had no
/// room (XMP Specification Part 3, 1.1.3.1). Facts before an error are kept. The first value of a property wins.
#[must_use]
pub fn read(packet: &[u8], extended: Option<&[u8]>) -> Reading {
    let mut collected = Collected::default();
    let parts = [
        (Some(packet), "XMP packet", MAX_BYTES),
        (extended, "extended XMP packet", MAX_EXTENDED_BYTES),
    ];
    let faults: Vec<_> = parts
        .into_iter()
        .filter_map(|(part, name, limit)| walk(part?, name, limit, &mut collected))
        .collect();
    let reading = collected.into_reading();
    Reading {
        warnings: [faults, reading.warnings].concat(),
        ..reading
    }
}

/// Collects the facts of one packet, up to its first error.
fn walk(packet: &[u8], name: &str, limit: usize, collected: &mut Collected) -> Option<Warning> {
    if packet.len() > limit {
        let message = format!(
            "The {name} has {} bytes, over the limit of {limit}, so it was not read.",
            packet.len()
        );
        return Some(Warning::new("xmp-too-large", message));
    }
    let text = String::from_utf8_lossy(packet);
    let mut walk = Walk {
        places: Vec::new(),
        text: String::new(),
        default_language: false,
        collected,
    };
    // Some writers pad the packet with NULs, which XML does not allow.
    let fault = walk.through(text.trim_matches(['\0', '\u{feff}'])).err()?;
    let fault = clean(&fault, MAX_COMPLAINT).unwrap_or_default();
    Some(Warning::new(
        "xmp-broken",
        format!("The {name} is broken: {fault}."),
    ))
}

/// The reader's position in a packet, with one entry for each open element.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// An `rdf:Description` directly in `rdf:RDF`.
    Description,
    /// A property of it.
    Property(Property),
    /// The list that is the property's value.
    List(Property),
    /// An item of that list.
    Item(Property),
    /// `rdf:RDF`.
    Root,
    /// Anything else.
    Elsewhere,
}

struct Walk<'a> {
    places: Vec<Place>,
    /// The text of the open property or item.
    text: String,
    /// Whether that item is marked as the default among languages.
    default_language: bool,
    collected: &'a mut Collected,
}

impl Walk<'_> {
    /// Reads through the packet. The error is the end of a sentence.
    fn through(&mut self, packet: &str) -> Result<(), String> {
        let mut reader = NsReader::from_str(packet);
        reader
            .resolver_mut()
            .set_max_declarations_per_element(MAX_DECLARATIONS);
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Start(element) => self.open(&element, reader.resolver())?,
                Event::Empty(element) => {
                    self.open(&element, reader.resolver())?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => {
                    self.text_here(&text.xml10_content().map_err(|error| error.to_string())?);
                }
                Event::CData(text) => {
                    self.text_here(&text.xml10_content().map_err(|error| error.to_string())?);
                }
                Event::GeneralRef(reference) => {
                    if let Some(text) = expand(&reference) {
                        self.text_here(&text);
                    }
                }
                Event::Eof if self.places.is_empty() => return Ok(()),
                Event::Eof => return Err("it ends within an element".to_owned()),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn open(&mut self, element: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), String> {
        if self.places.len() == MAX_DEPTH {
            return Err(format!("it has more than {MAX_DEPTH} nested elements"));
        }
        let place = self.place_of(element.name(), names);
        if place == Place::Description {
            self.read_attributes(element, names);
        }
        if matches!(place, Place::Property(_) | Place::Item(_)) {
            self.text.clear();
            self.default_language = is_default_language(element, names);
        }
        if let Place::Property(property) = place
            && let Some(address) = resource(element, names)
        {
            self.collected.add(property, &address, false);
        }
        self.places.push(place);
        Ok(())
    }

    fn place_of(&self, name: QName<'_>, names: &NamespaceResolver) -> Place {
        let (namespace, local) = names.resolve_element(name);
        let ResolveResult::Bound(Namespace(namespace)) = namespace else {
            return Place::Elsewhere;
        };
        let rdf = namespace == RDF;
        match (self.places.last(), local.as_ref()) {
            (_, b"RDF") if rdf && !self.places.contains(&Place::Root) => Place::Root,
            (Some(Place::Root), b"Description") if rdf => Place::Description,
            (Some(Place::Description), local) => {
                Property::of(namespace, local).map_or(Place::Elsewhere, Place::Property)
            }
            (Some(Place::Property(property)), b"Alt" | b"Bag" | b"Seq") if rdf => {
                Place::List(*property)
            }
            (Some(Place::List(property)), b"li") if rdf => Place::Item(*property),
            _ => Place::Elsewhere,
        }
    }

    fn read_attributes(&mut self, element: &BytesStart<'_>, names: &NamespaceResolver) {
        for attribute in attributes(element) {
            let (namespace, local) = names.resolve_attribute(attribute.key);
            let ResolveResult::Bound(Namespace(namespace)) = namespace else {
                continue;
            };
            let Some(property) = Property::of(namespace, local.as_ref()) else {
                continue;
            };
            if let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) {
                self.collected.add(property, &value, false);
            }
        }
    }

    fn text_here(&mut self, text: &str) {
        if matches!(
            self.places.last(),
            Some(Place::Property(_) | Place::Item(_))
        ) {
            self.text.push_str(text);
        }
    }

    fn close(&mut self) {
        if let Some(Place::Property(property) | Place::Item(property)) = self.places.pop() {
            let text = std::mem::take(&mut self.text);
            self.collected.add(property, &text, self.default_language);
        }
    }
}

/// The attributes of an element, without the parser's check for duplicate names, whose time grows with the square of
/// their number.
fn attributes<'a>(element: &'a BytesStart<'_>) -> impl Iterator<Item = Attribute<'a>> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    attributes.flatten().take(MAX_ATTRIBUTES)
}

fn is_default_language(element: &BytesStart<'_>, names: &NamespaceResolver) -> bool {
    attributes(element).any(|attribute| {
        let (namespace, local) = names.resolve_attribute(attribute.key);
        namespace == ResolveResult::Bound(Namespace(XML))
            && local.as_ref() == b"lang"
            && attribute.value.as_ref() == b"x-default"
    })
}

/// The address that is the value of a property (RDF 1.1 XML Syntax, 2.4).
fn resource(element: &BytesStart<'_>, names: &NamespaceResolver) -> Option<String> {
    let attribute = attributes(element).find(|attribute| {
        let (namespace, local) = names.resolve_attribute(attribute.key);
        namespace == ResolveResult::Bound(Namespace(RDF)) && local.as_ref() == b"resource"
    })?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

/// The text of a character reference or of one of XML's own entities.
fn expand(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character.to_string()),
        Ok(None) => resolve_predefined_entity(&reference.decode().ok()?).map(str::to_owned),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
