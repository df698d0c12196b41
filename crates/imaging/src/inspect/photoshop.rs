//! Reads Photoshop image resources, one of which is IPTC-IIM (Adobe Photoshop File Formats Specification, "Image
//! Resource Blocks").

use std::borrow::Cow;

use super::Inspection;
use super::bytes::{be16, be32, slice};

const IPTC: u16 = 0x0404;
/// The MD5 digest of the IPTC block, written together with XMP.
const IPTC_DIGEST: u16 = 0x0425;

/// The signatures of resources: Photoshop's own, and those of programs that use the same identifiers.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"];

/// Joins the segments of a JPEG that contain resources. A resource that is split by the length limit of a segment
/// continues in the next.
pub(super) fn join<'a>(segments: &[&'a [u8]]) -> Cow<'a, [u8]> {
    match segments {
        [] => Cow::Borrowed(&[]),
        [only] => Cow::Borrowed(only),
        several => Cow::Owned(several.concat()),
    }
}

/// Adds the IPTC-IIM block of these resources and its digest to the inspection.
pub(super) fn describe<'a>(inspection: &mut Inspection<'a>, block: Cow<'a, [u8]>) {
    let (iptc, digest) = match block {
        Cow::Borrowed(block) => read(block),
        Cow::Owned(block) => {
            let (iptc, digest) = read(&block);
            (iptc.map(|iptc| Cow::Owned(iptc.into_owned())), digest)
        }
    };
    if inspection.iptc.is_none() {
        inspection.iptc = iptc;
        inspection.iptc_digest = digest;
    }
}

/// Reads the block and its digest. A block may come without a resource around it; one that is split over several
/// resources is joined.
fn read(block: &[u8]) -> (Option<Cow<'_, [u8]>>, Option<[u8; 16]>) {
    const DATASET: u8 = 0x1C;
    if block.first() == Some(&DATASET) {
        return (Some(Cow::Borrowed(block)), None);
    }
    let (mut parts, mut digest) = (Vec::new(), None);
    for (identifier, data) in resources(block) {
        match identifier {
            IPTC => parts.push(data),
            IPTC_DIGEST => digest = digest.or(data.first_chunk().copied()),
            _ => {}
        }
    }
    let iptc = match parts.as_slice() {
        [] => None,
        [only] => Some(Cow::Borrowed(*only)),
        several => Some(Cow::Owned(several.concat())),
    };
    (iptc, digest)
}

/// Identifier and data of each resource.
fn resources(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        if !is_resource(bytes, offset) {
            return None;
        }
        let identifier = be16(bytes, offset + 4)?;
        // A Pascal string. It is padded so that its bytes, with the length byte, are even in number.
        let name = usize::from(*bytes.get(offset + 6)?) + 1;
        let size_at = offset + 6 + name.next_multiple_of(2);
        let size = be32(bytes, size_at)? as usize;
        let data = slice(bytes, size_at + 4, size)?;
        let end = size_at + 4 + size;
        let padded = end + size % 2;
        // Some writers forget the byte that makes the length even.
        let forgotten = !is_resource(bytes, padded) && is_resource(bytes, end);
        offset = if forgotten { end } else { padded };
        Some((identifier, data))
    })
}

fn is_resource(bytes: &[u8], offset: usize) -> bool {
    let found = slice(bytes, offset, 4);
    found.is_some_and(|found| SIGNATURES.iter().any(|known| found == *known))
}

#[cfg(test)]
mod tests {
    use super::{IPTC, IPTC_DIGEST, read};

    fn resource(identifier: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [
            b"8BIM",
            &identifier.to_be_bytes()[..],
            &[0, 0],
            &length,
            data,
        ]
        .concat()
    }

    #[test]
    fn a_block_in_several_resources_is_joined_with_padding_and_without() {
        let (odd, even) = (resource(IPTC, b"abc"), resource(IPTC, b"de"));
        for padding in [&b"\0"[..], b""] {
            let (iptc, digest) = read_owned(&[&odd[..], padding, &even].concat());
            assert_eq!((iptc.as_deref(), digest), (Some(&b"abcde"[..]), None));
        }
    }

    #[test]
    fn the_digest_is_that_of_the_resource_for_it() {
        let block = [resource(IPTC_DIGEST, &[7; 16]), resource(IPTC, b"ab")].concat();
        assert_eq!(read_owned(&block), (Some(b"ab".to_vec()), Some([7; 16])));
    }

    #[test]
    fn a_block_without_resources_is_taken_as_it_is_and_noise_is_none() {
        assert_eq!(
            read_owned(b"\x1c\x02\x78").0.as_deref(),
            Some(&b"\x1c\x02\x78"[..])
        );
        for noise in [
            &b""[..],
            b"8BIM",
            b"8BIM\x04\x04\0\0\xff\xff\xff\xff",
            b"noise",
        ] {
            assert_eq!(read_owned(noise), (None, None));
        }
    }

    fn read_owned(block: &[u8]) -> (Option<Vec<u8>>, Option<[u8; 16]>) {
        let (iptc, digest) = read(block);
        (iptc.map(std::borrow::Cow::into_owned), digest)
    }
}
