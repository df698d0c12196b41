//! Runs the questions of docs/analytics.md against a database with real records.

use std::{collections::HashMap, fs, path::Path};

use serde_json::{Value, json};

use crate::support::{images, stack::Stack};

/// Each question with its SQL, as the page shows them.
fn questions() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/analytics.md");
    let text = fs::read_to_string(page).unwrap();
    text.split("\n## ")
        .skip(1)
        .map(|section| {
            let (title, rest) = section.split_once('\n').unwrap();
            let (_, sql) = rest.split_once("```sql\n").unwrap();
            let (sql, _) = sql.split_once("```").unwrap();
            (title.to_owned(), sql.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let stack = Stack::start().await;
    let photo = images::jpeg(640, 480, 1);
    let uploader = [("uploader", "ada")];
    for (name, bytes) in [
        ("a.jpg", photo.clone()),
        ("copy.jpg", photo),
        ("note.txt", b"no image".to_vec()),
    ] {
        let etag = stack.upload_with(name, bytes, &uploader).await;
        stack.record_of(name, &etag).await;
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/record.example.json");
    let example: Value = serde_json::from_str(&fs::read_to_string(page).unwrap()).unwrap();
    stack.store(&example).await;

    let mut answers = HashMap::new();
    for (title, sql) in questions() {
        let rows = stack.query(&sql).await;
        assert!(!rows.is_empty(), "{title}");
        answers.insert(title, rows);
    }
    assert_eq!(answers.len(), 11);
    let answer = |title: &str, row: &Value| {
        let rows = &answers[title];
        assert!(rows.contains(row), "{title}: {rows:?}");
    };
    answer(
        "Why are originals rejected?",
        &json!({"code": "not-an-image", "images": 1}),
    );
    answer(
        "Which cameras took the photos?",
        &json!({"make": "Nikon", "model": "NIKON Z 6", "photos": 1}),
    );
    answer(
        "What are people's keywords?",
        &json!({"keyword": "sea", "images": 1}),
    );
    answer(
        "Which pictures say that AI made or changed them?",
        &json!({"ai": "edited", "images": 1}),
    );
    let copies = answers["Which files were uploaded more than once?"].iter();
    assert_eq!(copies.filter(|row| row["copies"] == 2).count(), 1);
}
