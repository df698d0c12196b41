mod keys;

use super::{Fit, Focus, FrameChoice, Metadata, OutputFormat, Position, Presets};
use crate::format::Format;
use crate::orient::Orientation;

const SHIPPED: &str = include_str!("../../../../presets.toml");

#[track_caller]
fn refused(toml: &str, line: usize, named: &str) {
    let error = Presets::parse(toml).expect_err("a mistake");
    assert_eq!(error.line, line, "{error}");
    assert!(error.message.contains(named), "{error}");
}

#[test]
fn the_shipped_file_has_the_four_default_presets() {
    let presets = Presets::parse(SHIPPED).expect("the shipped file is valid");
    let summary: Vec<_> = presets
        .iter()
        .map(|preset| {
            (
                preset.name.as_str(),
                preset.width,
                preset.height,
                preset.fit,
                preset.file_name(),
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            (
                "thumb",
                Some(250),
                Some(250),
                Fit::Cover,
                "thumb.webp".to_owned()
            ),
            (
                "small",
                Some(640),
                Some(640),
                Fit::Contain,
                "small.webp".to_owned()
            ),
            (
                "medium",
                Some(1280),
                Some(1280),
                Fit::Contain,
                "medium.webp".to_owned()
            ),
            (
                "large",
                Some(1920),
                Some(1920),
                Fit::Contain,
                "large.jpg".to_owned()
            ),
        ]
    );
    assert!(
        presets
            .iter()
            .all(|preset| preset.quality == 80 && preset.effort == 2)
    );
    assert_eq!(*presets.limits(), crate::Limits::default());
}

#[test]
fn every_key_is_read() {
    let presets = Presets::parse(
        r##"
        [limits]
        max_bytes = 10
        max_pixels = 20
        max_side = 30
        max_frames = 40
        max_total_pixels = 50

        [presets.a]
        width = 100
        height = 50
        fit = "cover"
        focus = "attention"
        format = "auto"
        quality = 70
        effort = 4
        background = "#10ff80"
        rotate = 270
        flip = "vertical"
        blur = 2.5
        sharpen = 0.5
        frames = "all"
        metadata = "copyright"
        cache_control = "no-store"
        "##,
    )
    .expect("valid presets");
    let limits = presets.limits();
    assert_eq!(
        (
            limits.max_bytes,
            limits.max_pixels,
            limits.max_side,
            limits.max_frames,
            limits.max_total_pixels
        ),
        (10, 20, 30, 40, 50)
    );
    let preset = presets.get("a").expect("the preset");
    assert_eq!(
        (preset.width, preset.height, preset.fit, preset.focus),
        (Some(100), Some(50), Fit::Cover, Focus::Attention)
    );
    assert_eq!(
        (preset.format, preset.quality, preset.effort),
        (OutputFormat::Auto, 70, 4)
    );
    assert_eq!(
        (preset.background, preset.frames, preset.metadata),
        (
            [0x10, 0xff, 0x80, 0xff],
            FrameChoice::All,
            Metadata::Copyright
        )
    );
    assert!((preset.sharpen - 0.5).abs() < f32::EPSILON);
    assert_eq!(
        (preset.cache_control.as_str(), preset.line),
        ("no-store", 9)
    );
    assert_eq!((preset.turn, preset.trim), (Orientation::Transposed, None));
    assert!((preset.blur - 2.5).abs() < f32::EPSILON);
    assert_eq!(
        (
            preset.extension(),
            preset.content_type(),
            preset.format.format()
        ),
        ("webp", "image/webp", Format::WebP)
    );
}

#[test]
fn mistakes_are_told_with_their_line_and_what_would_be_right() {
    refused("[presets.a]\nformat = \"webp\"\nhight = 100", 3, "hight");
    refused("[presets.a]\nformat = \"gif\"", 2, "\"webp\"");
    refused(
        "[presets.a]\nformat = \"webp\"\nquality = 0",
        3,
        "from 1 to 100",
    );
    refused(
        "[presets.a]\nformat = \"webp\"\n\n\neffort = 7",
        5,
        "from 0 to 6",
    );
    refused("[presets.a]\nformat = \"webp\"\nwidth = 20000", 3, "16383");
    refused(
        "[presets.a]\nformat = \"webp\"\nwidth = \"100\"",
        3,
        "expected",
    );
    refused(
        "[presets.a]\nformat = \"jpeg\"\nbackground = \"white\"",
        3,
        "#ffffff",
    );
    refused(
        "[presets.a]\nformat = \"jpeg\"\nframes = \"all\"",
        3,
        "webp",
    );
    refused("[presets.a]\nformat = \"jpeg\"\nsharpen = 3.0", 3, "2.0");
    refused(
        "[presets.a]\nformat = \"jpeg\"\ncache_control = \"a\\nb\"",
        3,
        "Cache-Control",
    );
    refused(
        "\n[presets.a]\nformat = \"webp\"\nfit = \"cover\"\nwidth = 9",
        2,
        "both width and height",
    );
    refused(
        "\n\n[presets.a-b]\nformat = \"webp\"",
        3,
        "letters and digits",
    );
    refused(
        "[presets.a]\nformat = \"webp\"\n[presets.a]\nformat = \"png\"",
        3,
        "duplicate",
    );
    refused("[presets.a]\nwidth = 1", 1, "format");
    refused(
        "[limits]\nmax_side = 0\n[presets.a]\nformat = \"png\"",
        2,
        "from 1",
    );
    refused(
        "[presets.a]\nformat = \"png\"\n[[rules]]\nprefix = \"x/\"\npresets = [\"b\"]",
        5,
        "“b”",
    );
    refused("[presets.a]\nformat = \"png", 2, "");
    refused("", 1, "no preset");
}

#[test]
fn keys_of_edits_say_what_would_be_right() {
    for (key, named) in [
        ("rotate = 45", "90, 180 or 270"),
        ("flip = \"both\"", "\"vertical\""),
        ("trim = 256", "from 0 to 255"),
        ("max_bytes = 0", "from 1 to"),
        ("resize = \"light\"", "\"linear\""),
        ("blur = 0.1", "from 0.3 to 50.0"),
        ("background = \"#00000000\"", "six digits"),
        ("background = \"#0000000\"", "#ffffff"),
        ("watermark = \"logo.png\"", "expected"),
        ("watermark = { position = \"top\" }", "file"),
    ] {
        refused(&format!("[presets.a]\nformat = \"jpeg\"\n{key}"), 3, named);
    }
    refused(
        "\n[presets.a]\nformat = \"webp\"\nfit = \"pad\"\nheight = 9",
        2,
        "\"pad\", which needs both width and height",
    );
    refused(
        "[presets.a]\nformat = \"webp\"\nframes = \"all\"\ntrim = 0",
        4,
        "remove it, or remove frames",
    );
    refused(
        "[presets.a]\nformat = \"webp\"\nframes = \"all\"\nresize = \"linear\"",
        4,
        "remove it, or remove frames",
    );
    refused(
        "[presets.a]\nformat = \"auto\"\nmax_bytes = 1000",
        3,
        "always lossy",
    );
    refused(
        "[presets.a]\nformat = \"webp\"\nframes = \"all\"\nmax_bytes = 1000",
        4,
        "remove it, or remove frames",
    );
}

#[test]
fn a_gain_map_is_kept_by_plain_jpegs_alone() {
    for (format, keys, named) in [
        ("webp", "", "needs format = \"jpeg\""),
        ("jpeg", "blur = 1", "cannot be combined with"),
        (
            "jpeg",
            "fit = \"pad\"\nwidth = 1\nheight = 1",
            "cannot be combined with",
        ),
    ] {
        let toml = format!("[presets.a]\nformat = \"{format}\"\nhdr = \"keep\"\n{keys}");
        let error = Presets::parse(&toml).expect_err("a mistake");
        assert!(error.message.contains(named), "{error}");
    }
    refused("[presets.a]\nformat = \"webp\"\nhdr = \"keep\"", 3, "jpeg");
    refused(
        "[presets.a]\nformat = \"jpeg\"\nhdr = \"on\"",
        3,
        "\"standard\"",
    );
}

/// A PNG of one grey pixel.
fn pixel() -> Vec<u8> {
    let mut file = Vec::new();
    png::Encoder::new(&mut file, 1, 1)
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&[9]))
        .expect("a PNG");
    file
}

