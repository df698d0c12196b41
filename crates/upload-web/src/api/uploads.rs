//! Taking one file, as the body of a request or in a form.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{FromRequest as _, Multipart, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use futures::TryStreamExt as _;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    query::Parameters,
    trace::Trace,
    upload::{
        Accepted, Details, UploadRequest,
        form::{self, Form},
    },
};

/// Identifies a request, so that it can be sent again without effect.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The answer to an upload.
type Answer = (StatusCode, [(HeaderName, String); 1], Json<Accepted>);

/// A form with one file. Its fields take precedence over the parameters of the same names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what is received")]
struct UploadForm {
    /// The file. Its field can have any name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    title: Option<String>,
    tags: Option<String>,
    description: Option<String>,
    focus: Option<String>,
    flow: Option<String>,
}

/// Upload an image, as the body of the request or as the one file of a form
#[utoipa::path(post, path = "/api/v1/images", tag = "images",
    params(Details, ("Idempotency-Key" = Option<String>, Header, pattern = "^[ -~]{1,255}$",
        description = "1 to 255 ASCII characters. Repeated requests with the same key and the same \
                       file lead to the same image")),
    request_body(content(
            (String = "application/octet-stream"),
            (UploadForm = "multipart/form-data"),
        ),
        description = "The file's bytes, or a form with one file. The type of the file is found in \
                       its bytes, and the declared type is ignored"),
    responses(
        (status = 202, body = Accepted, description = "It is stored, and waits to be processed",
         headers(("location" = String, description = "Where to ask for the state of the image"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json",
         description = "It is not allowed, or your quota is used up (`quota-exceeded`)"),
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
    request: Request,
) -> Result<Answer, ApiError> {
    let headers = request.headers().clone();
    let upload = UploadRequest {
        app: &app,
        user: &user,
        trace: &trace,
        key: idempotency_key(&headers)?,
    };
    let accepted = if is_form(&headers) {
        take_form(&upload, details, request).await?
    } else {
        let chunks = request.into_body().into_data_stream();
        let chunks = chunks.map_err(|_| Error::broken_off());
        upload
            .take(&details, chunks, stated_length(&headers))
            .await?
    };
    let location = [(header::LOCATION, accepted.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(accepted)))
}

/// Takes the one file of a form.
async fn take_form(
    upload: &UploadRequest<'_>,
    details: Details,
    request: Request,
) -> Result<Accepted, Error> {
    let multipart = Multipart::from_request(request, &()).await;
    let multipart = multipart.map_err(|error| Error::Invalid(error.body_text()))?;
    let rules = form::Rules {
        most_files: 1,
        token: false,
    };
    let mut form = Form::take(upload, rules, details, multipart).await?;
    match (form.failed, form.refused.pop(), form.accepted.pop()) {
        (Some(error), _, _) | (None, Some((_, error)), _) => Err(error),
        (None, None, Some(accepted)) => Ok(accepted),
        (None, None, None) => Err(Error::internal(&"a form without a file was accepted")),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start()
        .get(..19)
        .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"))
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
