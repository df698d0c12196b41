//! Makes small real images.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::jpeg::JpegEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

/// A JPEG of smooth colours. Another seed gives another picture.
pub(crate) fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85)
        .write_image(
            &pixels(width, height, seed),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("pixels and size agree");
    bytes
}

/// A PNG of smooth colours.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&pixels(width, height, 0), width, height)
}

/// A PNG of these pixels, three bytes each.
pub(crate) fn png_of(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(pixels, width, height, ExtendedColorType::Rgb8)
        .expect("pixels and size agree");
    bytes
}

/// A BMP of these pixels, three bytes each.
pub(crate) fn bmp_of(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    const HEADERS: u32 = 54;
    let row = (width * 3).next_multiple_of(4);
    let numbers = |numbers: &[u32]| -> Vec<u8> {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        bytes.collect()
    };
    let mut bytes = b"BM".to_vec();
    bytes.extend(numbers(&[
        HEADERS + row * height,
        0,
        HEADERS,
        40,
        width,
        height,
    ]));
    // One plane of 24 bits a pixel, uncompressed.
    bytes.extend([1, 0, 24, 0]);
    bytes.extend(numbers(&[0, row * height, 2835, 2835, 0, 0]));
    let (padded, width) = (row as usize, width as usize * 3);
    for line in pixels.chunks_exact(width).rev() {
        let blue_first = line.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]);
        bytes.extend(blue_first.chain(std::iter::repeat_n(0, padded - width)));
    }
    bytes
}

/// The JPEG with a comment added.
pub(crate) fn with_comment(jpeg: &[u8], comment: &str) -> Vec<u8> {
    let length = u16::try_from(comment.len() + 2).expect("a short comment");
    let block = [&[0xFF, 0xFE], &length.to_be_bytes()[..], comment.as_bytes()];
    [&jpeg[..2], &block.concat(), &jpeg[2..]].concat()
}

/// The JPEG with an XMP packet that gives it a title.
pub(crate) fn with_title(jpeg: &[u8], title: &str) -> Vec<u8> {
    let packet = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>\
         <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'>\
         <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{title}</rdf:li></rdf:Alt></dc:title>\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    with_application_block(jpeg, packet.as_bytes())
}

/// The JPEG with an EXIF block that says when it was changed.
pub(crate) fn with_time(jpeg: &[u8]) -> Vec<u8> {
    // One directory of one entry: DateTime (0x0132), 20 characters (type 2), 26 bytes after the
    // byte order mark.
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x32\x01\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0".as_slice(),
        b"2026:11:27 10:00:00\0",
    ];
    with_application_block(jpeg, &exif.concat())
}

/// The JPEG with a block of EXIF or XMP.
fn with_application_block(jpeg: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a small block");
    let block = [&[0xFF, 0xE1], &length.to_be_bytes()[..], content].concat();
    [&jpeg[..2], &block, &jpeg[2..]].concat()
}

/// The degrees, minutes and seconds of [`with_place`]'s latitude, as stored in EXIF: 48° 51′ 29.9″.
pub(crate) const LATITUDE_BYTES: [u8; 24] = [
    48, 0, 0, 0, 1, 0, 0, 0, 51, 0, 0, 0, 1, 0, 0, 0, 43, 1, 0, 0, 10, 0, 0, 0,
];

/// The JPEG with an EXIF block that says it was taken at 48.8583° N, 2.2945° E.
pub(crate) fn with_place(jpeg: &[u8]) -> Vec<u8> {
    const ASCII: u16 = 2;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let (tag, kind) = (tag.to_le_bytes(), kind.to_le_bytes());
        [&tag[..], &kind, &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let letter = |letter: u8| u32::from(letter);
    let none = 0_u32.to_le_bytes().to_vec();
    // Offsets count from the byte order mark: the header has 8 bytes, the first directory 18, the
    // place 54.
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec(),
        entry(0x8825, LONG, 1, 26),
        none.clone(),
        vec![4, 0],
        entry(1, ASCII, 2, letter(b'N')),
        entry(2, RATIONAL, 3, 80),
        entry(3, ASCII, 2, letter(b'E')),
        entry(4, RATIONAL, 3, 104),
        none,
        LATITUDE_BYTES.to_vec(),
        // 2° 17′ 40.2″.
        [2_u32, 1, 17, 1, 402, 10].map(u32::to_le_bytes).concat(),
    ]
    .concat();
    with_application_block(jpeg, &exif)
}

/// A PNG of noise with three bytes a pixel, which no encoder makes small.
pub(crate) fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut random = || {
        // Xorshift, by Marsaglia.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let pixels: Vec<u8> = (0..width * height * 3).map(|_| random()).collect();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    )
    .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
    .expect("pixels and size agree");
    bytes
}

pub(crate) fn pixels(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let ramp = |position: u32, length: u32| {
        u8::try_from(position * 255 / length).expect("a position is within its length")
    };
    (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| [ramp(x, width), ramp(y, height), seed.wrapping_mul(31)])
        })
        .collect()
}
