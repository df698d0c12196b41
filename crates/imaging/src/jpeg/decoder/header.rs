//! Reads the markers before the scan.

use std::rc::Rc;

use super::super::block::AREA;
use super::super::marker::{APP0, APP15, COM, DHT, DQT, DRI, SOF0, SOF1, SOS, next_segment};
use super::huffman::{Class, Codes};
use crate::budget::Meter;
use crate::inspect::bytes::be16;

/// Everything needed to decode a file with one scan.
pub(super) struct Header<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Luma, or luma with Cb and Cr, which have the same sampling.
    pub(super) components: Vec<Component>,
    /// The number of minimum coded units between two restart markers.
    pub(super) restart_interval: Option<u32>,
    /// The entropy-coded data, and everything after it.
    pub(super) scan: &'a [u8],
}

/// How a component is stored.
pub(super) struct Component {
    /// Blocks in a minimum coded unit, across and down. For luma they are also the number of its samples for each
    /// chroma sample.
    pub(super) blocks: (u8, u8),
    /// Quantisation steps in the order in which they are stored.
    pub(super) steps: [u16; AREA],
    pub(super) dc: Rc<Codes>,
    pub(super) ac: Rc<Codes>,
}

/// Tables by the numbers under which they were defined.
#[derive(Default)]
struct Tables<'a> {
    steps: [Option<[u16; AREA]>; 4],
    dc: [Option<CodesAsWritten<'a>>; 4],
    ac: [Option<CodesAsWritten<'a>>; 4],
}

/// How many codes have each length, and their symbols. A look-up table is built only when a scan uses them, because a
/// file may define them again and again.
#[derive(Clone, Copy, PartialEq)]
struct CodesAsWritten<'a> {
    lengths: &'a [u8; 16],
    symbols: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the markers of a file with one sequential scan of Huffman codes, of grey or of YCbCr with usual sampling;
    /// the caller has to know what its components mean. Returns nothing for any other file.
    pub(super) fn read(jpeg: &'a [u8], meter: &Meter<'_>) -> Option<Self> {
        let mut tables = Tables::default();
        let mut frame = None;
        let mut restart_interval = None;
        let mut offset = 2;
        loop {
            let (marker, segment, next) = next_segment(jpeg, offset)?;
            offset = next;
            if meter.step() {
                return None;
            }
            match marker {
                SOF0 | SOF1 if frame.is_none() => frame = Some(segment),
                DQT => tables.read_steps(segment)?,
                DHT => tables.read_codes(segment)?,
                DRI => restart_interval = Some(be16(segment, 0)?).filter(|interval| *interval > 0),
                APP0..=APP15 | COM => {}
                SOS => {
                    let frame = frame?;
                    let (height, width) = (be16(frame, 1)?, be16(frame, 3)?);
                    let is_usual = frame.first() == Some(&8) && width > 0 && height > 0;
                    return is_usual.then_some(Self {
                        width: width.into(),
                        height: height.into(),
                        components: components(frame.get(5..)?, segment, &tables)?,
                        restart_interval: restart_interval.map(u32::from),
                        scan: jpeg.get(offset..)?,
                    });
                }
                _ => return None,
            }
        }
    }
}

/// The components of a frame, all of which have to be in the scan.
fn components(frame: &[u8], scan: &[u8], tables: &Tables<'_>) -> Option<Vec<Component>> {
    let (count, frame) = frame.split_first()?;
    let (same_count, scan) = scan.split_first()?;
    let (frame, frame_rest) = frame.as_chunks::<3>();
    let (scan, spectrum) = scan.split_at_checked(usize::from(*count) * 2)?;
    // All coefficients with all their bits.
    let is_whole = spectrum == [0, 63, 0] && frame_rest.is_empty();
    if !is_whole || count != same_count || frame.len() != usize::from(*count) {
        return None;
    }
    let mut components = Vec::new();
    let (mut dc, mut ac) = (Built::new(Class::Dc), Built::new(Class::Ac));
    for ([id, sampling, steps], selector) in frame.iter().zip(scan.as_chunks::<2>().0) {
        let [same_id, codes] = selector;
        if id != same_id {
            return None;
        }
        components.push(Component {
            blocks: (sampling >> 4, sampling & 15),
            steps: (*tables.steps.get(usize::from(*steps))?)?,
            dc: dc.get(&tables.dc, codes >> 4)?,
            ac: ac.get(&tables.ac, codes & 15)?,
        });
    }
    match components.as_mut_slice() {
        // With a single component a unit is one block, whatever the sampling factors (ITU-T T.81, A.2.2).
        [grey] => grey.blocks = (1, 1),
        [luma, cb, cr] => {
            let is_usual = (1..=2).contains(&luma.blocks.0)
                && (1..=2).contains(&luma.blocks.1)
                && [cb.blocks, cr.blocks] == [(1, 1); 2];
            if !is_usual {
                return None;
            }
        }
        _ => return None,
    }
    Some(components)
}

/// Look-up tables of one class. Each is built once, however many components share it.
struct Built {
    class: Class,
    tables: [Option<Rc<Codes>>; 4],
}

impl Built {
    fn new(class: Class) -> Self {
        Self {
            class,
            tables: [const { None }; 4],
        }
    }

    /// The table with this number, if it is defined and valid.
    fn get(&mut self, written: &[Option<CodesAsWritten<'_>>; 4], number: u8) -> Option<Rc<Codes>> {
        let table = self.tables.get_mut(usize::from(number))?;
        if table.is_none() {
            let CodesAsWritten { lengths, symbols } = written[usize::from(number)]?;
            *table = Some(Rc::new(Codes::new(lengths, symbols, self.class)?));
        }
        table.clone()
    }
}

impl<'a> Tables<'a> {
    /// Reads DQT: steps of 8 or 16 bits (T.81, B.2.4.1).
    fn read_steps(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = segment.split_first() {
            let steps = self.steps.get_mut(usize::from(kind & 15))?;
            let (bytes, rest) = rest.split_at_checked(AREA << (kind >> 4).min(1))?;
            *steps = Some(match kind >> 4 {
                0 => std::array::from_fn(|index| bytes[index].into()),
                1 => std::array::from_fn(|index| {
                    u16::from_be_bytes([bytes[2 * index], bytes[2 * index + 1]])
                }),
                _ => return None,
            });
            segment = rest;
        }
        Some(())
    }

    /// Reads DHT (T.81, B.2.4.2).
    fn read_codes(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let Some((kind, rest)) = segment.split_first() {
            let tables = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            let table = tables.get_mut(usize::from(kind & 15))?;
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count = lengths.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            *table = Some(CodesAsWritten { lengths, symbols });
            segment = rest;
        }
        Some(())
    }
}
