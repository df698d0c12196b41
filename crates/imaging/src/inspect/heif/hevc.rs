//! Reads facts about an HEVC picture in a HEIF file before it is decoded (ISO/IEC 14496-15, 8.3.3).

use super::describe_planes;
use crate::inspect::Inspection;
#[cfg(feature = "heic")]
use crate::inspect::bytes::{be16, slice};

/// The positions in the configuration record of the kind of samples, and of the parameter sets.
const CHROMA_AT: usize = 16;
const LUMA_BITS_AT: usize = 17;

/// Reads the planes and the depth of the samples from the configuration record. The decoder checks the bitstream
/// against it.
pub(super) fn describe_samples(inspection: &mut Inspection<'_>, config: &[u8]) -> Option<()> {
    inspection.bit_depth = 8 + (config.get(LUMA_BITS_AT)? & 7);
    let ratios = match config.get(CHROMA_AT)? & 3 {
        0 => None,
        1 => Some((2, 2)),
        2 => Some((2, 1)),
        _ => Some((1, 1)),
    };
    describe_planes(inspection, ratios);
    Some(())
}

/// The configuration record as its decoder needs it.
#[cfg(feature = "heic")]
pub(crate) struct Config<'a> {
    /// The size in bytes of the length before each unit of the picture.
    pub(crate) length_size: usize,
    /// The parameter sets, which are units as well.
    pub(crate) parameter_sets: Vec<&'a [u8]>,
}

/// The most units of a picture or of its configuration. No honest one has as many.
#[cfg(feature = "heic")]
const MAX_UNITS: usize = 4096;

#[cfg(feature = "heic")]
impl<'a> Config<'a> {
    pub(crate) fn read(config: &'a [u8]) -> Option<Self> {
        const LENGTH_SIZE_AT: usize = 21;
        let length_size = usize::from(config.get(LENGTH_SIZE_AT)? & 3) + 1;
        let (&arrays, mut rest) = config.get(LENGTH_SIZE_AT + 1..)?.split_first()?;
        let mut parameter_sets = Vec::new();
        // Each array has the type and number of its units, and each unit has its length.
        for _ in 0..arrays {
            let count = be16(rest, 1)?;
            rest = rest.get(3..)?;
            for _ in 0..count {
                let length = usize::from(be16(rest, 0)?);
                parameter_sets.push(slice(rest, 2, length)?);
                rest = &rest[2 + length..];
            }
        }
        (parameter_sets.len() <= MAX_UNITS).then_some(Self {
            length_size,
            parameter_sets,
        })
    }
}

/// The units of a picture, each with its length before it. Returns nothing if the lengths do not add up.
#[cfg(feature = "heic")]
pub(crate) fn units(data: &[u8], length_size: usize) -> Option<Vec<&[u8]>> {
    let (mut rest, mut units) = (data, Vec::new());
    while !rest.is_empty() && units.len() < MAX_UNITS {
        let (length, behind) = rest.split_at_checked(length_size)?;
        let length = length
            .iter()
            .fold(0, |number, byte| (number << 8) | usize::from(*byte));
        units.push(behind.get(..length)?);
        rest = &behind[length..];
    }
    rest.is_empty().then_some(units)
}
