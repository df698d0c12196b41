//! Records as the handler writes them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use contract::{Record, RecordId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A processed image's record, changed by `change`.
pub(crate) fn record(name: &str, change: impl FnOnce(&mut Value)) -> Record {
    let sha256 = format!("{:x}", Sha256::digest(name));
    let rendition = |preset: &str, extension: &str, width: u32, bytes: u64| {
        let path = format!("{name}/{preset}.{extension}");
        json!({"preset": preset, "outcome": "written", "path": path, "width": width,
               "height": width * 3 / 4, "bytes": bytes, "type": format!("image/{extension}"),
               "sha256": format!("{:x}", Sha256::digest(&path))})
    };
    let mut json = json!({
        "id": RecordId::from_name(name),
        "status": "processed",
        "error": null,
        "source": {"kind": "blob", "container": "uploads", "name": name, "uploader": "local",
                   "uploadedAt": "2024-05-01T08:15:29.000000000Z"},
        "file": {"name": name.rsplit('/').next(), "bytes": 3_145_728, "type": "image/jpeg",
                 "sha256": sha256},
        "image": {"format": "jpeg", "width": 4000, "height": 3000, "codedWidth": 4000,
                  "codedHeight": 3000, "orientation": 1, "megapixels": 12.0, "aspectRatio": 1.3333},
        "exif": {"make": "Nikon", "model": "NIKON Z 6", "fNumber": 5.6, "iso": 100},
        "derived": {"thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI", "averageColour": "#7fa3c0",
                    "palette": [{"colour": "#a8c8e4", "share": 0.62}, {"colour": "#d9c59a", "share": 0.38}],
                    "histogram": BASE64_STANDARD.encode([128_u8; 192])},
        "renditions": [rendition("thumb", "webp", 250, 9_000), rendition("large", "jpeg", 1920, 300_000)],
        "user": {"title": "Beach", "tags": "sea, summer"},
        "processing": {"handlerVersion": "0.1.0", "milliseconds": {"decode": 53.2, "total": 264.1}},
        "createdAt": "2024-05-01T08:15:30.250Z",
    });
    change(&mut json);
    serde_json::from_value(json).expect("a record")
}

/// A rejected image's record.
pub(crate) fn rejected(name: &str) -> Record {
    record(name, |json| {
        json["status"] = "rejected".into();
        json["error"] = json!({"code": "not-an-image", "message": "The file is not an image."});
        json["renditions"] = json!([{"preset": "thumb", "outcome": "skipped"}]);
        for gone in ["image", "exif", "derived"] {
            json.as_object_mut().expect("an object").remove(gone);
        }
    })
}

/// Makes the record state that the image's first rendition has these bytes.
pub(crate) fn with_thumb(json: &mut Value, bytes: &[u8]) {
    json["renditions"][0]["bytes"] = bytes.len().into();
    json["renditions"][0]["sha256"] = format!("{:x}", Sha256::digest(bytes)).into();
}
