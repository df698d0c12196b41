//! Writes image files with blocks of metadata. Their pixels do not matter.

use std::fmt::Write as _;

/// A JPEG file with these segments: the code of the marker, and the content.
pub(crate) fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    const FRAME: &[u8] = b"\x08\0\x08\0\x08\x01\x01\x11\0";
    const SCAN: &[u8] = b"\x01\x01\0\0\x3f\0";
    let mut file = vec![0xFF, 0xD8];
    let frame = [(0xC0, FRAME.to_vec()), (0xDA, SCAN.to_vec())];
    for (marker, data) in segments.iter().chain(&frame) {
        let length = u16::try_from(data.len() + 2).expect("a short segment");
        file.extend([0xFF, *marker]);
        file.extend(length.to_be_bytes());
        file.extend(data);
    }
    file.extend(b"\x55\x55\xFF\xD9");
    file
}

/// APP1 with EXIF.
pub(crate) fn exif_segment(block: &[u8]) -> (u8, Vec<u8>) {
    (0xE1, [b"Exif\0\0", block].concat())
}

/// APP1 with XMP.
pub(crate) fn xmp_segment(packet: &str) -> (u8, Vec<u8>) {
    let name = b"http://ns.adobe.com/xap/1.0/\0".as_slice();
    (0xE1, [name, packet.as_bytes()].concat())
}

/// APP13 with Photoshop's resources.
pub(crate) fn photoshop_segment(resources: &[u8]) -> (u8, Vec<u8>) {
    (0xED, [b"Photoshop 3.0\0", resources].concat())
}

/// One of Photoshop's resources.
pub(crate) fn resource(identifier: u16, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a short resource");
    let padding = &[0][..data.len() % 2];
    [
        b"8BIM",
        &identifier.to_be_bytes()[..],
        &[0, 0],
        &length.to_be_bytes(),
        data,
        padding,
    ]
    .concat()
}

/// A dataset of IPTC's record 2.
pub(crate) fn dataset(number: u8, value: &str) -> Vec<u8> {
    let length = u16::try_from(value.len()).expect("a short value");
    [
        &[0x1C, 2, number],
        &length.to_be_bytes()[..],
        value.as_bytes(),
    ]
    .concat()
}

/// A PNG file with these chunks.
pub(crate) fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let header = b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0".to_vec();
    let pixels = zlib(&[0, 0x80]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let first = std::iter::once((b"IHDR", header));
    let last = [(b"IDAT", pixels), (b"IEND", vec![])];
    for (kind, data) in first.chain(chunks.iter().cloned()).chain(last) {
        let length = u32::try_from(data.len()).expect("a short chunk");
        let body = [kind.as_slice(), &data].concat();
        file.extend(length.to_be_bytes());
        file.extend(&body);
        file.extend(crc_32(&body).to_be_bytes());
    }
    file
}

/// ISO 3309, bit by bit.
fn crc_32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

/// A zlib stream of one uncompressed block (RFC 1950 and RFC 1951).
pub(crate) fn zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a short block");
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    [
        &[0x78, 0x01, 0x01],
        &length.to_le_bytes()[..],
        &(!length).to_le_bytes(),
        data,
        &((high << 16) | low).to_be_bytes(),
    ]
    .concat()
}

