//! Makes originals in TIFF, most of them of kinds that the encoder does not write.

use std::io::{self, Write as _};

use tiff::encoder::{TiffValue, colortype::ColorType};

use crate::originals::{HEIGHT, WIDTH, colours};

pub(crate) fn tiff<C: ColorType>(samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = io::Cursor::new(Vec::new());
    tiff::encoder::TiffEncoder::new(&mut file)
        .unwrap()
        .write_image::<C>(WIDTH, HEIGHT, samples)
        .unwrap();
    file.into_inner()
}

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A TIFF of 8 bits a sample whose chunks have these bytes, as `offsets` and `lengths` say.
fn tiff_of(entries: &[(u16, u16, Vec<u32>)], chunks: &[Vec<u8>], places: (u16, u16)) -> Vec<u8> {
    let mut at = 8;
    let mut offsets = Vec::new();
    for chunk in chunks {
        offsets.push(at);
        at += chunk.len() as u32;
    }
    let mut entries = entries.to_vec();
    let lengths = chunks.iter().map(|chunk| chunk.len() as u32).collect();
    entries.extend([(places.0, LONG, offsets), (places.1, LONG, lengths)]);
    entries.sort_by_key(|entry| entry.0);
    let mut file = b"II*\0".to_vec();
    file.extend(at.to_le_bytes());
    file.extend(chunks.concat());
    let values_at = at + 2 + entries.len() as u32 * 12 + 4;
    let mut values: Vec<u8> = Vec::new();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, numbers) in entries {
        file.extend([tag, kind].map(u16::to_le_bytes).concat());
        file.extend((numbers.len() as u32).to_le_bytes());
        if let [number] = numbers[..] {
            file.extend(number.to_le_bytes());
        } else {
            file.extend((values_at + values.len() as u32).to_le_bytes());
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
            values.extend(bytes);
        }
    }
    file.extend([0; 4]);
    file.extend(values);
    file
}

fn tags(compression: u32, photometric: u32) -> Vec<(u16, u16, Vec<u32>)> {
    vec![
        (256, LONG, vec![WIDTH]),
        (257, LONG, vec![HEIGHT]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![compression]),
        (262, SHORT, vec![photometric]),
        (277, SHORT, vec![3]),
        (278, LONG, vec![HEIGHT]),
    ]
}

const STRIPS: (u16, u16) = (273, 279);
const TILES: (u16, u16) = (324, 325);

/// A TIFF of three planes in one strip each, which the encoder does not write.
pub(crate) fn planes() -> Vec<u8> {
    let mut tags = tags(1, 2);
    tags.push((284, SHORT, vec![2]));
    tiff_of(&tags, &[colours(1), colours(1), colours(1)], STRIPS)
}

/// One of a single strip.
pub(crate) fn one_strip(compression: u32, photometric: u32, data: &[u8]) -> Vec<u8> {
    tiff_of(&tags(compression, photometric), &[data.to_vec()], STRIPS)
}

/// One of tiles of 256 by 256, compressed.
pub(crate) fn tiles(is_planar: bool) -> Vec<u8> {
    let (planes, samples) = if is_planar { (3, 1) } else { (1, 3) };
    let count = WIDTH.div_ceil(256) * HEIGHT.div_ceil(256) * planes;
    let noise = colours(3);
    let tile = &noise[..256 * 256 * samples];
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(tile).unwrap();
    let tile = deflated.finish().unwrap();
    let mut tags = tags(8, 2);
    tags.retain(|tag| tag.0 != 278);
    tags.extend([(322, SHORT, vec![256]), (323, SHORT, vec![256])]);
    tags.push((284, SHORT, vec![if is_planar { 2 } else { 1 }]));
    tiff_of(&tags, &vec![tile; count as usize], TILES)
}

pub(crate) fn fax() -> Vec<u8> {
    let noise = colours(1);
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for row in noise.chunks_exact(WIDTH as usize) {
        let row = row.iter().map(|sample| match sample {
            0..=127 => fax::Color::Black,
            _ => fax::Color::White,
        });
        encoder.encode_line(row, WIDTH as u16).unwrap();
    }
    let mut tags = tags(4, 0);
    tags[2].2 = vec![1];
    tags[5].2 = vec![1];
    tiff_of(&tags, &[encoder.finish().unwrap().finish()], STRIPS)
}

pub(crate) fn lzma(data: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}
