//! One image with everything that is known about it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use contract::{Outcome, Record, RenditionRecord, Status};
use serde::Deserialize;

use super::{
    Layout, chart,
    chart::Curve,
    facts::{self, Group},
    gallery::title,
    html, text,
};
use crate::{
    app::App,
    auth::User,
    error::{Error, PageError},
    images::{CurrentImage, ImageId, page_url, rendition_url, thumb},
    originals::{is_drawn, original_url},
    records::{filter::Filter, similar::Similar},
    upload::details::tags,
};

#[derive(Template)]
#[template(path = "pending.html")]
struct Pending {
    layout: Layout,
    filename: String,
    token: String,
    page_url: String,
    events_url: String,
}

#[derive(Template)]
#[template(path = "image.html")]
struct ImagePage {
    layout: Layout,
    token: String,
    page_url: String,
    json_url: String,
    title: String,
    filename: String,
    description: Option<String>,
    tags: Vec<String>,
    /// The reason and its code, if it was rejected.
    rejected: Option<(String, String)>,
    warnings: Vec<String>,
    /// The address, width and height of the largest rendition up to the size of a screen.
    hero: Option<Picture>,
    /// The address of the original file.
    original_url: Option<String>,
    compared: Option<Compared>,
    renditions: Vec<Rendition>,
    palette: Vec<Swatch>,
    histogram: Vec<Curve>,
    map_url: Option<String>,
    copies: Vec<String>,
    similar: Vec<Alike>,
    groups: Vec<Group>,
    json: String,
}

/// The original beside a rendition that shows all of it.
struct Compared {
    original: Picture,
    original_note: String,
    rendition: Picture,
    rendition_note: String,
}

/// An image that looks the same.
struct Alike {
    page_url: String,
    title: String,
    thumb_url: Option<String>,
    /// How similar it is.
    note: String,
}

struct Picture {
    url: String,
    width: u32,
    height: u32,
}

struct Rendition {
    preset: String,
    /// Absent if it was not made; then `note` says why.
    picture: Option<Picture>,
    size: String,
    note: String,
}

struct Swatch {
    colour: String,
    share: String,
    /// Its left edge and width, in per cent.
    x: String,
    width: String,
}

