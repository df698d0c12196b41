//! Photoshop image resources, of which IPTC-IIM is one (Adobe Photoshop File Formats Specification, "Image Resource
//! Blocks").

use std::borrow::Cow;

use super::bytes::{be16, be32, slice};

const IPTC: u16 = 0x0404;

/// The IPTC-IIM block of the resources in these segments. A block cut in two by the length of a segment goes on in the
/// next segment, so several are joined before they are read.
pub(super) fn iptc<'a>(segments: &[&'a [u8]]) -> Option<Cow<'a, [u8]>> {
    match segments {
        [] => None,
        [only] => find(only, IPTC).map(Cow::Borrowed),
        several => find(&several.concat(), IPTC).map(|block| Cow::Owned(block.to_vec())),
    }
}

fn find(resources: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut offset = 0;
    while resources.get(offset..)?.starts_with(b"8BIM") {
        let identifier = be16(resources, offset + 4)?;
        // A Pascal string, padded with its length byte to an even number of bytes.
        let name = usize::from(*resources.get(offset + 6)?) + 1;
        let size_at = offset + 6 + name.next_multiple_of(2);
        let size = be32(resources, size_at)? as usize;
        let data = slice(resources, size_at + 4, size)?;
        if identifier == wanted {
            return Some(data);
        }
        offset = size_at + 4 + size.next_multiple_of(2);
    }
    None
}
