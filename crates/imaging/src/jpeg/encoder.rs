//! A progressive JPEG encoder (ITU-T T.81, process 2 with spectral selection; JFIF as in T.871).
//!
//! libjpeg-turbo writes the baseline files. It has vector code for everything except the scans of a progressive file,
//! and goes over the coefficients twice for each of ten scans. That cost more than everything else in a rendition. Here
//! eight blocks at a time are transformed and immediately turned into the symbols of all their scans, guided by a bit
//! mask of the non-zero coefficients. So coefficients need no memory, and writing a scan is one pass over its symbols.
//!
//! - [`dct`]: samples to quantised coefficients
//! - [`huffman`]: the best codes for symbols
//! - [`scan`], [`bits`]: coefficients to symbols to bytes

mod bits;
mod dct;
mod huffman;
mod scan;

use dct::{Group, Quantiser, Table};
use scan::{Band, Tokens};

use super::block::{AT_ONCE, SIDE};
use super::marker::{APP0, DHT, DQT, EOI, SOF2, SOI, SOS};

/// One component of a picture, without padding.
#[derive(Clone, Copy)]
pub(crate) struct Component<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) samples: &'a [u8],
}

const DC: Band = Band { first: 0, last: 0 };
const AC: Band = Band { first: 1, last: 63 };
/// The coefficients that make a soft picture, and the rest.
const COARSE: Band = Band { first: 1, last: 8 };
const FINE: Band = Band { first: 9, last: 63 };

/// Encodes luma alone, or luma with Cb and Cr of half its width and height, rounded up. Sides have at most 65,535
/// samples; quality is 1 to 100.
///
/// Scans go from coarse to fine: the mean of each block, luma first; a soft picture; its colours; the rest.
pub(crate) fn encode(
    luma: Component<'_>,
    chroma: Option<[Component<'_>; 2]>,
    quality: u8,
) -> Vec<u8> {
    let tables = [Table::Luma, Table::Chroma].map(|table| Quantiser::new(table, quality));
    let mut file = Vec::with_capacity(luma.samples.len() / 4);
    write_header(&mut file, luma, chroma.is_some(), &tables);

    let [dc, coarse, fine] = tokens(luma, &tables[0], [DC, COARSE, FINE]);
    let chroma =
        chroma.map(|chroma| chroma.map(|component| tokens(component, &tables[1], [DC, AC])));
    let chroma = || (2..).zip(chroma.iter().flatten());
    write_scan(&mut file, 1, &dc);
    for (id, [dc, _]) in chroma() {
        write_scan(&mut file, id, dc);
    }
    write_scan(&mut file, 1, &coarse);
    for (id, [_, ac]) in chroma() {
        write_scan(&mut file, id, ac);
    }
    write_scan(&mut file, 1, &fine);
    file.extend(marker(EOI));
    file
}

fn marker(code: u8) -> [u8; 2] {
    [0xff, code]
}

fn write_segment(file: &mut Vec<u8>, code: u8, content: &[u8]) {
    file.extend(marker(code));
    // The length includes itself. No segment here is longer than a few hundred bytes.
    file.extend(
        u16::try_from(content.len() + 2)
            .unwrap_or(u16::MAX)
            .to_be_bytes(),
    );
    file.extend_from_slice(content);
}

fn write_header(file: &mut Vec<u8>, luma: Component<'_>, colour: bool, tables: &[Quantiser; 2]) {
    file.extend(marker(SOI));
    // Version 1.1, square pixels, no thumbnail.
    write_segment(file, APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let components = if colour { 3 } else { 1 };
    for (id, table) in (0..).zip(&tables[..components.min(2)]) {
        write_segment(file, DQT, &[&[id], table.steps.as_slice()].concat());
    }
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX).to_be_bytes();
    let mut frame = vec![8];
    frame.extend(side(luma.height));
    frame.extend(side(luma.width));
    // The number of components, then for each its id, its sampling factors and its quantisation table.
    if colour {
        frame.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    } else {
        frame.extend([1, 1, 0x11, 0]);
    }
    write_segment(file, SOF2, &frame);
}

/// Writes the scan of a component with its own code, which replaces the previous one.
fn write_scan(file: &mut Vec<u8>, component: u8, tokens: &Tokens) {
    let Band { first, last } = tokens.band;
    let code = tokens.code();
    let class = if tokens.band == DC { 0x00 } else { 0x10 };
    write_segment(
        file,
        DHT,
        &[&[class], code.lengths.as_slice(), &code.symbols].concat(),
    );
    write_segment(file, SOS, &[1, component, 0, first, last, 0]);
    tokens.write(&code, file);
}

/// The symbols of a component's scans. At the right and the bottom its last samples are repeated to the edge of a
/// block.
fn tokens<const SCANS: usize>(
    component: Component<'_>,
    quantiser: &Quantiser,
    bands: [Band; SCANS],
) -> [Tokens; SCANS] {
    const SAMPLES: usize = SIDE * AT_ONCE;
    let (width, height) = (component.width as usize, component.height as usize);
    let samples: Vec<&[u8]> = component.samples.chunks_exact(width).collect();
    let mut scans = bands.map(Tokens::new);
    let mut group = Group::ZERO;
    for top in (0..height).step_by(SIDE) {
        let rows: [&[u8]; SIDE] = std::array::from_fn(|row| samples[(top + row).min(height - 1)]);
        for left in (0..width).step_by(SAMPLES) {
            let rows = rows.map(|row| match row[left..].first_chunk::<SAMPLES>() {
                Some(samples) => *samples,
                None => std::array::from_fn(|column| row[(left + column).min(width - 1)]),
            });
            quantiser.quantise(&rows, &mut group);
            let blocks = (width - left).div_ceil(SIDE).min(AT_ONCE);
            for scan in &mut scans {
                scan.add(&group, blocks);
            }
        }
    }
    scans.iter_mut().for_each(Tokens::finish);
    scans
}
