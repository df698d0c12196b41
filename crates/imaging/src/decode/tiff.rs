//! TIFF: the first page, strip by strip or tile by tile, in whatever colours it is stored.

mod fax;
mod jpeg;
mod page;
mod predictor;
mod samples;
mod unpack;

use std::borrow::Cow;

use self::page::Page;
use super::{Decoded, Request};
use crate::budget::Meter;
use crate::inspect::Inspection;
use crate::inspect::bytes::slice;
use crate::inspect::tiff::{BitOrder, Compression, Directory, Layout, TiffFile, tag};
use crate::raster::Packed;
use crate::refusal::Refusal;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let damaged = || Refusal::corrupt("The TIFF directory is damaged.");
    let file = TiffFile::open(original).ok_or_else(damaged)?;
    let directory = file.first_directory().ok_or_else(damaged)?;
    let size = (inspection.coded_width, inspection.coded_height);
    let layout = Layout::read(file, &directory, size)?;
    let chunks = Chunks::read(original, &directory, &layout)?;
    let mut page = Page::new(&layout, &directory, inspection.has_alpha)?;
    let damage = read_chunks(&chunks, &layout, &mut page, request.meter)?;
    let (model, samples) = page.finish();
    let mut pixels = Packed {
        width: size.0,
        height: size.1,
        model,
        samples,
    };
    if model.has_alpha() && has_associated_alpha(&directory) {
        pixels.unpremultiply();
    }
    Ok(Decoded::whole(pixels, damage))
}

/// Whether colours are multiplied by alpha already (TIFF 6.0, section 18).
fn has_associated_alpha(directory: &Directory<'_>) -> bool {
    const ASSOCIATED: u32 = 1;
    let extra = directory.numbers(tag::EXTRA_SAMPLES, 64);
    extra.iter().find(|kind| **kind != 0) == Some(&ASSOCIATED)
}

/// Reads every strip or tile into the page, and returns the first error.
fn read_chunks(
    chunks: &Chunks<'_>,
    layout: &Layout,
    page: &mut Page,
    meter: &Meter<'_>,
) -> Result<Option<String>, Refusal> {
    let mut damage = None;
    let mut rows = Vec::new();
    for (index, place) in layout.places().enumerate() {
        meter.check()?;
        rows.clear();
        rows.resize(layout.bytes_of_rows(place.rows), 0);
        let unpacked = chunks.unpack(index, layout, &mut rows, meter);
        damage = damage.or(unpacked.err());
        predictor::undo(layout, &mut rows);
        page.take(layout, place, &rows);
    }
    Ok(damage)
}

/// The positions of the strips or tiles in the file.
struct Chunks<'a> {
    original: &'a [u8],
    offsets: Vec<u32>,
    lengths: Vec<u32>,
    /// The JPEG tables that all strips or tiles share.
    tables: &'a [u8],
}

/// How often strips or tiles may refer to the bytes of the file. Some writers let all blank ones share theirs.
const MAX_SHARING: u64 = 8;

impl<'a> Chunks<'a> {
    /// Refuses files whose strips and tiles are made to be read again and again.
    fn read(
        original: &'a [u8],
        directory: &Directory<'a>,
        layout: &Layout,
    ) -> Result<Self, Refusal> {
        let count = layout.places().count();
        let (offsets, lengths) = if layout.is_tiled {
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let chunks = Self {
            original,
            offsets: directory.numbers(offsets, count),
            lengths: directory.numbers(lengths, count),
            tables: directory.bytes(tag::JPEG_TABLES).unwrap_or_default(),
        };
        let lengths = chunks.lengths.iter().map(|length| u64::from(*length));
        let named = lengths.sum::<u64>() + count as u64 * chunks.tables.len() as u64;
        if named > MAX_SHARING * original.len() as u64 {
            return Err(Refusal::corrupt(
                "The strips or tiles of the TIFF file overlap.",
            ));
        }
        Ok(chunks)
    }

    /// The bytes of a strip or tile, as far as the file contains them. One without a stated length extends as far as
    /// possible.
    fn data(&self, index: usize) -> Option<&'a [u8]> {
        let offset = *self.offsets.get(index)? as usize;
        let rest = self.original.get(offset..)?;
        let length = self.lengths.get(index).copied().unwrap_or(0) as usize;
        if length == 0 {
            return (self.offsets.len() == 1).then_some(rest);
        }
        Some(slice(rest, 0, length).unwrap_or(rest))
    }

    fn unpack(
        &self,
        index: usize,
        layout: &Layout,
        rows: &mut [u8],
        meter: &Meter<'_>,
    ) -> Result<(), String> {
        let data = self
            .data(index)
            .ok_or("a strip or tile lies outside the file")?;
        let is_picture = matches!(
            layout.compression,
            Compression::Jpeg { .. } | Compression::WebP
        );
        let data = if layout.bit_order == BitOrder::LowestFirst && !is_picture {
            Cow::Owned(data.iter().map(|byte| byte.reverse_bits()).collect())
        } else {
            Cow::Borrowed(data)
        };
        unpack::unpack(&data, self.tables, layout, rows, meter)
    }
}