/// Presets with these keys and a watermark from one of a few files.
fn with_watermark(keys: &str) -> Result<Presets, super::PresetsError> {
    Presets::parse_with_files(
        &format!("[presets.a]\nformat = \"png\"\n[presets.a.watermark]\n{keys}"),
        |file| match file {
            "a.png" => Ok(pixel()),
            "text.png" => Ok(b"no image".to_vec()),
            _ => Err("No such file".to_owned()),
        },
    )
}

#[test]
fn a_watermark_is_read_and_checked_with_the_presets() {
    let presets = with_watermark("file = \"a.png\"\nopacity = 1").expect("valid presets");
    let preset = presets.get("a").expect("the preset");
    let watermark = preset.watermark.as_ref().expect("a watermark");
    assert_eq!(watermark.position, Position::BottomRight);
    assert!((watermark.opacity - 1.0).abs() < f32::EPSILON);
    for (keys, line, named) in [
        ("file = \"../a.png\"", 4, "below the folder"),
        ("file = \"/a.png\"", 4, "below the folder"),
        ("file = \"marks//a.png\"", 4, "below the folder"),
        ("file = \"marks\\\\a.png\"", 4, "below the folder"),
        ("file = \"c:a.png\"", 4, "below the folder"),
        ("file = \"missing.png\"", 4, "No such file"),
        ("file = \"text.png\"", 4, "cannot be used"),
        ("file = \"a.png\"\nscale = 1.1", 5, "from 0.01 to 1.0"),
        ("file = \"a.png\"\nopacity = 0", 5, "from 0.01 to 1.0"),
        ("file = \"a.png\"\nposition = \"middle\"", 5, "\"centre\""),
        ("file = \"a.png\"\nsize = 2", 5, "size"),
    ] {
        let error = with_watermark(keys).expect_err("a mistake");
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(named), "{error}");
    }
}