/// A text chunk of ImageMagick: a name, the length, and digits in lines.
pub(crate) fn raw_profile(name: &str, block: &[u8]) -> Vec<u8> {
    let mut text = format!("\n{name}\n{:8}", block.len());
    for (index, byte) in block.iter().enumerate() {
        if index % 36 == 0 {
            text.push('\n');
        }
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text.push('\n');
    text.into_bytes()
}

/// A WebP file with these chunks.
pub(crate) fn webp(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let extended = (b"VP8X", vec![0; 10]);
    // One black pixel.
    let picture = (b"VP8L", b"\x2f\0\0\0\0\x88\x88\x08".to_vec());
    let mut body = b"WEBP".to_vec();
    for (kind, data) in [extended, picture].iter().chain(chunks) {
        let length = u32::try_from(data.len()).expect("a short chunk");
        body.extend([kind.as_slice(), &length.to_le_bytes(), data].concat());
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let length = u32::try_from(body.len()).expect("a short file");
    [b"RIFF", &length.to_le_bytes()[..], &body].concat()
}

/// A value of a directory: its type and its bytes, big-endian.
#[derive(Clone)]
pub(crate) struct Value {
    kind: u16,
    count: usize,
    bytes: Vec<u8>,
}

pub(crate) fn ascii(text: &str) -> Value {
    let bytes = [text.as_bytes(), b"\0"].concat();
    Value {
        kind: 2,
        count: bytes.len(),
        bytes,
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value {
        kind: 1,
        count: bytes.len(),
        bytes: bytes.to_vec(),
    }
}

pub(crate) fn short(number: u16) -> Value {
    Value {
        kind: 3,
        count: 1,
        bytes: number.to_be_bytes().to_vec(),
    }
}

pub(crate) fn long(number: u32) -> Value {
    Value {
        kind: 4,
        count: 1,
        bytes: number.to_be_bytes().to_vec(),
    }
}

pub(crate) fn rationals(items: &[(u32, u32)]) -> Value {
    let bytes = items
        .iter()
        .flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()]);
    Value {
        kind: 5,
        count: items.len(),
        bytes: bytes.flatten().collect(),
    }
}

/// A directory that another one points to: the tag, how its offset is written, and its entries.
type Child<'a> = (u16, fn(u32) -> Value, &'a [(u16, Value)]);

/// A big-endian TIFF structure: its first directory, and one that a tag of it points to.
pub(crate) fn tiff(main: &[(u16, Value)], child: Option<Child<'_>>) -> Vec<u8> {
    const HEADER: usize = 8;
    let mut main = main.to_vec();
    let mut behind = Vec::new();
    if let Some((tag, pointer, entries)) = child {
        // The pointer needs no space besides its entry.
        main.push((tag, pointer(0)));
        main.sort_by_key(|(tag, _)| *tag);
        let at = HEADER + directory(&main, HEADER).len();
        behind = directory(entries, at);
        for (found, value) in &mut main {
            if *found == tag {
                *value = pointer(u32::try_from(at).expect("a short block"));
            }
        }
    }
    [b"MM\0*\0\0\0\x08", &directory(&main, HEADER)[..], &behind].concat()
}

fn directory(entries: &[(u16, Value)], at: usize) -> Vec<u8> {
    let values_at = at + 2 + entries.len() * 12 + 4;
    let count = u16::try_from(entries.len()).expect("few entries");
    let (mut written, mut values) = (count.to_be_bytes().to_vec(), Vec::new());
    for (tag, value) in entries {
        let count = u32::try_from(value.count).expect("a short value");
        written.extend([tag.to_be_bytes(), value.kind.to_be_bytes()].concat());
        written.extend(count.to_be_bytes());
        if value.bytes.len() <= 4 {
            let mut inline = value.bytes.clone();
            inline.resize(4, 0);
            written.extend(inline);
        } else {
            let offset = u32::try_from(values_at + values.len()).expect("a short block");
            written.extend(offset.to_be_bytes());
            values.extend(&value.bytes);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    [written, vec![0; 4], values].concat()
}

/// The entries of a TIFF file with one grey pixel, which is stored in an entry.
pub(crate) fn one_pixel() -> Vec<(u16, Value)> {
    vec![
        (256, short(1)),
        (257, short(1)),
        (258, short(8)),
        (259, short(1)),
        (262, short(1)),
        // Anywhere in the file.
        (273, long(8)),
        (277, short(1)),
        (278, short(1)),
        (279, long(1)),
    ]
}

/// An XMP packet whose description has these attributes.
pub(crate) fn packet(attributes: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" \
         xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" \
         xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" {attributes}/>\
         </rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
    )
}
