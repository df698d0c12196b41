//! The example record of the documentation, and its parts.

use contract::{
    AiUse, CropFocus, Derived, Descriptive, Exif, File, FocusSource, FoundIn, Gps, Image,
    ManifestPlace, Milliseconds, Outcome, Point, Processing, Provenance, Record, RecordId,
    RenditionRecord, Source, SourceKind, Status, Swatch, UserFields, Warning, rendition_path,
};

/// A record with every field that a record can have.
pub(crate) fn example() -> Record {
    let name = "holiday/beach 1.jpg";
    let (user, no_warnings) = UserFields::validated([("album", "Summer"), ("rating", "5")]);
    assert!(no_warnings.is_empty());
    Record {
        id: RecordId::from_name(name),
        status: Status::Processed,
        error: None,
        source: Source {
            kind: SourceKind::Blob,
            container: Some("uploads".to_owned()),
            name: name.to_owned(),
            etag: Some("\"0x8DC6A1B2C3D4E5F\"".to_owned()),
            url: Some("https://example.blob.core.windows.net/uploads/holiday/beach%201.jpg".to_owned()),
            uploader: Some("ana@example.com".to_owned()),
            uploaded_at: Some(at("2024-05-01T08:15:29Z")),
            ..Source::default()
        },
        file: File {
            name: Some("beach 1.jpg".to_owned()),
            bytes: 3_145_728,
            content_type: Some("image/jpeg".to_owned()),
            declared_type: Some("image/jpeg".to_owned()),
            sha256: Some("5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef".to_owned()),
            md5: Some("9e107d9d372bb6826bd81d3542a419d6".to_owned()),
        },
        image: Some(image()),
        exif: Some(exif()),
        gps: Some(Gps {
            latitude: Some(38.7139),
            longitude: Some(-9.1394),
            point: Some(Point::new(38.7139, -9.1394)),
            position_from: Some(FoundIn::Exif),
            altitude: Some(12.5),
            altitude_reference: Some("sea-level".to_owned()),
            direction: Some(271.5),
            datum: Some("WGS-84".to_owned()),
            taken_at: Some("2024-05-01T08:11:10.000000000Z".to_owned()),
        }),
        descriptive: Some(descriptive()),
        provenance: Some(provenance()),
        derived: Some(derived()),
        renditions: vec![
            RenditionRecord {
                preset: "thumb".to_owned(),
                preset_version: Some("a94a8fe5ccb1".to_owned()),
                outcome: Outcome::Written,
                reason: None,
                path: Some(rendition_path(name, "thumb", "webp")),
                url: Some(
                    "https://example.blob.core.windows.net/renditions/holiday/beach%201.jpg/thumb.webp".to_owned(),
                ),
                width: Some(250),
                height: Some(250),
                bytes: Some(9_214),
                content_type: Some("image/webp".to_owned()),
                sha256: Some("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned()),
                quality: Some(80),
                focus: Some(CropFocus {
                    x: 0.3,
                    y: 0.7,
                    from: FocusSource::Uploader,
                }),
            },
            RenditionRecord {
                preset: "poster".to_owned(),
                preset_version: None,
                outcome: Outcome::Skipped,
                reason: Some("The preset is for animations only.".to_owned()),
                path: None,
                url: None,
                width: None,
                height: None,
                bytes: None,
                content_type: None,
                sha256: None,
                quality: None,
                focus: None,
            },
        ],
        user,
        processing: processing(),
        created_at: at("2024-05-01T08:15:30.25Z"),
        created_day: "2024-05-01".to_owned(),
        ttl: Some(604_800),
    }
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("a timestamp")
}

fn image() -> Image {
    Image {
        format: "jpeg".to_owned(),
        width: 3000,
        height: 4000,
        coded_width: 4000,
        coded_height: 3000,
        orientation: 6,
        megapixels: 12.0,
        aspect_ratio: 0.75,
        bit_depth: Some(8),
        channels: Some(3),
        colour_space: Some("rgb".to_owned()),
        icc_profile: Some("Display P3".to_owned()),
        has_alpha: Some(false),
        is_opaque: Some(true),
        greyscale: Some(false),
        progressive: Some(false),
        chroma_subsampling: Some("4:2:0".to_owned()),
        hdr: Some("pq".to_owned()),
        gain_map: Some("ultra-hdr".to_owned()),
        density: Some(72.0),
        frames: Some(1),
        duration: Some(0),
        loop_count: Some(0),
    }
}

fn exif() -> Exif {
    Exif {
        make: Some("Nikon".to_owned()),
        model: Some("NIKON Z 6".to_owned()),
        lens: Some("NIKKOR Z 24-70mm f/4 S".to_owned()),
        exposure: Some(0.008),
        exposure_text: Some("1/125 s".to_owned()),
        exposure_bias: Some(-0.33),
        exposure_program: Some("aperture-priority".to_owned()),
        metering_mode: Some("pattern".to_owned()),
        white_balance: Some("auto".to_owned()),
        f_number: Some(5.6),
        iso: Some(100),
        focal_length: Some(35.0),
        focal_length35: Some(35.0),
        flash: Some(false),
        software: Some("Ver.03.40".to_owned()),
        taken_at: Some("2024-05-01T10:11:12.250000000+02:00".to_owned()),
        taken_at_from: Some(FoundIn::Exif),
        digitised_at: Some("2024-05-01T10:11:12.300000000+02:00".to_owned()),
        modified_at: Some("2024-05-01T10:20:00.000000000+02:00".to_owned()),
        pixel_width: Some(4000),
        pixel_height: Some(3000),
    }
}

fn descriptive() -> Descriptive {
    Descriptive {
        title: Some("Beach".to_owned()),
        title_from: Some(FoundIn::Xmp),
        description: Some("The beach at noon.".to_owned()),
        description_from: Some(FoundIn::Iptc),
        keywords: vec!["sea".to_owned(), "summer".to_owned()],
        keywords_from: Some(FoundIn::Xmp),
        creator: Some("Ana Silva".to_owned()),
        creator_from: Some(FoundIn::Exif),
        copyright: Some("© 2024 Ana Silva".to_owned()),
        copyright_from: Some(FoundIn::Exif),
        rating: Some(4.0),
        rating_from: Some(FoundIn::Xmp),
    }
}

fn provenance() -> Provenance {
    Provenance {
        manifest: Some(ManifestPlace::Embedded),
        validated: Some(false),
        manifests: Some(2),
        generator: Some("Adobe Photoshop 26.1.0".to_owned()),
        actions: vec!["c2pa.opened".to_owned(), "c2pa.edited".to_owned()],
        digital_source_type: Some("compositeWithTrainedAlgorithmicMedia".to_owned()),
        digital_source_type_from: Some(FoundIn::C2pa),
        ai: Some(AiUse::Edited),
    }
}

fn derived() -> Derived {
    Derived {
        thumbhash: Some("1QcSHQRnh493V4dIh4eXh1h4kJUI".to_owned()),
        average_colour: Some("#7fa3c0".to_owned()),
        dominant_colour: Some("#a8c8e4".to_owned()),
        palette: vec![
            Swatch {
                colour: "#a8c8e4".to_owned(),
                share: 0.62,
            },
            Swatch {
                colour: "#d9c59a".to_owned(),
                share: 0.38,
            },
        ],
        perceptual_hash: Some("8f373714acfcf4d0".to_owned()),
        likeness: Some("b5d84ca2916e37f00c4b8a6d5f21e893".to_owned()),
        likeness_band1: Some("b5d8".to_owned()),
        likeness_band2: Some("4ca2".to_owned()),
        likeness_band3: Some("916e".to_owned()),
        likeness_band4: Some("37f0".to_owned()),
        likeness_crops: Some(
            "b5d84ca2916e37f00c4b8a6d5f21e89135d84ca2916e3ff00c4b8a6d5f21c893".to_owned(),
        ),
        entropy: Some(7.41),
        sharpness: Some(812.5),
        histogram: Some("A".repeat(256)),
    }
}

fn processing() -> Processing {
    Processing {
        presets_version: Some("5d41402a".to_owned()),
        handler_version: "0.1.0".to_owned(),
        invocation_id: Some("7a1f5d2e-8a5c-4b0e-9a53-0d2c2f0f4f11".to_owned()),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
        attempt: Some(1),
        run: Some("20260102T030405Z-3f2a".to_owned()),
        reprocessed_at: Some("2026-01-02T03:05:00Z".parse().expect("a time")),
        milliseconds: Milliseconds {
            wait: Some(0.1),
            read: Some(12.4),
            inspect: Some(0.1),
            decode: Some(53.2),
            colour: Some(4.1),
            resize: Some(31.0),
            encode: Some(140.7),
            metadata: Some(2.2),
            deliver: Some(20.3),
            total: Some(264.1),
        },
        warnings: vec![Warning::new(
            "exif-size-differs",
            "EXIF states 4032×3024 pixels, but the image has 4000×3000.",
        )],
    }
}
