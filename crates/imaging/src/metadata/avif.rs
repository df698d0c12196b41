//! Metadata as items of an AVIF file (ISO/IEC 23008-12, annex A; AV1 Image File Format).
//!
//! The file comes from the encoder of this crate, so only the forms of boxes that it writes are supported, and any
//! other is declined.

use crate::inspect::bytes::{be16, be32, slice};

/// An item to be added.
struct Item {
    id: u16,
    kind: &'static [u8; 4],
    /// The bytes after the item's name in its entry.
    content_type: &'static [u8],
    data: Vec<u8>,
}

/// Adds the items. Their data goes to the end, so that only the `meta` box grows.
pub(super) fn attach(avif: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<u8>> {
    let meta_at = be32(avif, 0)? as usize;
    if slice(avif, meta_at + 4, 4)? != b"meta" {
        return None;
    }
    let meta_end = meta_at.checked_add(be32(avif, meta_at)? as usize)?;
    let meta = slice(avif, meta_at, meta_end.checked_sub(meta_at)?)?;
    let items = items(meta, exif, xmp)?;
    // Offsets have a fixed width, so the length is known before the offsets are.
    let growth = rewrite(meta, &items, 0, 0)?.len() - meta.len();
    let data_at = avif.len() + growth + 8;
    let meta = rewrite(meta, &items, growth, data_at)?;
    let data: Vec<_> = items.iter().map(|item| item.data.as_slice()).collect();
    Some(
        [
            &avif[..meta_at],
            &meta,
            &avif[meta_end..],
            &boxed(*b"mdat", &data.concat())?,
        ]
        .concat(),
    )
}

fn items(meta: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<Item>> {
    let (_, locations) = children(meta)?
        .into_iter()
        .find(|(kind, _)| *kind == b"iloc")?;
    let highest = locations_of(locations)?.map(|(id, ..)| id).max()?;
    // The TIFF structure begins after these four bytes.
    let exif = exif.map(|exif| (b"Exif", &b""[..], [&[0; 4][..], exif].concat()));
    let xmp = xmp.map(|xmp| (b"mime", &b"application/rdf+xml\0"[..], xmp.to_vec()));
    exif.into_iter()
        .chain(xmp)
        .zip(highest.checked_add(1)?..)
        .map(|((kind, content_type, data), id)| {
            Some(Item {
                id,
                kind,
                content_type,
                data,
            })
        })
        .collect()
}

/// The `meta` box with these items. What follows it has moved by `growth`, and the items' data begins at `data_at`.
fn rewrite(meta: &[u8], items: &[Item], growth: usize, data_at: usize) -> Option<Vec<u8>> {
    let children = children(meta)?;
    let body = |wanted: &[u8; 4]| {
        let found = children.iter().find(|(kind, _)| *kind == wanted);
        found.map(|(_, body)| *body)
    };
    let references = references(body(b"iref"), body(b"pitm")?, items)?;
    let mut rewritten = slice(meta, 8, 4)?.to_vec();
    for (kind, body) in &children {
        let child = match *kind {
            b"iloc" => locations(body, items, growth, data_at)?,
            // References come after the items that they are about, whether or not there were any.
            b"iinf" => [
                boxed(*b"iinf", &entries(body, items)?)?,
                boxed(*b"iref", &references)?,
            ]
            .concat(),
            b"iref" => continue,
            _ => boxed(**kind, body)?,
        };
        rewritten.extend(child);
    }
    boxed(*b"meta", &rewritten)
}

/// Types and bodies of the boxes in a full box.
fn children(parent: &[u8]) -> Option<Vec<(&[u8; 4], &[u8])>> {
    let mut rest = parent.get(12..)?;
    let mut children = Vec::new();
    while !rest.is_empty() {
        let length = be32(rest, 0)? as usize;
        let body = rest.get(8..length)?;
        children.push((rest.get(4..)?.first_chunk()?, body));
        rest = &rest[length..];
    }
    Some(children)
}

/// Identifier, offset and length of the items in version 0 of the box, with four bytes for both numbers, each item in
/// one piece.
fn locations_of(body: &[u8]) -> Option<impl Iterator<Item = (u16, u32, u32)>> {
    const ENTRY: usize = 14;
    if !body.starts_with(&[0, 0, 0, 0, 0x44, 0]) {
        return None;
    }
    let count = usize::from(be16(body, 6)?);
    let entries = slice(body, 8, count * ENTRY)?.chunks_exact(ENTRY);
    let pieces_are_whole = entries.clone().all(|entry| be16(entry, 4) == Some(1));
    pieces_are_whole.then(|| {
        entries.filter_map(|entry| Some((be16(entry, 0)?, be32(entry, 6)?, be32(entry, 10)?)))
    })
}

fn locations(body: &[u8], items: &[Item], growth: usize, data_at: usize) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for (id, offset, length) in locations_of(body)? {
        all.push((id, (offset as usize).checked_add(growth)?, length as usize));
    }
    let mut at = data_at;
    for item in items {
        all.push((item.id, at, item.data.len()));
        at += item.data.len();
    }
    let mut written = vec![0, 0, 0, 0, 0x44, 0];
    written.extend(u16::try_from(all.len()).ok()?.to_be_bytes());
    for (id, offset, length) in all {
        written.extend(id.to_be_bytes());
        // The data is in this file, in one piece.
        written.extend([0, 0, 0, 1]);
        written.extend(u32::try_from(offset).ok()?.to_be_bytes());
        written.extend(u32::try_from(length).ok()?.to_be_bytes());
    }
    boxed(*b"iloc", &written)
}

/// Entries of items in version 0 of their box. The added ones use version 2 of theirs.
fn entries(body: &[u8], items: &[Item]) -> Option<Vec<u8>> {
    if !body.starts_with(&[0, 0, 0, 0]) {
        return None;
    }
    let count = be16(body, 4)?.checked_add(u16::try_from(items.len()).ok()?)?;
    let mut written = [&[0; 4], count.to_be_bytes().as_slice(), body.get(6..)?].concat();
    for item in items {
        // Version and flags, identifier, no protection, type, no name.
        let id = item.id.to_be_bytes();
        let entry = [
            &[2, 0, 0, 0],
            &id[..],
            &[0, 0],
            item.kind,
            &[0],
            item.content_type,
        ];
        written.extend(boxed(*b"infe", &entry.concat())?);
    }
    Some(written)
}

/// The references. Each added item describes the primary one.
fn references(body: Option<&[u8]>, primary: &[u8], items: &[Item]) -> Option<Vec<u8>> {
    let mut written = body.unwrap_or(&[0; 4]).to_vec();
    if !written.starts_with(&[0; 4]) || !primary.starts_with(&[0; 4]) {
        return None;
    }
    let primary = be16(primary, 4)?;
    for item in items {
        let numbers = [item.id, 1, primary].map(u16::to_be_bytes);
        written.extend(boxed(*b"cdsc", &numbers.concat())?);
    }
    Some(written)
}

fn boxed(kind: [u8; 4], body: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(body.len().checked_add(8)?).ok()?;
    Some([&length.to_be_bytes(), &kind[..], body].concat())
}
