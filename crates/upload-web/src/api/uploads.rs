//! Taking one file as the body of a request.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use futures::TryStreamExt as _;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    query::Parameters,
    trace::Trace,
    upload::{Accepted, Details, Receive, name},
};

/// Names a request, so that it can be sent again without doing it again.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What is answered to an upload.
type Answer = (StatusCode, [(HeaderName, String); 1], Json<Accepted>);

/// Upload an image: the file is the body
#[utoipa::path(post, path = "/api/v1/images", tag = "images",
    params(Details, ("Idempotency-Key" = Option<String>, Header, pattern = "^[ -~]{1,255}$",
        description = "1 to 255 characters of ASCII; the same key and file lead to the same image")),
    request_body(content = String, content_type = "application/octet-stream",
        description = "The file's bytes. Their type is found in the bytes; what is declared does not matter"),
    responses(
        (status = 202, body = Accepted, description = "It is safe, and waits to be processed",
         headers(("location" = String, description = "Where to ask what became of it"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn upload(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    Parameters(details): Parameters<Details>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, ApiError> {
    app.limits.check_upload(&user)?;
    let details = details.checked()?;
    // What cannot be kept is refused before the file is taken.
    details.metadata(&user, &trace)?;
    let sender = app.senders.get(details.flow.as_deref())?;
    let name = name::image_name(&user, &details.filename, idempotency_key(&headers)?)?;

    let _slot = app.limits.slot(&user).await?;
    let chunks = body
        .into_data_stream()
        .map_err(|_| Error::Invalid("The upload broke off; nothing of it was kept.".to_owned()));
    let limit = app.settings.max_upload_bytes();
    let mut receive = Receive::begin(chunks, stated_length(&headers), limit).await?;
    let staged = sender.stage(&mut receive, name).await?;
    let accepted = sender.commit(staged, &details, &user, &trace).await?;
    tracing::info!(id = accepted.id, bytes = accepted.bytes, "took an upload");
    let location = [(header::LOCATION, accepted.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(accepted)))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str());
    key.transpose()
        .map_err(|_| Error::Invalid("The Idempotency-Key must be ASCII.".to_owned()))
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}
