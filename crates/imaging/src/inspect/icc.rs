//! Reads facts from an ICC profile besides its curves and matrices.

use super::Cicp;
use super::bytes::{be32, slice};

/// The number of tags after which reading stops.
const MAX_TAGS: u32 = 100;

/// The code points of a profile (ICC.1:2022, 9.2.17 and 10.3). Profiles of high dynamic range have
/// them.
pub(super) fn code_points(profile: &[u8]) -> Option<Cicp> {
    const TAG_TABLE: usize = 128;
    let count = be32(profile, TAG_TABLE)?.min(MAX_TAGS) as usize;
    let tag = (0..count)
        .filter_map(|index| slice(profile, TAG_TABLE + 4 + index * 12, 12))
        .find(|tag| tag.starts_with(b"cicp"))?;
    let value = slice(profile, be32(tag, 4)? as usize, 12)?;
    Some(Cicp {
        primaries: value[8],
        transfer: value[9],
        matrix: value[10],
        full_range: value[11] != 0,
    })
}
