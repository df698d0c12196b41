//! Tests that images that look the same are found, distinguished from others, and shown only to
//! users who may see them.

use axum::http::StatusCode;
use contract::{Likeness, Record};
use serde_json::{Value, json};

use crate::support::{
    records::record,
    requests::{by, get, json, page, text},
    stack::Stack,
};

const PICTURE: u128 = 0xb5d8_4ca2_916e_37f0_0c4b_8a6d_5f21_e893;

/// A record whose picture has this likeness.
fn looks_like(name: &str, bits: u128, change: impl FnOnce(&mut Value)) -> Record {
    let likeness = Likeness(bits);
    record(name, |json| {
        json["derived"]["likeness"] = json!(likeness);
        for (band, bits) in (1..).zip(likeness.bands()) {
            json["derived"][format!("likenessBand{band}")] = bits.into();
        }
        change(json);
    })
}

async fn similar(stack: &Stack, uri: &str) -> Vec<(String, u64, bool)> {
    let answer = json(stack.send(get(uri)).await, StatusCode::OK).await;
    let images = answer["images"].as_array().unwrap().iter();
    let told = images.map(|image| {
        let id = image["id"].as_str().unwrap().to_owned();
        let distance = image["distance"].as_u64().unwrap();
        (id, distance, image["sameFile"].as_bool().unwrap())
    });
    told.collect()
}

#[tokio::test]
async fn copies_are_found_by_one_part_in_common_and_told_by_their_distance() {
    let stack = Stack::local().await;
    let crop = !PICTURE;
    let asking = looks_like("asking.jpg", PICTURE, |json| {
        json["derived"]["likenessCrops"] = json!(Likeness(crop));
    });
    let same_bytes = |json: &mut Value| json["file"]["sha256"] = json!(asking.file.sha256);
    for record in [
        looks_like("resized.jpg", PICTURE ^ 0b111, |_| {}),
        looks_like("same.jpg", PICTURE, same_bytes),
        // Every band except the last differs in one bit.
        looks_like("cropped.jpg", crop ^ 1 << 112 ^ 1 << 96 ^ 1 << 80, |_| {}),
        // Some bands are the same, but too few of the other bits.
        looks_like("other.jpg", !PICTURE ^ 0xffff << 112 ^ 0xffff_ffff, |_| {}),
        looks_like("red.jpg", PICTURE, |json| {
            json["derived"]["averageColour"] = "#c03020".into();
        }),
        record("older.jpg", |_| {}),
        asking.clone(),
    ] {
        stack.put_record(&record).await;
    }
    let found = similar(&stack, "/api/v1/images/asking.jpg/similar").await;
    let expected = [
        ("same.jpg", 0, true),
        ("cropped.jpg", 3, false),
        ("resized.jpg", 3, false),
    ];
    let expected = expected.map(|(id, distance, same)| (id.to_owned(), distance, same));
    assert_eq!(found, expected);
    assert_eq!(
        similar(&stack, "/api/v1/images/older.jpg/similar").await,
        []
    );

    let text = page(stack.send(get("/images/asking.jpg")).await, StatusCode::OK).await;
    assert!(text.contains("More like this") && text.contains("href=\"/images/resized.jpg\""));
    assert!(text.contains("4000 × 3000 · the same file") && !text.contains("/images/other.jpg"));
    let text = page(stack.send(get("/images/older.jpg")).await, StatusCode::OK).await;
    assert!(!text.contains("More like this"));
}

#[tokio::test]
async fn nobody_learns_of_what_another_person_has() {
    let stack = Stack::signed_in().await;
    let of = |user: &'static str| {
        move |json: &mut Value| {
            json["source"]["uploader"] = format!("aad:{user}").into();
            json["file"]["sha256"] = "ab".repeat(32).into();
        }
    };
    for (name, user) in [("anas.jpg", "ana"), ("bens.jpg", "ben")] {
        stack.put_record(&looks_like(name, PICTURE, of(user))).await;
    }
    let uri = "/api/v1/images/anas.jpg/similar";
    let hers = json(stack.send(by("ana", get(uri))).await, StatusCode::OK).await;
    assert_eq!(hers, json!({"images": []}));
    assert_eq!(stack.send(by("ben", get(uri))).await.status(), 404);
    let everybodys = json(stack.send(by("admin", get(uri))).await, StatusCode::OK).await;
    assert_eq!(everybodys["images"][0]["id"], "bens.jpg");
    let text = page(
        stack.send(by("ana", get("/images/anas.jpg"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(!text.contains("bens.jpg") && !text.contains("more than once"));
}

#[tokio::test]
async fn an_upload_that_is_there_already_is_told_with_a_link() {
    let stack = Stack::signed_in().await;
    let of = |user: &'static str| {
        move |json: &mut Value| {
            json["source"]["uploader"] = format!("aad:{user}").into();
            json["file"]["sha256"] = "cd".repeat(32).into();
        }
    };
    for (name, user) in [
        ("first.jpg", "ana"),
        ("again.jpg", "ana"),
        ("bens.jpg", "ben"),
    ] {
        stack.put_record(&record(name, of(user))).await;
    }
    let told = async |user: &str, uri: &str| text(stack.send(by(user, get(uri))).await).await;
    let live = told("ana", "/api/v1/images/again.jpg/events").await;
    assert!(live.contains("\"sameAs\":\"/images/first.jpg\""), "{live}");
    let uploads = told("ana", "/uploads?id=again.jpg").await;
    assert!(
        uploads.contains("The same file is also <a href=\"/images/first.jpg\">"),
        "{uploads}"
    );
    for uri in ["/api/v1/images/bens.jpg/events", "/uploads?id=bens.jpg"] {
        let his = told("ben", uri).await;
        assert!(
            !his.contains("sameAs") && !his.contains("same file"),
            "{his}"
        );
    }
}
