//! What people wrote, from an XMP packet (ISO 16684-1).
//!
//! A packet is RDF in XML. A property stands as an attribute or as an element of an
//! `rdf:Description`, and its value is a text or an `rdf:Alt`, `rdf:Bag` or `rdf:Seq` of
//! texts; the same property of a nested structure belongs to something else (an ingredient, an earlier
//! version) and is passed over. Entities are never expanded: only the five of XML itself and
//! character references are read, so a packet cannot grow.

mod property;

use contract::Warning;
use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
    name::{Namespace, NamespaceResolver, QName, ResolveResult},
};

use self::property::{Collected, Property};
use crate::{
    Facts,
    text::{clean, decode_utf16},
};

/// The most bytes of a packet that are read. A standard packet in a JPEG has at most 65,502.
pub const MAX_BYTES: usize = 1 << 20;

/// The most elements within each other; RDF as programs write it has fewer than 20.
const MAX_DEPTH: usize = 32;

/// The most attributes of one element that are looked at, and the most of them that declare a namespace.
/// Each name is looked for in all declarations in force, so their product has to be bounded.
const MAX_ATTRIBUTES: usize = 500;
const MAX_DECLARATIONS: usize = 64;

/// The most characters of a parser's complaint that are passed on: it may quote the packet.
const MAX_COMPLAINT: usize = 200;

const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &[u8] = b"http://www.w3.org/XML/1998/namespace";

/// What an XMP packet says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What people wrote into the packet.
    pub facts: Facts,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

/// Reads an XMP packet. What stands before a fault in it is kept.
#[must_use]
pub fn read(packet: &[u8]) -> Reading {
    if packet.len() > MAX_BYTES {
        let message = format!(
            "The XMP packet has {} bytes, over the limit of {MAX_BYTES}; it was not read.",
            packet.len()
        );
        return Reading {
            warnings: vec![Warning::new("xmp-too-large", message)],
            ..Reading::default()
        };
    }
    let text = decode(packet);
    let mut walk = Walk::default();
    let outcome = walk.through(&text);
    let (facts, doubts) = walk.collected.into_facts();
    let fault = outcome.err().map(|fault| {
        let fault = clean(&fault, MAX_COMPLAINT).unwrap_or_default();
        Warning::new("xmp-broken", format!("The XMP packet is broken: {fault}."))
    });
    Reading {
        facts,
        warnings: fault.into_iter().chain(doubts).collect(),
    }
}

/// A packet is in UTF-8, or else in UTF-16 with a byte order mark.
fn decode(packet: &[u8]) -> String {
    let text = match packet {
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, false),
        _ => String::from_utf8_lossy(packet).into_owned(),
    };
    // Some writers pad the packet with NULs, which XML does not allow.
    text.trim_matches(['\0', '\u{feff}']).to_owned()
}

/// Where in a packet the reader stands: one entry for each open element.
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

#[derive(Default)]
struct Walk {
    places: Vec<Place>,
    /// The text of the property or item that is open.
    text: String,
    /// Whether that item is marked as the default among languages.
    default_language: bool,
    collected: Collected,
}

impl Walk {
    /// Goes through the packet; the error is the end of a sentence.
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
            return Err(format!(
                "it has more than {MAX_DEPTH} elements within each other"
            ));
        }
        let place = self.place_of(element.name(), names);
        if place == Place::Description {
            self.read_attributes(element, names);
        }
        if matches!(place, Place::Property(_) | Place::Item(_)) {
            self.text.clear();
            self.default_language = is_default_language(element, names);
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

/// The attributes of an element, without the parser's check that no name comes twice: it takes time by the
/// square of their number.
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
