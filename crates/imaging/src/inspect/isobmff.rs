//! Reads the boxes of a HEIF file that say where its pictures are (ISO/IEC 14496-12, 8.11, and ISO/IEC 23008-12).

use std::borrow::Cow;

use super::bytes::{be16, be32, slice};
use crate::budget::Meter;

/// How many numbers may still be read.
struct Numbers {
    left: usize,
}

impl Numbers {
    /// Takes `count` of them; returns nothing if fewer are left.
    fn take(&mut self, count: usize) -> Option<()> {
        self.left = self.left.checked_sub(count)?;
        Some(())
    }
}

/// A box type, item type or reference type.
pub(crate) type FourCc = [u8; 4];

/// The number of entries after which reading of a table stops. No honest still image has as many.
const MAX_ENTRIES: usize = 4096;

/// The most numbers of all tables together before the file is given up: items, their positions, their references and
/// their properties. A number may take no byte of the file at all, so the file's length is no bound here. The largest
/// grid, with as many tiles as a table has entries, has five numbers for each.
const MAX_NUMBERS: usize = 1 << 16;

/// The content of the `meta` box of a HEIF file.
#[derive(Debug, Default)]
pub(crate) struct HeifFile<'a> {
    original: &'a [u8],
    /// The item that is the picture.
    pub(crate) primary: u32,
    items: Vec<Item>,
    locations: Vec<Location>,
    references: Vec<Reference>,
    properties: Vec<(FourCc, &'a [u8])>,
    associations: Vec<(u32, Vec<usize>)>,
    item_data: &'a [u8],
}

#[derive(Debug)]
struct Item {
    id: u32,
    kind: FourCc,
    is_xmp: bool,
}

#[derive(Debug)]
struct Location {
    id: u32,
    in_item_data: bool,
    extents: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Reference {
    kind: FourCc,
    from: u32,
    to: Vec<u32>,
}

/// The boxes in these bytes, one after the other.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = (FourCc, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let kind = *rest.get(4..)?.first_chunk()?;
        let (header, size) = match be32(rest, 0)? {
            0 => (8, rest.len()),
            1 => (
                16,
                usize::try_from(u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)).ok()?,
            ),
            size => (8, size as usize),
        };
        // A last box cut short is read as far as it goes.
        let end = size.max(header).min(rest.len());
        let body = rest.get(header..end)?;
        rest = &rest[end..];
        Some((kind, body))
    })
}

impl<'a> HeifFile<'a> {
    pub(crate) fn open(original: &'a [u8], meter: &Meter<'_>) -> Option<Self> {
        let (_, meta) = boxes(original).find(|(kind, _)| kind == b"meta")?;
        let mut file = HeifFile {
            original,
            ..Self::default()
        };
        let mut numbers = Numbers { left: MAX_NUMBERS };
        for (kind, body) in boxes(meta.get(4..)?) {
            if meter.step() {
                return None;
            }
            match &kind {
                b"pitm" => file.primary = read_id(body, 4, *body.first()? > 0)?,
                b"iinf" => file.items = read_items(body, &mut numbers)?,
                b"iloc" => file.locations = read_locations(body, &mut numbers)?,
                b"iref" => file.references = read_references(body, &mut numbers)?,
                b"iprp" => file.read_properties(body, &mut numbers)?,
                b"idat" => file.item_data = body,
                _ => {}
            }
        }
        (file.primary != 0).then_some(file)
    }

    pub(crate) fn item_kind(&self, id: u32) -> Option<FourCc> {
        self.items
            .iter()
            .find(|item| item.id == id)
            .map(|item| item.kind)
    }

    /// Whether any item is of this type.
    pub(crate) fn has_kind(&self, kind: FourCc) -> bool {
        self.items.iter().any(|item| item.kind == kind)
    }

