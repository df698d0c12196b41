//! Renditions with a largest file size.

use imaging::{Notices, RenderOptions};

use crate::support::{Pixels, decode, preset, rendition, try_render, try_render_with};

const FORMATS: [&str; 2] = ["format = \"jpeg\"", "format = \"webp\""];

#[test]
fn the_quality_is_lowered_until_the_file_is_small_enough() {
    let original = Pixels::photo(600, 400).to_jpeg();
    for format in FORMATS {
        let free = rendition(&original, format);
        assert_eq!(free.quality, Some(80));
        for tenths in [8, 6] {
            let most = free.bytes.len() * tenths / 10;
            let keys = format!("{format}\nmax_bytes = {most}");
            let bounded = rendition(&original, &keys);
            assert!(
                bounded.bytes.len() <= most,
                "{} of {most}",
                bounded.bytes.len()
            );
            let quality = bounded.quality.unwrap();
            assert!(quality < 80);
            decode(&bounded);
            // It is the file of that quality. A file with a slightly higher quality would have been too large.
            let same = rendition(&original, &format!("{format}\nquality = {quality}"));
            assert_eq!(same.bytes, bounded.bytes);
            let better = rendition(&original, &format!("{format}\nquality = {}", quality + 3));
            assert!(better.bytes.len() > most, "{format}, {quality}");
            assert_eq!(rendition(&original, &keys), bounded);
        }
    }
}

#[test]
fn what_is_small_enough_is_left_alone() {
    let original = Pixels::photo(300, 200).to_jpeg();
    for format in FORMATS {
        let free = rendition(&original, format);
        let bounded = rendition(
            &original,
            &format!("{format}\nmax_bytes = {}", free.bytes.len()),
        );
        assert_eq!(bounded, free);
    }
}

#[test]
fn what_cannot_be_small_enough_is_told() {
    let original = Pixels::photo(600, 400).to_jpeg();
    let rendered = try_render(&original, &preset("format = \"jpeg\"\nmax_bytes = 100")).unwrap();
    assert_eq!(rendered.renditions[0].quality, Some(2));
    let warning = &rendered.warnings[0];
    assert_eq!(warning.code, "max-bytes-exceeded");
    assert!(warning.message.contains("rendition a has"), "{warning}");
}

#[test]
fn metadata_counts() {
    let notices = Notices {
        copyright: Some("© A long line that has to fit into the file besides the picture"),
        ai_source_type: Some("trainedAlgorithmicMedia"),
        ..Notices::default()
    };
    let options = RenderOptions {
        notices,
        ..RenderOptions::default()
    };
    let original = Pixels::photo(600, 400).to_jpeg();
    for format in FORMATS {
        let most = rendition(&original, format).bytes.len() / 2;
        let keys = format!("{format}\nmetadata = \"copyright\"\nmax_bytes = {most}");
        let rendered = try_render_with(&original, &preset(&keys), &options).unwrap();
        let file = &rendered.renditions[0].bytes;
        assert!(file.len() <= most, "{} of {most}", file.len());
        let mark = b"trainedAlgorithmicMedia";
        assert!(file.windows(mark.len()).any(|window| window == mark));
        assert!(rendered.warnings.is_empty());
    }
}

#[test]
fn nothing_is_lost_without_a_quality() {
    let original = Pixels::photo(60, 40).to_png();
    assert_eq!(rendition(&original, "format = \"png\"").quality, None);
    let drawing = Pixels::flat(60, 40, [9, 9, 200]).to_png();
    assert_eq!(rendition(&drawing, "format = \"auto\"").quality, None);
}
