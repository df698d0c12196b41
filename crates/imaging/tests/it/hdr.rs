//! High dynamic range: tone-mapped if the pixels have it, and recognised if a gain map provides it.

use imaging::{GainMap, HdrKind, Limits, inspect};

use crate::support::{Pixels, assert_close, avif, icc, rendered, with_chunk, with_segments};

const PNG: &str = "format = \"png\"";

/// Grey signals of 8 bits and their values in sRGB, by the formulas of BT.2100 and BT.2390, for a peak of 1000 candela
/// and reference white of 203.
const PQ: [(u8, u8); 5] = [(64, 45), (100, 107), (128, 181), (148, 229), (192, 255)];
const HLG: [(u8, u8); 4] = [(97, 101), (128, 137), (191, 229), (230, 253)];

fn png(signal: u8, transfer: u8) -> Vec<u8> {
    let pixels = Pixels::flat(8, 8, [signal; 3]);
    with_chunk(&pixels.to_png(), *b"cICP", &[9, transfer, 0, 1])
}

#[test]
fn png_of_both_kinds_becomes_as_bright_as_it_is_meant() {
    for (transfer, kind, cases) in [
        (16, HdrKind::Pq, PQ.as_slice()),
        (18, HdrKind::Hlg, HLG.as_slice()),
    ] {
        for (signal, expected) in cases {
            let original = png(*signal, transfer);
            let inspection = inspect(&original, &Limits::default()).unwrap();
            assert_eq!(inspection.hdr, Some(kind));
            assert_close(rendered(&original, PNG).at(3, 3), &[*expected; 3], 1);
        }
    }
    // One that states nothing brighter than 400 candela needs less room for highlights.
    let dim = with_chunk(&png(148, 16), *b"cLLI", &[0, 0x3D, 9, 0, 0, 0, 0, 0]);
    assert_close(rendered(&dim, PNG).at(3, 3), &[244; 3], 1);
    // The same samples with an SDR curve do not change.
    assert_eq!(
        inspect(&png(148, 13), &Limits::default()).unwrap().hdr,
        None
    );
}

#[test]
fn avif_of_both_kinds() {
    for (transfer, signal, expected) in [(16, 148, 229), (18, 191, 229)] {
        let points = avif::code_points([9, transfer, 9]);
        let original = avif::with_properties(
            &Pixels::flat(32, 32, [signal; 3]),
            &[(b"colr", points.clone())],
        );
        assert!(
            inspect(&original, &Limits::default())
                .unwrap()
                .hdr
                .is_some()
        );
        assert_close(rendered(&original, PNG).at(9, 9), &[expected; 3], 3);
    }
    // A picture that states that it has nothing brighter than 400 candela needs less room for highlights.
    let points = avif::code_points([9, 16, 9]);
    let original = avif::with_properties(
        &Pixels::flat(32, 32, [148; 3]),
        &[(b"colr", points), (b"clli", vec![1, 144, 0, 100])],
    );
    assert_close(rendered(&original, PNG).at(9, 9), &[244; 3], 3);
}

/// A profile of high dynamic range has code points that say so (ICC.1:2022, 9.2.17).
#[test]
fn a_profile_may_say_that_its_curve_is_of_high_dynamic_range() {
    let profile = moxcms::ColorProfile::new_bt2020_pq();
    let original = with_segments(
        &Pixels::flat(16, 16, [148; 3]).to_jpeg(),
        &icc::segments(&icc::encode(&profile)),
    );
    assert_eq!(
        inspect(&original, &Limits::default()).unwrap().hdr,
        Some(HdrKind::Pq)
    );
    assert_close(rendered(&original, PNG).at(9, 9), &[229; 3], 3);
}

/// A JPEG of two pictures, the second of which has this segment.
fn with_second_picture(segment: (u8, Vec<u8>)) -> Vec<u8> {
    let first = Pixels::flat(32, 32, [9, 99, 199]).to_jpeg();
    let second = with_segments(
        &Pixels::flat(8, 8, [128]).to_jpeg_with(turbojpeg::Subsamp::Gray, |_| {}),
        &[segment],
    );
    let index = |offset: u32| {
        let entry = |size: usize, offset: u32| {
            let numbers = [0, u32::try_from(size).unwrap(), offset, 0];
            numbers.map(u32::to_be_bytes).concat()
        };
        let mut index =
            b"MPF\0MM\0*\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0".to_vec();
        index.extend(entry(first.len(), 0));
        index.extend(entry(second.len(), offset));
        vec![(0xE2, index)]
    };
    // Offsets count from behind `MPF` and its zero.
    let length = with_segments(&first, &index(0)).len();
    let base = 2 + 4 + 4;
    let offset = u32::try_from(length - base).unwrap();
    [with_segments(&first, &index(offset)), second].concat()
}

#[test]
fn gain_maps_are_recognised_and_the_picture_itself_is_used() {
    let xmp = |namespace: &str| {
        let packet = format!("http://ns.adobe.com/xap/1.0/\0<x xmlns:a=\"{namespace}\"/>");
        (0xE1, packet.into_bytes())
    };
    let iso = (0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0".to_vec());
    for (segment, kind) in [
        (
            xmp("http://ns.adobe.com/hdr-gain-map/1.0/"),
            Some(GainMap::UltraHdr),
        ),
        (
            xmp("http://ns.apple.com/HDRGainMap/1.0/"),
            Some(GainMap::Apple),
        ),
        (iso, Some(GainMap::Iso)),
        // A preview is not a gain map.
        (xmp("http://ns.adobe.com/photoshop/1.0/"), None),
    ] {
        let original = with_second_picture(segment);
        let inspection = inspect(&original, &Limits::default()).unwrap();
        assert_eq!(inspection.gain_map, kind);
        assert_eq!((inspection.hdr, inspection.width), (None, 32));
        assert_close(rendered(&original, PNG).at(9, 9), &[9, 99, 199], 3);
    }
}