    /// The properties of an item that are of this type.
    pub(crate) fn properties(&self, id: u32, kind: FourCc) -> impl Iterator<Item = &'a [u8]> {
        let indices = self
            .associations
            .iter()
            .filter(move |(item, _)| *item == id)
            .flat_map(|(_, indices)| indices);
        indices
            .filter_map(|index| self.properties.get(index.checked_sub(1)?))
            .filter(move |(found, _)| *found == kind)
            .map(|(_, body)| *body)
    }

    pub(crate) fn property(&self, id: u32, kind: FourCc) -> Option<&'a [u8]> {
        self.properties(id, kind).next()
    }

    /// The items that this one refers to.
    pub(crate) fn referred(&self, kind: FourCc, from: u32) -> &[u32] {
        self.references
            .iter()
            .find(|reference| reference.kind == kind && reference.from == from)
            .map_or(&[], |reference| &reference.to)
    }

    /// The items that refer to this one.
    pub(crate) fn referring(&self, kind: FourCc, to: u32) -> impl Iterator<Item = u32> {
        self.references
            .iter()
            .filter(move |reference| reference.kind == kind && reference.to.contains(&to))
            .map(|reference| reference.from)
    }

    /// The item of this type that describes the primary one, such as its EXIF block.
    pub(crate) fn description(&self, kind: FourCc) -> Option<Cow<'a, [u8]>> {
        let item = self
            .referring(*b"cdsc", self.primary)
            .find(|id| self.item_kind(*id) == Some(kind))?;
        self.data(item)
    }

    /// The XMP packet, or nothing.
    pub(crate) fn xmp(&self) -> Option<Cow<'a, [u8]>> {
        self.items
            .iter()
            .find(|item| item.is_xmp)
            .and_then(|item| self.data(item.id))
    }

    /// The bytes of an item, joined if they are in several places. There are never more than the file has.
    pub(crate) fn data(&self, id: u32) -> Option<Cow<'a, [u8]>> {
        let location = self.locations.iter().find(|location| location.id == id)?;
        let source = if location.in_item_data {
            self.item_data
        } else {
            self.original
        };
        let extent = |&(offset, length): &(u64, u64)| {
            let rest = source.get(usize::try_from(offset).ok()?..)?;
            // Length 0 means everything that follows.
            if length == 0 {
                Some(rest)
            } else {
                rest.get(..usize::try_from(length).ok()?)
            }
        };
        match location.extents.as_slice() {
            [only] => extent(only).map(Cow::Borrowed),
            several => {
                let mut joined = Vec::new();
                for part in several {
                    joined.extend_from_slice(extent(part)?);
                    if joined.len() > self.original.len() {
                        return None;
                    }
                }
                Some(Cow::Owned(joined))
            }
        }
    }

    fn read_properties(&mut self, body: &'a [u8], numbers: &mut Numbers) -> Option<()> {
        for (kind, body) in boxes(body) {
            match &kind {
                b"ipco" => {
                    self.properties = boxes(body).take(MAX_ENTRIES).collect();
                    numbers.take(self.properties.len())?;
                }
                b"ipma" => self
                    .associations
                    .extend(read_associations(body, numbers).unwrap_or_default()),
                _ => {}
            }
        }
        Some(())
    }
}

/// An item number, which has 16 bits in old versions of a box and 32 in new ones.
fn read_id(body: &[u8], offset: usize, wide: bool) -> Option<u32> {
    if wide {
        be32(body, offset)
    } else {
        be16(body, offset).map(u32::from)
    }
}

fn read_items(body: &[u8], numbers: &mut Numbers) -> Option<Vec<Item>> {
    let entries = if *body.first()? == 0 { 6 } else { 8 };
    let items: Vec<_> = boxes(body.get(entries..)?)
        .take(MAX_ENTRIES)
        .filter_map(|(_, entry)| {
            let wide = *entry.first()? >= 3;
            let kind_at = if wide { 10 } else { 8 };
            let kind = *entry.get(kind_at..)?.first_chunk()?;
            // After the type come the item's name, a zero and, for `mime`, its content type.
            let content_type = entry
                .get(kind_at + 4..)?
                .splitn(3, |byte| *byte == 0)
                .nth(1);
            let is_xmp = kind == *b"mime" && content_type == Some(b"application/rdf+xml");
            Some(Item {
                id: read_id(entry, 4, wide)?,
                kind,
                is_xmp,
            })
        })
        .collect();
    numbers.take(items.len())?;
    Some(items)
}

