//! Images as JSON.

#![expect(
    unused_qualifications,
    reason = "the OpenAPI macro qualifies what it names"
)]

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Record, Status};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    http_cache,
    images::{CurrentImage, ImageId, ImageState},
    query::Parameters,
    records::filter::Filter,
    upload::details,
};

/// The most words of a search. The database looks for each of them in several places.
const MOST_WORDS: usize = 8;
/// The most characters of a search.
const MOST_CHARACTERS: usize = 200;

/// A search for images. Parameters that are absent or empty do not restrict it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Search {
    /// At most eight words. Each of them must occur in the title, the description, the tags, the file's name, the title
    /// in the file, the camera's make or model, or as a keyword of the file.
    #[param(max_length = 200)]
    pub q: String,
    /// `processed` or `rejected`.
    #[param(pattern = "^(processed|rejected)?$")]
    pub status: String,
    /// The format, for example `jpeg`.
    pub format: String,
    /// One of the tags.
    pub tag: String,
    /// The first day, `YYYY-MM-DD` in UTC.
    pub from: String,
    /// The last day, `YYYY-MM-DD` in UTC.
    pub to: String,
    /// Where the page starts: the value of `next` on the previous page.
    pub after: String,
}

impl Search {
    /// The filter for what the user may see of the search.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the parameter that cannot be understood.
    pub fn filter(&self, user: &User) -> Result<Filter, Error> {
        let status = match self.status.as_str() {
            "" => None,
            "processed" => Some(Status::Processed),
            "rejected" => Some(Status::Rejected),
            _ => {
                return Err(Error::Invalid(
                    "The status must be processed or rejected.".into(),
                ));
            }
        };
        let mut filter = Filter::visible_to(user);
        filter.status = status;
        filter.format = some(&self.format);
        filter.words = words(&self.q)?;
        filter.tag = details::tags(&self.tag).into_iter().next();
        filter.from = date(&self.from)?;
        filter.to = date(&self.to)?;
        Ok(filter)
    }

    /// Where to continue, if not at the beginning.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        Some(self.after.as_str()).filter(|after| !after.is_empty())
    }
}

/// Splits a search into words.
fn words(text: &str) -> Result<Vec<String>, Error> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if text.chars().count() > MOST_CHARACTERS || words.len() > MOST_WORDS {
        return Err(Error::Invalid(format!(
            "A search can have at most {MOST_WORDS} words and {MOST_CHARACTERS} characters."
        )));
    }
    Ok(words)
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

fn date(text: &str) -> Result<Option<Date>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = text.parse();
    date.map(Some)
        .map_err(|_| Error::Invalid("A day must have the form YYYY-MM-DD.".to_owned()))
}

/// A page of records, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing {
    /// Records, without `exif`, `gps`, `descriptive`, `processing` and most of `derived`. The answer about a single
    /// image has these.
    #[schema(value_type = Vec<Object>)]
    pub images: Vec<Record>,
    /// The value for the parameter `after`. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// List images, the newest first
#[utoipa::path(get, path = "/api/v1/images", params(Search), tag = "images", responses(
    (status = 200, body = Listing),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    user: User,
    Parameters(search): Parameters<Search>,
) -> Result<Json<Listing>, ApiError> {
    let filter = search.filter(&user)?;
    let page = app.records.list(&filter, search.after()).await?;
    Ok(Json(Listing {
        images: page.records,
        next: page.next,
    }))
}

/// Read the record of an image
#[utoipa::path(get, path = "/api/v1/images/{id}", tag = "images",
    params(("id" = String, Path, description = "The image's id")),
    responses(
        (status = 200, body = Object, description = "The record, as docs/record.schema.json describes it",
         headers(("etag" = String, description = "The value for If-None-Match"))),
        (status = 202, body = ImageState, description = "It is waiting to be processed. Ask again"),
        (status = 304, description = "The record has not changed"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub async fn read(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    match app.image(&user, &id).await? {
        CurrentImage::Recorded(record) => {
            let json = serde_json::to_vec(&record).map_err(|error| Error::internal(&error))?;
            Ok(http_cache::revalidated(&headers, "application/json", json))
        }
        pending @ CurrentImage::Pending(_) => {
            let body = Json(ImageState::from(&pending));
            let mut response = (StatusCode::ACCEPTED, body).into_response();
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(response)
        }
    }
}

/// Delete an image: its original, its renditions and its record
///
/// A deletion that was interrupted can be sent again. If the image is already deleted, that counts as success.
#[utoipa::path(delete, path = "/api/v1/images/{id}", tag = "images",
    params(("id" = String, Path, description = "The image's id")),
    responses(
        (status = 204, description = "The image is deleted"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Result<StatusCode, ApiError> {
    app.delete(&user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
