//! Makes originals in PNG.

use std::io::Write as _;

use crate::originals::{HEIGHT, WIDTH, colours};

pub(crate) fn png(colour: png::ColorType, depth: png::BitDepth, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(pixels)
        .unwrap();
    file
}

/// A picture of few colours, which `auto` writes losslessly.
pub(crate) fn drawing() -> Vec<u8> {
    let columns = (0..WIDTH).map(|x| {
        if x / 7 % 2 == 0 {
            [200, 30, 30]
        } else {
            [0, 0, 90]
        }
    });
    let row: Vec<u8> = columns.flatten().collect();
    png(
        png::ColorType::Rgb,
        png::BitDepth::Eight,
        &row.repeat(HEIGHT as usize),
    )
}

/// An interlaced PNG of noise, which the encoder does not write: seven pictures (W3C PNG, 8.1).
pub(crate) fn interlaced() -> Vec<u8> {
    let passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)];
    let mut noise = colours(3).into_iter().cycle();
    let mut rows = Vec::new();
    for (across, down) in passes {
        // The size can be divided by every pass.
        for _ in 0..HEIGHT / down {
            rows.push(0);
            rows.extend(noise.by_ref().take((WIDTH / across * 3) as usize));
        }
    }
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(&rows).unwrap();
    let mut header = [WIDTH, HEIGHT].map(u32::to_be_bytes).concat();
    header.extend([8, 2, 0, 0, 1]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let chunks = [
        (b"IHDR", header),
        (b"IDAT", deflated.finish().unwrap()),
        (b"IEND", Vec::new()),
    ];
    for (kind, data) in chunks {
        file.extend((data.len() as u32).to_be_bytes());
        let start = file.len();
        file.extend(kind);
        file.extend(data);
        let mut checksum = flate2::Crc::new();
        checksum.update(&file[start..]);
        file.extend(checksum.sum().to_be_bytes());
    }
    file
}