#[test]
fn the_version_changes_with_the_bytes_of_a_watermark() {
    let toml = "[presets.a]\nformat = \"png\"\nwatermark = { file = \"a.png\" }";
    let version = |file: Vec<u8>| {
        let presets = Presets::parse_with_files(toml, |_| Ok(file.clone()));
        presets.expect("valid presets").version().to_owned()
    };
    let (first, second) = (pixel(), [&pixel()[..], b"more"].concat());
    assert_eq!(version(first.clone()), version(first.clone()));
    assert_ne!(version(first), version(second));
}

#[test]
fn the_first_rule_whose_prefix_fits_chooses() {
    let presets = Presets::parse(
        "[presets.a]\nformat = \"png\"\n[presets.b]\nformat = \"png\"\n\
         [[rules]]\nprefix = \"avatars/\"\npresets = [\"b\"]\n\
         [[rules]]\nprefix = \"avatars/large/\"\npresets = [\"a\"]\n\
         [[rules]]\nprefix = \"raw/\"\npresets = []",
    )
    .expect("valid presets");
    let names = |path| {
        presets
            .for_path(path)
            .iter()
            .map(|preset| preset.name.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("avatars/large/tom.png"), ["b"]);
    assert_eq!(names("raw/tom.png"), [""; 0]);
    assert_eq!(names("tom.png"), ["a", "b"]);
}

#[test]
fn the_version_of_a_preset_changes_with_that_preset_alone() {
    let version = |toml: &str| {
        let presets = Presets::parse(toml).expect("valid presets");
        presets.get("a").expect("it is there").version()
    };
    let plain = version("[presets.a]\nformat = \"png\"\nwidth = 10");
    let beside =
        "[presets.b]\nformat = \"png\"\nwidth = 1\n[presets.a]\nformat = \"png\"\nwidth = 10";
    assert_eq!(version(beside), plain);
    assert_ne!(version("[presets.a]\nformat = \"png\"\nwidth = 11"), plain);
}

#[test]
fn the_version_changes_with_what_is_said_and_not_with_how() {
    let version = |toml| {
        Presets::parse(toml)
            .expect("valid presets")
            .version()
            .to_owned()
    };
    let plain = version("[presets.a]\nformat = \"png\"\nwidth = 10");
    assert_eq!(plain.len(), 12);
    assert_eq!(
        version("# A comment.\n\n[presets.a]\nwidth = 10\nformat = \"png\"\neffort = 6"),
        plain
    );
    assert_ne!(version("[presets.a]\nformat = \"png\"\nwidth = 11"), plain);
}
