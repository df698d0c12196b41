//! The gallery: images, the newest first.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use contract::{Record, RecordId, Status};

use super::{Layout, html, text};
use crate::{
    api::images::Search,
    app::App,
    auth::User,
    error::PageError,
    images::{page_url, rendition_url, thumb},
    query::Parameters,
    thumbhash,
    upload::details::tags,
};

/// The formats that the filter offers.
const FORMATS: [&str; 10] = [
    "jpeg", "png", "webp", "gif", "avif", "jxl", "heic", "tiff", "bmp", "ico",
];

/// The names of formats, by their media types.
const NAMES: [(&str, &str); 11] = [
    ("image/jpeg", "JPEG"),
    ("image/png", "PNG"),
    ("image/webp", "WebP"),
    ("image/gif", "GIF"),
    ("image/avif", "AVIF"),
    ("image/heic", "HEIC"),
    ("image/heif", "HEIF"),
    ("image/jxl", "JPEG XL"),
    ("image/tiff", "TIFF"),
    ("image/bmp", "BMP"),
    ("image/vnd.microsoft.icon", "ICO"),
];

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    layout: Layout,
    tiles: Vec<Tile>,
    search: Search,
    formats: [&'static str; 10],
    token: String,
    /// Whether the visitor may have images made again.
    admin: bool,
    /// Whether the search has a filter besides words.
    narrowed: bool,
    /// Whether the search leaves out any images.
    filtered: bool,
    /// The address of the next page.
    next: Option<String>,
}

/// One image in the gallery.
struct Tile {
    id: String,
    page_url: String,
    title: String,
    thumb_url: Option<String>,
    placeholder: Option<String>,
    rejected: Option<String>,
    /// Format and dimensions, if known.
    facts: String,
    size: String,
    day: String,
    time: String,
    tags: Vec<String>,
    /// How many images have the same bytes, this one included. 1 is not shown.
    copies: usize,
}

/// Answers with a page of the gallery.
pub async fn gallery(
    State(app): State<Arc<App>>,
    user: User,
    Parameters(search): Parameters<Search>,
) -> Result<Response, PageError> {
    let filter = search.filter(&user)?;
    let page = app.records.list(&filter, search.after()).await?;
    let copies = app.records.copies(&filter, &page.records).await?;
    let tiles = page.records.iter().map(|record| tile(record, &copies));
    let first = Search {
        after: String::new(),
        ..search.clone()
    };
    Ok(html(&Gallery {
        layout: Layout::new(&user, "/"),
        tiles: tiles.collect(),
        formats: FORMATS,
        token: app.tokens.issue(&user),
        admin: user.admin,
        narrowed: Search {
            q: String::new(),
            ..first.clone()
        } != Search::default(),
        filtered: first != Search::default(),
        next: page.next.map(|after| address(&Search { after, ..first })),
        search,
    }))
}

fn tile(record: &Record, copies: &HashMap<String, Vec<RecordId>>) -> Tile {
    let hash = record
        .derived
        .as_ref()
        .and_then(|derived| derived.thumbhash.as_deref());
    let same = record
        .file
        .sha256
        .as_ref()
        .and_then(|sha256| copies.get(sha256));
    Tile {
        id: record.id.to_string(),
        page_url: page_url(&record.id),
        title: title(record),
        thumb_url: thumb(record).map(|thumb| rendition_url(&record.id, thumb)),
        placeholder: hash.and_then(thumbhash::data_url),
        rejected: (record.status == Status::Rejected).then(|| {
            let error = record.error.as_ref();
            error.map_or_else(
                || "It was rejected.".to_owned(),
                |error| error.message.clone(),
            )
        }),
        facts: facts(record),
        size: text::bytes(record.file.bytes),
        day: text::day(record.created_at),
        time: text::time(record.created_at),
        tags: record.user.get("tags").map(tags).unwrap_or_default(),
        copies: same.map_or(1, Vec::len),
    }
}

/// The title of an image, or otherwise its file's name.
pub(super) fn title(record: &Record) -> String {
    let title = record.user.get("title").filter(|title| !title.is_empty());
    title
        .or(record.file.name.as_deref())
        .unwrap_or(&record.source.name)
        .to_owned()
}

fn facts(record: &Record) -> String {
    let facts = record.image.as_ref().map(|image| {
        let format = image.format.to_uppercase();
        format!("{format} · {} × {}", image.width, image.height)
    });
    facts.unwrap_or_else(|| {
        let type_told = record.file.content_type.as_deref().unwrap_or_default();
        let code = record.error.as_ref().map(|error| error.code.as_str());
        what_it_is(type_told, code.unwrap_or_default()).to_owned()
    })
}

/// What a rejected file is, by its type and the reason for the rejection.
fn what_it_is(content_type: &str, code: &str) -> &'static str {
    let named = NAMES.iter().find(|(known, _)| *known == content_type);
    match (named, code) {
        (Some((_, name)), "unsupported-format") => name,
        (_, "unsupported-format") => "Unsupported format",
        (_, "not-an-image") => "Not an image",
        (Some((_, name)), _) => name,
        _ => "Unreadable image",
    }
}

/// The address of the gallery for a search.
fn address(search: &Search) -> String {
    let pairs = [
        ("q", &search.q),
        ("status", &search.status),
        ("format", &search.format),
        ("tag", &search.tag),
        ("from", &search.from),
        ("to", &search.to),
        ("after", &search.after),
    ];
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/?{query}")
}

#[cfg(test)]
mod tests {
    use super::what_it_is;

    #[test]
    fn a_rejected_file_is_called_what_it_is() {
        for (content_type, code, name) in [
            ("image/heic", "unsupported-format", "HEIC"),
            ("image/jpeg", "corrupt", "JPEG"),
            ("", "unsupported-format", "Unsupported format"),
            ("", "not-an-image", "Not an image"),
            ("", "too-large", "Unreadable image"),
        ] {
            assert_eq!(
                what_it_is(content_type, code),
                name,
                "{content_type} {code}"
            );
        }
    }
}