/// Reads item locations. The box itself states the sizes of their fields.
fn read_locations(body: &[u8], numbers: &mut Numbers) -> Option<Vec<Location>> {
    let version = *body.first()?;
    let sizes = be16(body, 4)?;
    let size = |shift: u16| usize::from((sizes >> shift) & 15);
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let wide = version >= 2;
    let mut reader = Reader { body, offset: 6 };
    let count = reader.uint(if wide { 4 } else { 2 })?;
    let mut locations = Vec::new();
    for _ in 0..usize::try_from(count).ok()?.min(MAX_ENTRIES) {
        let id = u32::try_from(reader.uint(if wide { 4 } else { 2 })?).ok()?;
        let method = if version == 0 {
            0
        } else {
            reader.uint(2)? & 15
        };
        reader.uint(2)?;
        let base = reader.uint(base_size)?;
        let extents = usize::try_from(reader.uint(2)?).ok()?;
        numbers.take(extents.saturating_add(1))?;
        let extents = (0..extents)
            .map(|_| {
                reader.uint(index_size)?;
                Some((
                    base.checked_add(reader.uint(offset_size)?)?,
                    reader.uint(length_size)?,
                ))
            })
            .collect::<Option<Vec<_>>>()?;
        locations.push(Location {
            id,
            in_item_data: method == 1,
            extents,
        });
    }
    Some(locations)
}

fn read_references(body: &[u8], numbers: &mut Numbers) -> Option<Vec<Reference>> {
    let wide = *body.first()? > 0;
    let id_size = if wide { 4 } else { 2 };
    Some(
        boxes(body.get(4..)?)
            .take(MAX_ENTRIES)
            .filter_map(|(kind, body)| {
                let from = read_id(body, 0, wide)?;
                let count = usize::from(be16(body, id_size)?);
                numbers.take(count.saturating_add(1))?;
                let to = (0..count)
                    .map(|index| read_id(body, id_size + 2 + index * id_size, wide))
                    .collect::<Option<_>>()?;
                Some(Reference { kind, from, to })
            })
            .collect(),
    )
}

fn read_associations(body: &[u8], numbers: &mut Numbers) -> Option<Vec<(u32, Vec<usize>)>> {
    let (version, wide_index) = (*body.first()?, *body.get(3)? & 1 == 1);
    let mut reader = Reader { body, offset: 8 };
    let count = be32(body, 4)? as usize;
    let mut associations = Vec::new();
    for _ in 0..count.min(MAX_ENTRIES) {
        let id = u32::try_from(reader.uint(if version == 0 { 2 } else { 4 })?).ok()?;
        let count = reader.uint(1)?;
        numbers.take(usize::try_from(count).ok()?.saturating_add(1))?;
        let indices = (0..count)
            .map(|_| {
                // The highest bit says that the property is essential.
                let index = if wide_index {
                    reader.uint(2)? & 0x7FFF
                } else {
                    reader.uint(1)? & 0x7F
                };
                usize::try_from(index).ok()
            })
            .collect::<Option<_>>()?;
        associations.push((id, indices));
    }
    Some(associations)
}

struct Reader<'a> {
    body: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    /// The next big-endian number of 0 to 8 bytes.
    fn uint(&mut self, size: usize) -> Option<u64> {
        let bytes = slice(self.body, self.offset, size.min(8))?;
        self.offset += size;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| (number << 8) | u64::from(*byte)),
        )
    }
}
