//! Content Credentials and digital source types, in every container that has a place for them.

use contract::{AiUse, FoundIn, ManifestPlace};
use imaging::{Limits, Preset, Presets, RenderOptions};

use crate::{
    Sample,
    c2pa_store::{assertion, list, manifest, map, store, text},
    containers::{bytes, jpeg, one_pixel, packet, png, tiff, webp, xmp_segment},
    read,
};

const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// A manifest store of a picture that was made by generative AI.
fn made_by_ai() -> Vec<u8> {
    let source = format!("{VOCABULARY}trainedAlgorithmicMedia");
    let action = map(&[
        ("action", text("c2pa.created")),
        ("digitalSourceType", text(&source)),
    ]);
    let actions = map(&[("actions", list(&[action]))]);
    let info = map(&[("name", text("Painter")), ("version", text("1.2"))]);
    let claim = map(&[("claim_generator_info", info)]);
    store(&[manifest(
        "urn:c2pa:1",
        &[assertion("c2pa.actions.v2", &actions)],
        &claim,
    )])
}

/// APP11 segments with parts of the store, each with at most this many bytes and with the header of the box.
fn segments(store: &[u8], instance: u16, most: usize) -> Vec<(u8, Vec<u8>)> {
    let (header, data) = store.split_at(8);
    let parts = data.chunks(most).zip(1_u32..);
    parts
        .map(|(part, number)| {
            let start = [b"JP", &instance.to_be_bytes()[..], &number.to_be_bytes()];
            (0xEB, [&start.concat(), header, part].concat())
        })
        .collect()
}

fn in_gif(store: &[u8]) -> Vec<u8> {
    let blocks = store
        .chunks(255)
        .flat_map(|block| [&[u8::try_from(block.len()).expect("a short block")], block].concat());
    let mut file =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xff\x0bC2PA_GIF\x01\0\0".to_vec();
    file.extend(blocks);
    file.extend(b"\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b");
    file
}

/// An AVIF file of one colour, as an encoder writes it.
fn avif() -> Vec<u8> {
    let presets = Presets::parse("[presets.a]\nformat = \"avif\"\neffort = 0").expect("a preset");
    let original = png(&[]);
    let inspection = imaging::inspect(&original, &Limits::default()).expect("an image");
    let chosen: Vec<&Preset> = presets.iter().collect();
    let rendered = imaging::render(&original, &inspection, &chosen, &RenderOptions::default());
    rendered.expect("a rendition").renditions.remove(0).bytes
}

fn in_avif(store: &[u8]) -> Vec<u8> {
    let body = [
        b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81\0\0\0\0manifest\0",
        &[0; 8][..],
        store,
    ]
    .concat();
    let length = u32::try_from(body.len() + 8)
        .expect("a short box")
        .to_be_bytes();
    [&avif(), &length[..], b"uuid", &body].concat()
}

/// A file of each format with the same store.
pub(crate) fn samples() -> Vec<Sample> {
    let store = made_by_ai();
    let mut tiff_entries = one_pixel();
    tiff_entries.push((52_545, bytes(&store)));
    let mut in_segments = segments(&store, 7, 200);
    // Another superbox next to it, which is not a manifest store.
    in_segments.extend(segments(b"\0\0\0\x10jumb\0\0\0\x08jumd", 1, 100));
    let source = format!(
        "Iptc4xmpExt:DigitalSourceType=\"{VOCABULARY}compositeWithTrainedAlgorithmicMedia\""
    );
    vec![
        ("c2pa.jpg", jpeg(&in_segments)),
        ("c2pa.png", png(&[(b"caBX", store.clone())])),
        ("c2pa.webp", webp(&[(b"C2PA", store.clone())])),
        ("c2pa.tif", tiff(&tiff_entries, None)),
        ("c2pa.gif", in_gif(&store)),
        ("c2pa.avif", in_avif(&store)),
        ("ai-in-xmp.jpg", jpeg(&[xmp_segment(&packet(&source))])),
    ]
}

#[test]
fn a_manifest_is_found_in_every_format() {
    for (name, file) in samples()
        .iter()
        .filter(|(name, _)| name.starts_with("c2pa"))
    {
        let provenance = read(file)
            .provenance
            .unwrap_or_else(|| panic!("{name} has none"));
        assert_eq!(provenance.manifest, Some(ManifestPlace::Embedded), "{name}");
        assert_eq!(
            (provenance.validated, provenance.manifests),
            (Some(false), Some(1))
        );
        assert_eq!(
            provenance.generator.as_deref(),
            Some("Painter 1.2"),
            "{name}"
        );
        assert_eq!(provenance.actions, ["c2pa.created"], "{name}");
        assert_eq!(
            provenance.digital_source_type.as_deref(),
            Some("trainedAlgorithmicMedia")
        );
        assert_eq!(provenance.digital_source_type_from, Some(FoundIn::C2pa));
        assert_eq!(provenance.ai, Some(AiUse::Made), "{name}");
    }
}

#[test]
fn the_source_type_of_xmp_is_provenance_without_a_manifest() {
    let samples = samples();
    let (_, file) = samples.last().expect("there are some");
    let provenance = read(file).provenance.expect("there is some");
    assert_eq!((provenance.manifest, provenance.validated), (None, None));
    assert_eq!(provenance.digital_source_type_from, Some(FoundIn::Xmp));
    assert_eq!(provenance.ai, Some(AiUse::Edited));
}

#[test]
fn a_manifest_elsewhere_is_said_to_be_elsewhere() {
    let file = jpeg(&[xmp_segment(&packet(
        "dcterms:provenance=\"https://example.com/a.c2pa\"",
    ))]);
    let provenance = read(&file).provenance.expect("there is some");
    assert_eq!(provenance.manifest, Some(ManifestPlace::Remote));
    assert_eq!((provenance.validated, provenance.ai), (None, None));
}

#[test]
fn a_manifest_with_a_part_missing_is_one_that_cannot_be_read() {
    let segments = segments(&made_by_ai(), 7, 200);
    let file = jpeg(&segments[..1]);
    let inspection = imaging::inspect(&file, &Limits::default()).expect("an image");
    let embedded = crate::described(&inspection);
    let provenance = embedded.provenance.expect("there is some");
    assert_eq!(
        (provenance.manifest, provenance.generator),
        (Some(ManifestPlace::Embedded), None)
    );
    assert_eq!(embedded.warnings[0].code, "c2pa-broken");
}
