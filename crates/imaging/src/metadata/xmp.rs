//! XMP packets for renditions: that of the original without stale properties, or one that says what AI had to do with
//! the picture.

use std::fmt::Write as _;

use quick_xml::NsReader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, NamespaceResolver, QName, ResolveResult};

const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const IPTC_EXTENSION: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// The deepest nesting of elements, the most attributes of one, and the most declarations of namespaces among these.
/// Each name is looked up in all declarations in force, so their product has to be bounded.
const MAX_DEPTH: usize = 32;
const MAX_ATTRIBUTES: usize = 500;
const MAX_DECLARATIONS: usize = 64;

/// Stale properties, by namespace; a namespace without names means all of its properties.
const STALE: [(&[u8], &[&[u8]]); 8] = [
    // The orientation and size of the original.
    (
        b"http://ns.adobe.com/tiff/1.0/",
        &[b"Orientation", b"ImageWidth", b"ImageLength"],
    ),
    (
        b"http://ns.adobe.com/exif/1.0/",
        &[b"PixelXDimension", b"PixelYDimension"],
    ),
    // The original as it was stored.
    (b"http://ns.adobe.com/xap/1.0/", &[b"Thumbnails"]),
    // References to data that is not in the rendition: more XMP, a manifest, a gain map, a video.
    (b"http://ns.adobe.com/xmp/note/", &[b"HasExtendedXMP"]),
    (b"http://purl.org/dc/terms/", &[b"provenance"]),
    (b"http://ns.adobe.com/hdr-gain-map/1.0/", &[]),
    (b"http://ns.google.com/photos/1.0/container/", &[]),
    (b"http://ns.google.com/photos/1.0/camera/", &[]),
];

/// Positions in the picture as it was stored, before it was turned and cropped.
const REGIONS: (&[u8], &[u8]) = (
    b"http://www.metadataworkinggroup.com/schemas/regions/",
    b"Regions",
);

/// A packet that contains only this source of IPTC's vocabulary; nothing if the text is not a code.
pub(super) fn mark(source_type: &str) -> Option<Vec<u8>> {
    let description = description("rdf", source_type)?;
    let packet = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{}\">{description}</rdf:RDF></x:xmpmeta>",
        str::from_utf8(RDF).ok()?
    );
    Some(packet.into_bytes())
}

fn description(rdf: &str, source_type: &str) -> Option<String> {
    let is_code = source_type.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| {
        format!(
            "<{rdf}:Description {rdf}:about=\"\" xmlns:Iptc4xmpExt=\"{IPTC_EXTENSION}\" \
             Iptc4xmpExt:DigitalSourceType=\"{VOCABULARY}{source_type}\"/>"
        )
    })
}

/// The packet of the original without stale properties, and with this source type instead of its own. The rest stays
/// unchanged, byte for byte. Nothing if the packet is broken or has no place for the source type.
pub(super) fn cleaned(packet: &[u8], source_type: Option<&str>) -> Option<Vec<u8>> {
    let packet = str::from_utf8(packet).ok()?;
    let mut cleaning = Cleaning {
        packet,
        kept: String::with_capacity(packet.len()),
        depth: 0,
        stale_from: None,
        source_type,
    };
    cleaning.through()?;
    Some(cleaning.kept.into_bytes())
}

/// A packet that is being copied.
struct Cleaning<'a> {
    packet: &'a str,
    kept: String,
    depth: usize,
    /// The depth of the element that is being left out.
    stale_from: Option<usize>,
    /// The source type that is still to be written.
    source_type: Option<&'a str>,
}

