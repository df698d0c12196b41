//! XMP packets: converts them to UTF-8, and joins extended packets from further segments of a JPEG.

use std::borrow::Cow;

use super::bytes::be32;

/// The most bytes of an extended packet that are joined. Phones put depth maps into it.
const MAX_EXTENDED: usize = 4 << 20;

/// Digits of the digest that identifies an extended packet.
const DIGEST: usize = 32;

/// Bytes before the data of a part: the digest, the length of the whole packet, and the part's offset in it.
const PART_HEADER: usize = DIGEST + 8;

/// The packet in UTF-8. XMP may also be in UTF-16 and UTF-32, with or without a byte order mark (XMP Specification Part
/// 1, 7.1). A packet begins with an ASCII character, which shows the width and byte order of its characters.
pub(super) fn to_utf8(packet: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let text = match *packet.first_chunk().unwrap_or(&[b'<'; 4]) {
        [0, 0, 0xFE, 0xFF] | [0, 0, 0, 1..=255] => utf_32(&packet, u32::from_be_bytes),
        [0xFF, 0xFE, 0, 0] | [1..=255, 0, 0, 0] => utf_32(&packet, u32::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, 1..=255, 0, 1..=255] => utf_16(&packet, u16::from_be_bytes),
        [0xFF, 0xFE, ..] | [1..=255, 0, 1..=255, 0] => utf_16(&packet, u16::from_le_bytes),
        _ => return packet,
    };
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Cow::Owned(text.into_bytes())
}

fn utf_16(packet: &[u8], number: fn([u8; 2]) -> u16) -> String {
    let units = packet.as_chunks().0.iter().copied().map(number);
    char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn utf_32(packet: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let units = packet.as_chunks().0.iter().copied().map(number);
    units
        .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Joins the parts of the extended packet that the main one names by its digest (XMP Specification Part 3, 1.1.3.1).
/// Parts of another packet belong to an earlier state of the file.
pub(super) fn join_extended(main: &[u8], parts: &[&[u8]]) -> Result<Option<Vec<u8>>, String> {
    let Some(digest) = named_digest(main) else {
        return Ok(None);
    };
    let mut parts: Vec<_> = parts
        .iter()
        .filter(|part| {
            part.get(..DIGEST)
                .is_some_and(|found| found.eq_ignore_ascii_case(digest))
        })
        .filter_map(|part| {
            let (length, offset) = (be32(part, DIGEST)?, be32(part, DIGEST + 4)?);
            Some((offset as usize, length as usize, part.get(PART_HEADER..)?))
        })
        .collect();
    parts.sort_by_key(|(offset, ..)| *offset);
    let Some(&(_, length, _)) = parts.first() else {
        return Ok(None);
    };
    if length > MAX_EXTENDED {
        return Err(format!(
            "The extended XMP packet has {length} bytes, more than {MAX_EXTENDED}, and was ignored."
        ));
    }
    let mut joined = Vec::with_capacity(length);
    for (offset, _, data) in parts {
        // A part that comes twice is skipped, and a missing one leaves a gap.
        if offset == joined.len() && data.len() <= length - offset {
            joined.extend_from_slice(data);
        }
    }
    if joined.len() < length {
        return Err("The extended XMP packet is incomplete and was ignored.".to_owned());
    }
    Ok(Some(joined))
}

/// The value of `xmpNote:HasExtendedXMP`, from an attribute or an element.
fn named_digest(main: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"HasExtendedXMP";
    /// Blanks, an equals sign, a quote or an angle bracket.
    const MOST_BETWEEN: usize = 8;
    let at = main.windows(NAME.len()).position(|window| window == NAME)?;
    let rest = &main[at + NAME.len()..];
    let skipped = rest
        .iter()
        .take(MOST_BETWEEN)
        .position(u8::is_ascii_hexdigit)?;
    let digest = rest.get(skipped..skipped + DIGEST)?;
    digest.iter().all(u8::is_ascii_hexdigit).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_order_of_characters_becomes_utf_8() {
        let text = "<?xpacket begin='\u{feff}'?><a>Été 📷</a>";
        for marked in [text.to_owned(), format!("\u{feff}{text}")] {
            let (units, characters) = (marked.encode_utf16(), marked.chars().map(u32::from));
            let encoded: [Vec<u8>; 4] = [
                units.clone().flat_map(u16::to_be_bytes).collect(),
                units.flat_map(u16::to_le_bytes).collect(),
                characters.clone().flat_map(u32::to_be_bytes).collect(),
                characters.flat_map(u32::to_le_bytes).collect(),
            ];
            for packet in encoded {
                let utf8 = to_utf8(Cow::Owned(packet));
                assert_eq!(str::from_utf8(&utf8), Ok(text));
            }
        }
        assert!(matches!(
            to_utf8(Cow::Borrowed(text.as_bytes())),
            Cow::Borrowed(_)
        ));
        assert_eq!(*to_utf8(Cow::Borrowed(b"<")), *b"<");
    }

    const DIGITS: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn part(digest: &str, length: u32, offset: u32, data: &[u8]) -> Vec<u8> {
        [
            digest.as_bytes(),
            &length.to_be_bytes(),
            &offset.to_be_bytes(),
            data,
        ]
        .concat()
    }

    fn join(parts: &[Vec<u8>]) -> Result<Option<Vec<u8>>, String> {
        let main = format!("<a note:HasExtendedXMP = '{}'/>", DIGITS.to_lowercase());
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        join_extended(main.as_bytes(), &parts)
    }

    #[test]
    fn parts_come_in_any_order_and_those_of_another_packet_do_not_count() {
        let parts = [
            part(DIGITS, 6, 4, b"ef"),
            part(&DIGITS.replace('0', "1"), 6, 0, b"noise!"),
            part(DIGITS, 6, 0, b"abcd"),
            part(DIGITS, 6, 0, b"abcd"),
        ];
        assert_eq!(join(&parts), Ok(Some(b"abcdef".to_vec())));
        assert_eq!(join(&parts[1..2]), Ok(None));
        let main: &[&[u8]] = &[&parts[0]];
        assert_eq!(join_extended(b"<a/>", main), Ok(None));
    }

    #[test]
    fn what_is_incomplete_or_too_long_is_left_aside() {
        for parts in [
            vec![part(DIGITS, 6, 0, b"abcd")],
            vec![part(DIGITS, 6, 0, b"abcd"), part(DIGITS, 6, 5, b"f")],
            vec![part(DIGITS, 6, 0, b"abcdefg")],
            vec![part(DIGITS, 6, u32::MAX, b"abcdef")],
        ] {
            assert!(join(&parts).is_err(), "{parts:?}");
        }
        assert!(
            join(&[part(DIGITS, u32::MAX, 0, b"a")])
                .unwrap_err()
                .contains("4294967295")
        );
        assert_eq!(join(&[vec![b'0'; DIGEST]]), Ok(None));
    }
}
