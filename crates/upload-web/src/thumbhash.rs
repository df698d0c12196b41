//! Placeholders: a record's `ThumbHash` as a picture small enough to be inlined in the page.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Pixels of the picture's longer side. The hash has at most seven half-waves along a side, so more
/// pixels would add nothing, and a gallery page holds fifty of these.
const SIDE: usize = 10;

/// The hash as a `data:` URL of a PNG, or nothing if it is not a hash.
#[must_use]
pub fn data_url(hash: &str) -> Option<String> {
    let hash = BASE64_STANDARD.decode(hash).ok()?;
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    let (width, height, rgba) = shrink(width, height, &rgba)?;
    let png = encode(width, height, &rgba)?;
    Some(format!(
        "data:image/png;base64,{}",
        BASE64_STANDARD.encode(png)
    ))
}

/// Averages over boxes. The decoder always makes 32 pixels of the longer side.
fn shrink(width: usize, height: usize, rgba: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let longest = width.max(height);
    let scaled = |side: usize| (side * SIDE / longest).max(1);
    let (to_width, to_height) = (scaled(width), scaled(height));
    let mut small = Vec::with_capacity(to_width * to_height * 4);
    for y in 0..to_height {
        for x in 0..to_width {
            let columns = x * width / to_width..(x + 1) * width / to_width;
            let rows = y * height / to_height..(y + 1) * height / to_height;
            for channel in 0..4 {
                let values = rows.clone().flat_map(|row| {
                    let columns = columns.clone();
                    columns.map(move |column| (row * width + column) * 4 + channel)
                });
                let (sum, count) = values.fold((0, 0), |(sum, count), at| {
                    (sum + rgba.get(at).map_or(0, |&v| usize::from(v)), count + 1)
                });
                small.push(u8::try_from(sum.checked_div(count)?).ok()?);
            }
        }
    }
    Some((to_width, to_height, small))
}

fn encode(width: usize, height: usize, rgba: &[u8]) -> Option<Vec<u8>> {
    let opaque = rgba.iter().skip(3).step_by(4).all(|&alpha| alpha == 255);
    let pixels: Vec<u8> = if opaque {
        rgba.chunks_exact(4)
            .flat_map(|p| [p[0], p[1], p[2]])
            .collect()
    } else {
        rgba.to_vec()
    };
    let mut bytes = Vec::new();
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(if opaque {
        png::ColorType::Rgb
    } else {
        png::ColorType::Rgba
    });
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_becomes_a_small_picture() {
        let url = data_url("1QcSHQRnh493V4dIh4eXh1h4kJUI").unwrap();
        let base64 = url.strip_prefix("data:image/png;base64,").unwrap();
        let png = BASE64_STANDARD.decode(base64).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(png));
        let info = decoder.read_info().unwrap();
        assert_eq!(info.info().width.max(info.info().height), 10);
        assert!(url.len() < 700, "{} bytes", url.len());
    }

    #[test]
    fn what_is_no_hash_is_no_picture() {
        // The last one claims to have no width.
        for hash in ["", "AA==", "AAAA", "////////", "%%", &"A".repeat(400)] {
            assert_eq!(data_url(hash), None, "{hash}");
        }
    }
}