impl Cleaning<'_> {
    fn through(&mut self) -> Option<()> {
        let says_source = self.source_type.is_some();
        let mut reader = NsReader::from_str(self.packet.trim_end_matches('\0'));
        reader
            .resolver_mut()
            .set_max_declarations_per_element(MAX_DECLARATIONS);
        let mut start = 0;
        loop {
            let event = reader.read_event().ok()?;
            let end = usize::try_from(reader.buffer_position()).ok()?;
            let raw = self.packet.get(start..end)?;
            start = end;
            match event {
                Event::Start(element) => {
                    self.copy_element(&element, raw, reader.resolver(), says_source)?;
                    self.depth += 1;
                }
                Event::Empty(element) => {
                    self.copy_element(&element, raw, reader.resolver(), says_source)?;
                    if self.stale_from == Some(self.depth) {
                        self.stale_from = None;
                    }
                }
                Event::End(element) => {
                    self.depth = self.depth.checked_sub(1)?;
                    if self.stale_from == Some(self.depth) {
                        self.stale_from = None;
                    } else {
                        self.say_source(element.name(), reader.resolver())?;
                        self.copy(raw);
                    }
                }
                Event::Eof => break,
                _ => self.copy(raw),
            }
        }
        (self.depth == 0 && self.source_type.is_none()).then_some(())
    }

    fn copy(&mut self, raw: &str) {
        if self.stale_from.is_none() {
            self.kept.push_str(raw);
        }
    }

    /// Copies the tag of an element without its stale attributes.
    fn copy_element(
        &mut self,
        element: &BytesStart<'_>,
        raw: &str,
        names: &NamespaceResolver,
        says_source: bool,
    ) -> Option<()> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        if self.stale_from.is_some() {
            return Some(());
        }
        let (namespace, local) = names.resolve_element(element.name());
        if is_stale(&namespace, local.as_ref(), says_source) {
            self.stale_from = Some(self.depth);
            return Some(());
        }
        let attributes = attributes(element)?;
        let stale = |attribute: &Attribute<'_>| {
            let (namespace, local) = names.resolve_attribute(attribute.key);
            is_stale(&namespace, local.as_ref(), says_source)
        };
        if !attributes.iter().any(stale) {
            self.kept.push_str(raw);
            return Some(());
        }
        self.kept.push('<');
        self.kept
            .push_str(str::from_utf8(element.name().into_inner()).ok()?);
        for attribute in attributes.iter().filter(|attribute| !stale(attribute)) {
            let key = str::from_utf8(attribute.key.into_inner()).ok()?;
            let value = str::from_utf8(&attribute.value).ok()?;
            let quote = if value.contains('"') { '\'' } else { '"' };
            write!(self.kept, " {key}={quote}{value}{quote}").ok()?;
        }
        self.kept
            .push_str(if raw.ends_with("/>") { "/>" } else { ">" });
        Some(())
    }

    /// Writes the source type at the end of the packet's RDF.
    fn say_source(&mut self, element: QName<'_>, names: &NamespaceResolver) -> Option<()> {
        let (namespace, local) = names.resolve_element(element);
        if namespace == ResolveResult::Bound(Namespace(RDF))
            && local.as_ref() == b"RDF"
            && let Some(source_type) = self.source_type.take()
        {
            // Attributes need a prefix, so a namespace without one cannot be used here.
            let prefix = element.prefix()?;
            let prefix = str::from_utf8(prefix.as_ref()).ok()?;
            self.kept.push_str(&description(prefix, source_type)?);
        }
        Some(())
    }
}

/// All attributes, unless there are too many or one is broken. The parser's check for duplicate names is left out,
/// because its time grows with the square of their number.
fn attributes<'a>(element: &'a BytesStart<'_>) -> Option<Vec<Attribute<'a>>> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let attributes: Vec<_> = attributes
        .take(MAX_ATTRIBUTES + 1)
        .collect::<Result<_, _>>()
        .ok()?;
    (attributes.len() <= MAX_ATTRIBUTES).then_some(attributes)
}

fn is_stale(namespace: &ResolveResult<'_>, local: &[u8], says_source: bool) -> bool {
    let ResolveResult::Bound(Namespace(namespace)) = *namespace else {
        return false;
    };
    if namespace == IPTC_EXTENSION.as_bytes() && local == b"DigitalSourceType" {
        return says_source;
    }
    (namespace, local) == REGIONS
        || STALE.iter().any(|(stale, names)| {
            *stale == namespace && (names.is_empty() || names.contains(&local))
        })
}

#[cfg(test)]
mod tests;
