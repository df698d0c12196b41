//! Tests what the encoder refuses, and what its settings do.

use std::io::Cursor;

use image_webp::WebPDecoder;
use lossy_webp::{Encoder, Error, Plane, Planes, PlanesBuf};

fn gradient(width: u32, height: u32) -> PlanesBuf {
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|index| {
            let (x, y) = (index % width, index / width);
            [x * 2, y * 2, (x * y) % 251].map(|sample| sample.to_le_bytes()[0])
        })
        .collect();
    PlanesBuf::from_rgb(width, height, &pixels).expect("the number of pixels matches the size")
}

#[test]
fn sizes_that_the_format_has_no_room_for_are_refused() {
    let picture = gradient(8, 8);
    for (width, height) in [(0, 8), (8, 0), (16_384, 1), (1, 16_384)] {
        let planes = Planes {
            width,
            height,
            ..picture.as_planes()
        };
        assert_eq!(
            Encoder::new(80.0).encode(&planes),
            Err(Error::Size { width, height })
        );
    }
}

#[test]
fn planes_that_are_too_short_are_refused() {
    let picture = gradient(9, 9);
    let planes = picture.as_planes();
    let cut = |plane: Plane<'_>| plane.samples.len() - 1;
    let short = |plane: usize| {
        let mut short = planes;
        let of = if plane == 0 {
            &mut short.luma
        } else {
            &mut short.chroma[plane - 1]
        };
        of.samples = &of.samples[..cut(*of)];
        Encoder::new(80.0).encode(&short)
    };
    for plane in 0..3 {
        assert_eq!(short(plane), Err(Error::Samples));
    }
    let mut narrow = planes;
    narrow.luma.stride = 8;
    assert_eq!(Encoder::new(80.0).encode(&narrow), Err(Error::Samples));
}

#[test]
fn padding_is_not_looked_at() {
    let picture = gradient(50, 37);
    let padded = |samples: &[u8], width: usize| -> Vec<u8> {
        samples
            .chunks(width)
            .flat_map(|row| [row, &[99; 7]].concat())
            .collect()
    };
    let luma = padded(&picture.luma, 50);
    let chroma = picture.chroma.each_ref().map(|plane| padded(plane, 25));
    let planes = Planes {
        luma: Plane {
            samples: &luma,
            stride: 57,
        },
        chroma: [0, 1].map(|which| Plane {
            samples: &chroma[which],
            stride: 32,
        }),
        ..picture.as_planes()
    };
    let encoder = Encoder::new(80.0);
    assert_eq!(
        encoder.encode(&planes),
        encoder.encode(&picture.as_planes())
    );
}

#[test]
fn quality_is_paid_for_in_bytes() {
    let picture = gradient(200, 150);
    let length = |quality| {
        Encoder::new(quality)
            .encode(&picture.as_planes())
            .expect("a file")
            .len()
    };
    let lengths = [0.0, 30.0, 60.0, 90.0, 100.0].map(length);
    assert!(
        lengths.is_sorted() && lengths[0] * 4 < lengths[4],
        "{lengths:?}"
    );
    // A value beyond the scale means the end of the scale.
    assert_eq!(length(-5.0), lengths[0]);
    assert_eq!(length(250.0), lengths[4]);
    assert_eq!(length(f32::NAN), lengths[0]);
}

#[test]
fn encoding_stops_when_it_should() {
    let picture = gradient(64, 64);
    let mut rows = 0;
    let stopped = Encoder::new(80.0).encode_while(&picture.as_planes(), || {
        rows += 1;
        rows < 3
    });
    assert_eq!(stopped, Err(Error::Stopped));
    assert_eq!(rows, 3);
}

#[test]
fn files_have_the_size_of_the_picture() {
    for (width, height) in [(1, 1), (300, 7), (16, 16)] {
        let picture = gradient(width, height);
        let file = Encoder::new(75.0)
            .encode(&picture.as_planes())
            .expect("a file");
        let decoder = WebPDecoder::new(Cursor::new(file)).expect("a readable file");
        assert_eq!(decoder.dimensions(), (width, height));
    }
}
