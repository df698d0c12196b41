//! The place where a photo was taken stays out of record and renditions, unless the settings ask
//! for it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::support::{
    handler::{Answer, call, handler},
    images,
    stack::Plan,
};

const INLINE: &str = include_str!("fixtures/blob_inline.json");

async fn process(more: &[(&str, &str)]) -> Value {
    let stack = Plan::without_triggers().start().await;
    let mut settings = stack.settings.clone();
    for (name, value) in more {
        settings.insert((*name).to_owned(), (*value).to_owned());
    }
    let photo = images::with_place(&images::jpeg(640, 480, 1));
    stack.upload("holiday/beach 1.jpg", photo.clone()).await;
    let body = INLINE.replace("@BASE64@", &STANDARD.encode(photo));
    let Answer { mut json, .. } = call(handler(&settings), "/ProcessUpload", body).await;
    json["Outputs"].take()
}

fn renditions(outputs: &Value) -> Vec<Vec<u8>> {
    ["thumb", "small", "medium", "large"]
        .map(|preset| STANDARD.decode(outputs[preset].as_str().unwrap()).unwrap())
        .into()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_place_is_kept_nowhere() {
    let outputs = process(&[]).await;
    let record = &outputs["record"];
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["gps"], Value::Null);
    let text = record.to_string().to_lowercase();
    for word in ["48.858", "2.2945", "latitude", "longitude"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    for rendition in renditions(&outputs) {
        assert!(!contains(&rendition, b"Exif"));
        assert!(!contains(&rendition, b"EXIF"));
        assert!(!contains(&rendition, &images::LATITUDE_BYTES));
    }
}

#[tokio::test]
async fn a_place_that_is_asked_for_is_in_the_record_alone() {
    let outputs = process(&[("DARKROOM_STORE_GPS", "true")]).await;
    let gps = &outputs["record"]["gps"];
    let close = |name: &str, expected: f64| {
        let found = gps[name].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-4, "{name} is {found}");
    };
    close("latitude", 48.8583);
    close("longitude", 2.2945);
    for rendition in renditions(&outputs) {
        assert!(!contains(&rendition, &images::LATITUDE_BYTES));
    }
}