/// Answers with the page of an image, or with a page that waits for it.
pub async fn image(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Result<Response, PageError> {
    let layout = Layout::new(&user, "/");
    let token = app.tokens.issue(&user);
    match app.image(&user, &id).await? {
        CurrentImage::Pending(pending) => Ok(html(&Pending {
            layout,
            filename: pending.filename,
            token,
            page_url: page_url(&id),
            events_url: format!("/api/v1/images/{id}/events"),
        })),
        CurrentImage::Recorded(record) => {
            let records = std::slice::from_ref(&*record);
            let filter = Filter::visible_to(&user);
            let copies = app.records.copies(&filter, records).await?;
            let others = copies.into_values().flatten().filter(|copy| *copy != id);
            let others = others.map(|copy| page_url(&copy)).collect();
            let similar = app.records.similar(&filter, &record).await?;
            let similar = similar.iter().map(alike).collect();
            Ok(html(&page(&record, layout, token, others, similar)?))
        }
    }
}

fn page(
    record: &Record,
    layout: Layout,
    token: String,
    copies: Vec<String>,
    similar: Vec<Alike>,
) -> Result<ImagePage, Error> {
    let json = serde_json::to_string_pretty(record).map_err(|error| Error::internal(&error))?;
    let derived = record.derived.as_ref();
    let histogram = derived.and_then(|derived| derived.histogram.as_deref());
    let field = |key: &str| record.user.get(key).filter(|value| !value.is_empty());
    Ok(ImagePage {
        layout,
        token,
        page_url: page_url(&record.id),
        json_url: format!("/api/v1/images/{}", record.id),
        title: title(record),
        filename: record.file.name.clone().unwrap_or_default(),
        description: field("description").map(str::to_owned),
        tags: field("tags").map(tags).unwrap_or_default(),
        rejected: (record.status == Status::Rejected)
            .then(|| record.error.clone())
            .flatten()
            .map(|error| (error.message, error.code)),
        warnings: record
            .processing
            .warnings
            .iter()
            .map(|w| w.message.clone())
            .collect(),
        hero: hero(record),
        original_url: original_url(record),
        compared: compared(record),
        renditions: record
            .renditions
            .iter()
            .map(|r| rendition(record, r))
            .collect(),
        palette: palette(record),
        histogram: histogram.map(chart::histogram).unwrap_or_default(),
        map_url: map_url(record),
        copies,
        similar,
        groups: facts::groups(record),
        json,
    })
}

fn alike(similar: &Similar) -> Alike {
    let record = &similar.record;
    let image = record.image.as_ref();
    let size = image.map(|image| format!("{} × {}", image.width, image.height));
    let nearness = match (similar.same_file, similar.distance) {
        (true, _) => "the same file",
        (false, 0..=8) => "looks the same",
        (false, _) => "looks nearly the same",
    };
    let words: Vec<_> = size.iter().map(String::as_str).chain([nearness]).collect();
    Alike {
        page_url: page_url(&record.id),
        title: title(record),
        thumb_url: thumb(record).map(|thumb| rendition_url(&record.id, thumb)),
        note: words.join(" · "),
    }
}

fn written(record: &Record) -> impl Iterator<Item = &RenditionRecord> {
    let renditions = record.renditions.iter();
    renditions.filter(|rendition| rendition.outcome == Outcome::Written)
}

/// The largest rendition that is not larger than most screens.
fn hero(record: &Record) -> Option<Picture> {
    let wide = |rendition: &&RenditionRecord| rendition.width.unwrap_or_default();
    let fitting = written(record).filter(|rendition| wide(rendition) <= 1400);
    fitting
        .max_by_key(wide)
        .and_then(|rendition| picture(record, rendition))
}

/// The original and the largest rendition that shows all of it, if a browser displays both.
fn compared(record: &Record) -> Option<Compared> {
    let image = record.image.as_ref().filter(|_| is_drawn(record))?;
    let original = Picture {
        url: original_url(record)?,
        width: image.width,
        height: image.height,
    };
    let is_whole = |rendition: &&RenditionRecord| {
        let shape = rendition.width.zip(rendition.height);
        shape.is_some_and(|(width, height)| {
            let shape = f64::from(width) / f64::from(height.max(1));
            (shape / image.aspect_ratio - 1.0).abs() < 0.02
        })
    };
    let largest = written(record)
        .filter(is_whole)
        .max_by_key(|rendition| rendition.width)?;
    let made = rendition(record, largest);
    Some(Compared {
        original_note: format!(
            "Original · {} × {} · {} · {}",
            image.width,
            image.height,
            image.format.to_uppercase(),
            text::bytes(record.file.bytes)
        ),
        original,
        rendition_note: format!("{} · {} · {}", made.preset, made.size, made.note),
        rendition: made.picture?,
    })
}

fn picture(record: &Record, rendition: &RenditionRecord) -> Option<Picture> {
    Some(Picture {
        url: rendition_url(&record.id, rendition),
        width: rendition.width?,
        height: rendition.height?,
    })
}

fn rendition(record: &Record, rendition: &RenditionRecord) -> Rendition {
    let picture = picture(record, rendition).filter(|_| rendition.outcome == Outcome::Written);
    let size = picture
        .as_ref()
        .map(|p| format!("{} × {}", p.width, p.height));
    let note = match (&picture, rendition.bytes) {
        (Some(_), Some(bytes)) => {
            let kind = rendition.content_type.as_deref().unwrap_or_default();
            let kind = kind.trim_start_matches("image/").to_uppercase();
            format!("{kind} · {}", text::bytes(bytes))
        }
        _ => rendition
            .reason
            .clone()
            .unwrap_or_else(|| "It was not made.".to_owned()),
    };
    Rendition {
        preset: rendition.preset.clone(),
        picture,
        size: size.unwrap_or_default(),
        note,
    }
}

/// Swatches side by side, each as wide as its share.
fn palette(record: &Record) -> Vec<Swatch> {
    let swatches = record.derived.iter().flat_map(|derived| &derived.palette);
    swatches
        .filter(|swatch| is_colour(&swatch.colour))
        .scan(0.0, |x, swatch| {
            let start = *x;
            *x += swatch.share * 100.0;
            Some(Swatch {
                colour: swatch.colour.clone(),
                share: text::percent(swatch.share),
                x: format!("{start:.2}"),
                width: format!("{:.2}", swatch.share * 100.0),
            })
        })
        .collect()
}

fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#');
    digits.is_some_and(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn map_url(record: &Record) -> Option<String> {
    let gps = record.gps.as_ref()?;
    let (latitude, longitude) = (gps.latitude?, gps.longitude?);
    Some(format!(
        "https://www.openstreetmap.org/?mlat={latitude:.6}&mlon={longitude:.6}\
         #map=15/{latitude:.5}/{longitude:.5}"
    ))
}

/// The fields of a form that only triggers an action.
#[derive(Debug, Deserialize)]
pub struct Confirmation {
    token: String,
}

/// Deletes the image and redirects to the gallery.
pub async fn delete(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
    Form(confirmation): Form<Confirmation>,
) -> Result<Response, PageError> {
    app.tokens.check(&user, &confirmation.token)?;
    app.delete(&user, &id).await?;
    Ok(Redirect::to("/").into_response())
}
