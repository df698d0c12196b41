//! Tests the gallery: order, pages, filters, copies.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    records::{record, rejected},
    requests::{self, get, page},
    stack::Stack,
};

async fn listed(stack: &Stack, query: &str) -> (Vec<String>, Option<String>) {
    let uri = format!("/api/v1/images?{query}");
    let answer = requests::json(stack.send(get(&uri)).await, StatusCode::OK).await;
    let images = answer["images"].as_array().unwrap();
    let names = images
        .iter()
        .map(|image| image["source"]["name"].as_str().unwrap().to_owned());
    (names.collect(), answer["next"].as_str().map(str::to_owned))
}

fn at(name: &str, time: &str) -> contract::Record {
    record(name, |json| json["createdAt"] = time.into())
}

#[tokio::test]
async fn the_newest_is_first_and_pages_neither_lose_nor_repeat() {
    let stack = Stack::local().await;
    // Many images in one millisecond have no defined order, but each is listed once.
    for n in 0..130_u32 {
        let time = format!("2024-05-01T08:00:{:02}.000000000Z", n / 10);
        stack.put_record(&at(&format!("{n:03}"), &time)).await;
    }
    let (mut all, mut query) = (Vec::new(), String::new());
    for _ in 0..10 {
        let (names, next) = listed(&stack, &query).await;
        all.extend(names);
        match next {
            Some(next) => query = format!("after={next}"),
            None => break,
        }
    }
    let tens: Vec<u32> = all
        .iter()
        .map(|name| name.parse::<u32>().unwrap() / 10)
        .collect();
    assert!(tens.is_sorted_by(|a, b| a >= b), "{tens:?}");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 130);
}

#[tokio::test]
async fn filters_leave_out_what_does_not_fit() {
    let stack = Stack::local().await;
    stack.put_record(&at("a", "2024-05-01T23:59:59.999Z")).await;
    stack
        .put_record(&at("b", "2024-05-02T00:00:00.000000000Z"))
        .await;
    let png = record("c", |json| {
        json["image"]["format"] = "png".into();
        json["user"]["tags"] = "summer, été".into();
        json["createdAt"] = "2024-05-03T00:00:00.000000000Z".into();
    });
    stack.put_record(&png).await;
    stack.put_record(&rejected("d")).await;
    for (query, expected) in [
        ("", &["c", "b", "a", "d"][..]),
        ("status=rejected", &["d"]),
        ("format=PNG", &["c"]),
        ("tag=%C3%89t%C3%A9", &["c"]),
        ("tag=sea&status=processed", &["b", "a"]),
        ("tag=se", &[]),
        ("from=2024-05-02", &["c", "b"]),
        ("to=2024-05-01&status=processed", &["a"]),
        ("from=2024-05-02&to=2024-05-02", &["b"]),
    ] {
        assert_eq!(listed(&stack, query).await.0, expected, "{query}");
    }
}

#[tokio::test]
async fn words_are_found_wherever_people_and_cameras_write_them() {
    let stack = Stack::local().await;
    let put = async |name: &str, change: fn(&mut Value)| {
        let image = record(name, |json| {
            json["user"] = json!({});
            json["exif"] = json!({});
            change(json);
        });
        stack.put_record(&image).await;
    };
    put("plain.jpg", |_| {}).await;
    put("title", |json| {
        json["user"]["title"] = "A Fjord at noon".into();
    })
    .await;
    put("tags", |json| json["user"]["tags"] = "fjord, noon".into()).await;
    put("told", |json| {
        json["user"]["description"] = "By the fjord".into();
    })
    .await;
    put("camera", |json| json["exif"]["model"] = "NIKON Z 6".into()).await;
    put("inside", |json| {
        json["descriptive"]["title"] = "Oslofjord".into();
    })
    .await;
    put("keyword", |json| {
        json["descriptive"]["keywords"] = json!(["fjord"]);
    })
    .await;
    for (query, expected) in [
        (
            "q=fjord",
            &["inside", "keyword", "tags", "title", "told"][..],
        ),
        ("q=FJORD+noon", &["tags", "title"]),
        ("q=nikon", &["camera"]),
        ("q=PLAIN", &["plain.jpg"]),
        ("q=fjord&status=rejected", &[]),
        ("q=%27+OR+true", &[]),
    ] {
        let mut names = listed(&stack, query).await.0;
        names.sort();
        assert_eq!(names, expected, "{query}");
    }
    let text = page(stack.send(get("/?q=noon")).await, StatusCode::OK).await;
    assert!(text.contains("value=\"noon\"") && text.contains("A Fjord at noon"));
    let text = page(stack.send(get("/?q=%3Cb%3E")).await, StatusCode::OK).await;
    assert!(text.contains("Nothing matches") && !text.contains("<b>\u{201d}"));
}

#[tokio::test]
async fn copies_are_marked_and_lead_to_each_other() {
    let stack = Stack::local().await;
    let same = |json: &mut Value| json["file"]["sha256"] = "ab".repeat(32).into();
    stack.put_record(&record("one.jpg", same)).await;
    stack.put_record(&record("two.jpg", same)).await;
    stack.put_record(&record("other.jpg", |_| {})).await;
    let gallery = page(stack.send(get("/")).await, StatusCode::OK).await;
    assert_eq!(gallery.matches("2 copies").count(), 2);
    let image = page(stack.send(get("/images/one.jpg")).await, StatusCode::OK).await;
    assert!(image.contains("href=\"/images/two.jpg\""));
    let other = page(stack.send(get("/images/other.jpg")).await, StatusCode::OK).await;
    assert!(!other.contains("more than once"));
}

#[tokio::test]
async fn what_cannot_be_understood_is_said() {
    let stack = Stack::local().await;
    stack.put_record(&record("a", |_| {})).await;
    for query in [
        "status=lost",
        "q=1+2+3+4+5+6+7+8+9",
        "from=tomorrow",
        "after=%25",
        "after=e30",
        "after=bm9uc2Vuc2U",
    ] {
        let uri = format!("/api/v1/images?{query}");
        let problem = requests::json(stack.send(get(&uri)).await, StatusCode::BAD_REQUEST).await;
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{query}");
    }
}

#[tokio::test]
async fn a_page_of_tiles_is_small_before_its_pictures() {
    let stack = Stack::local().await;
    for n in 0..60 {
        stack
            .put_record(&record(
                &format!("{n}/a-rather-long-name-of-a-file-{n}.jpg"),
                |_| {},
            ))
            .await;
    }
    let gallery = page(stack.send(get("/")).await, StatusCode::OK).await;
    assert_eq!(gallery.matches("<li class=\"tile\">").count(), 48);
    assert!(gallery.contains("rel=\"next\""));
    let styles = upload_web::assets::url("app.css");
    let styles = page(stack.send(get(&styles)).await, StatusCode::OK).await;
    let bytes = gallery.len() + styles.len();
    assert!(bytes < 100_000, "{bytes} bytes");
}
