//! Taking a file in blocks, for large files and bad connections. Blocks that have arrived need not
//! be sent again.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    http::{HeaderName, StatusCode, header},
};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    existing,
    query::Parameters,
    sender::{StoredBlock, StoredBlocks},
    trace::Trace,
    upload::{Accepted, Details, Session, UploadRequest, session},
};

/// The size of the file.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Size {
    /// The size of the file in bytes.
    #[param(minimum = 1)]
    size: u64,
}

/// What is known of the whole file.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Whole {
    /// The SHA-256 of the file in hexadecimal digits. The answer then says whether you have uploaded the same file before.
    #[param(pattern = "^([0-9A-Fa-f]{64})?$")]
    sha256: String,
}

/// An upload in blocks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadSession {
    /// The upload's id, for the addresses of its blocks.
    id: String,
    /// The size of the file in bytes.
    size: u64,
    /// The size of each block in bytes. The last block has the rest of the file.
    block_size: u64,
    /// The indices of the blocks that have arrived, counted from 0.
    blocks: Vec<u32>,
    /// Whether the upload was completed.
    complete: bool,
    /// Until when blocks are accepted, as an RFC 3339 time.
    expires: String,
    /// Where the blocks can also be written, straight into Blob Storage; absent if that is not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    direct: Option<DirectUpload>,
}

/// Where blocks can be written into Blob Storage. Whoever has the address can write there, so keep it secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectUpload {
    /// The address of the blob, with a signature. Send each block with `PUT` to it, with `&comp=block&blockid=` and the
    /// block's id: the Base64 of its place in eight digits and forty blanks, percent-encoded.
    url: String,
    /// Until when it can be used, as RFC 3339 writes it. Ask for the upload again to get another one.
    expires: String,
}

impl UploadSession {
    async fn new(upload: &UploadRequest<'_>, session: Session, stored: StoredBlocks) -> Self {
        let (blocks, complete) = match stored {
            StoredBlocks::Committed => (Vec::new(), true),
            StoredBlocks::Waiting(blocks) => (present(&session, &blocks), false),
        };
        let direct = if complete {
            None
        } else {
            upload.address(&session).await
        };
        Self {
            size: session.size,
            block_size: session::BLOCK,
            blocks,
            complete,
            expires: session.expires().to_string(),
            direct: direct.map(|signed| DirectUpload {
                url: signed.url.into(),
                expires: signed.expires,
            }),
            id: session.id,
        }
    }
}

/// The indices of blocks that have the right length.
fn present(session: &Session, blocks: &[StoredBlock]) -> Vec<u32> {
    let whole = blocks
        .iter()
        .filter(|block| session.length(block.index) == Some(block.bytes));
    let mut places: Vec<_> = whole.map(|block| block.index).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Start to upload an image in blocks
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads", params(Details, Size),
    responses(
        (status = 201, body = UploadSession, description = "It is started. Send its blocks",
         headers(("location" = String, description = "Where to ask which blocks have arrived"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json",
         description = "It is not allowed, or your quota is used up (`quota-exceeded`)"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
))]
pub async fn begin(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    Parameters(details): Parameters<Details>,
    Parameters(Size { size }): Parameters<Size>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<UploadSession>), ApiError> {
    let upload = upload(&app, &user, &trace);
    let session = upload.begin(&details, size).await?;
    let location = format!("/api/v1/uploads/{}", session.id);
    let answer = UploadSession::new(&upload, session, StoredBlocks::Waiting(Vec::new())).await;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(answer),
    ))
}

/// List the blocks of an upload that have arrived
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = String, Path, description = "The upload's id")),
    responses(
        (status = 200, body = UploadSession, description = "The upload with its blocks"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn read(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    Path(id): Path<String>,
) -> Result<Json<UploadSession>, ApiError> {
    let upload = upload(&app, &user, &trace);
    let session = upload.session(&id)?;
    let stored = upload.stored_blocks(&session).await?;
    Ok(Json(UploadSession::new(&upload, session, stored).await))
}

/// Send a block of an upload
/// A block that is sent again replaces the first one.
#[utoipa::path(put, path = "/api/v1/uploads/{id}/blocks/{index}", tag = "uploads",
    params(("id" = String, Path, description = "The upload's id"),
        ("index" = u32, Path, description = "The index of the block in the file, counted from 0")),
    request_body(content((String = "application/octet-stream")),
        description = "The bytes of the block. Every block has the block size of the upload, \
                       except the last one, which has the rest of the file"),
    responses(
        (status = 204, description = "The block is stored"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn block(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    Path((id, index)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let upload = upload(&app, &user, &trace);
    let session = upload.session(&id)?;
    let index = index.parse().map_err(|_| Error::NotFound)?;
    let chunks = request.into_body().into_data_stream();
    let chunks = chunks.map_err(|_| Error::broken_off());
    upload.block(&session, index, chunks).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Complete an upload whose blocks have all arrived
///
/// A repeated request gets the same answer as the first one. The upload uses the flow with which it
/// was started.
#[utoipa::path(post, path = "/api/v1/uploads/{id}/complete", tag = "uploads",
    params(("id" = String, Path, description = "The upload's id"), Details, Whole),
    responses(
        (status = 202, body = Accepted, description = "It is stored, and waits to be processed",
         headers(("location" = String, description = "Where to ask for the state of the image"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json",
         description = "It is not allowed, or your quota is used up (`quota-exceeded`)"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn complete(
    State(app): State<Arc<App>>,
    user: User,
    Extension(trace): Extension<Trace>,
    Path(id): Path<String>,
    Parameters(details): Parameters<Details>,
    Parameters(whole): Parameters<Whole>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Accepted>), ApiError> {
    let upload = upload(&app, &user, &trace);
    let session = upload.session(&id)?;
    let sha256 = match whole.sha256.as_str() {
        "" => None,
        text => Some(existing::digest(text)?),
    };
    let accepted = upload
        .complete(session, &details, sha256.as_deref())
        .await?;
    let location = [(header::LOCATION, accepted.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(accepted)))
}

fn upload<'a>(app: &'a Arc<App>, user: &'a User, trace: &'a Trace) -> UploadRequest<'a> {
    UploadRequest {
        app,
        user,
        trace,
        key: None,
    }
}
