//! PNG of many kinds.

use super::{check_quarters, look};
use crate::support::{GREEN, Pixels, RED, encode_png, rendered};

#[test]
fn png_of_every_depth_and_interlaced() {
    for depth in [png::BitDepth::One, png::BitDepth::Two, png::BitDepth::Four] {
        let bits = depth as usize;
        // Left half black, right half white.
        let row: Vec<u8> = [vec![0; 2 * bits], vec![255; 2 * bits]].concat();
        let original = encode_png(32, 8, 1, depth, &row.repeat(8), |_| {});
        assert_eq!(look(&original).bit_depth, u8::try_from(bits).unwrap());
        let pixels = rendered(&original, "format = \"png\"");
        assert_eq!(
            (pixels.at(3, 3), pixels.at(28, 3)),
            ([0].as_slice(), [255].as_slice())
        );
    }
    let wide: Vec<u8> = Pixels::quarters(90, 60)
        .data
        .iter()
        .flat_map(|sample| [*sample, *sample])
        .collect();
    let sixteen = encode_png(90, 60, 3, png::BitDepth::Sixteen, &wide, |_| {});
    assert_eq!(look(&sixteen).bit_depth, 16);
    check_quarters(&sixteen, 0);
}

#[test]
fn png_interlaced() {
    // The encoder writes no interlaced files, so this one is composed pass by pass (W3C PNG, 8.1).
    let pixel = |x: u32, y: u32| [(x * 100) as u8, (y * 100) as u8, 7];
    let starts = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut raw = Vec::new();
    for (left, top, across, down) in starts {
        for y in (top..3).step_by(down) {
            let row: Vec<u8> = (left..3)
                .step_by(across)
                .flat_map(|x| pixel(x, y))
                .collect();
            if !row.is_empty() {
                raw.push(0);
                raw.extend(row);
            }
        }
    }
    let original = png_of_raw(3, 3, 2, 1, &raw);
    assert_eq!(look(&original).progressive, Some(true));
    assert_eq!(
        rendered(&original, "format = \"png\"").data,
        Pixels::new(3, 3, pixel).data
    );
}

/// A PNG file of 8 bits a sample from filtered rows.
fn png_of_raw(width: u32, height: u32, colour: u8, interlace: u8, raw: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    deflated.write_all(raw).unwrap();
    let header = [
        &width.to_be_bytes(),
        &height.to_be_bytes(),
        [8, colour, 0, 0, interlace].as_slice(),
    ]
    .concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", deflated.finish().unwrap()),
        (b"IEND", Vec::new()),
    ] {
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let start = file.len();
        file.extend(kind);
        file.extend(data);
        let mut checksum = flate2::Crc::new();
        checksum.update(&file[start..]);
        file.extend(checksum.sum().to_be_bytes());
    }
    file
}

#[test]
fn png_with_a_palette_and_transparent_entries() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette([RED, GREEN].concat());
    encoder.set_trns(vec![255, 0]);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[0, 1])
        .unwrap();
    let inspection = look(&file);
    assert_eq!(
        (
            inspection.has_alpha,
            inspection.channels,
            inspection.bit_depth
        ),
        (true, 4, 8)
    );
    let pixels = rendered(&file, "format = \"png\"");
    assert_eq!(
        (pixels.at(0, 0), pixels.at(1, 0)[3]),
        ([RED[0], RED[1], RED[2], 255].as_slice(), 0)
    );
}
