//! The resumable upload: TUS 1.0.0 between two operations of the vendor.
//!
//! ```text
//! POST /file/tus {name, target, size}  -> session key
//! POST /tus       Upload-Metadata: token <session key>  -> upload URL     (repeatable)
//! HEAD /tus/{id}  -> Upload-Offset
//! PATCH /tus/{id} Upload-Offset: n, body               -> new Upload-Offset
//! POST /file/tus {token: <session key>} -> 423 while assembling, then the file   (repeatable)
//! ```

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use serde_json::json;

use super::placement::place;
use super::stream::open_session;
use crate::netexplorer::oauth::authentication::authenticate;
use crate::netexplorer::render;
use crate::netexplorer::request::{ApiRequest, Caller, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{FileDates, ServerState, Store, UploadTarget};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");

/// An error response, with the current offset if that helps the client.
struct TusError {
    error: ApiError,
    offset: Option<u64>,
}

impl From<ApiError> for TusError {
    fn from(error: ApiError) -> Self {
        Self { error, offset: None }
    }
}

impl TusError {
    fn wrong_offset(offset: u64) -> Self {
        let error = ApiError::conflict(format!("la position atteinte est {offset}"));
        Self { error, offset: Some(offset) }
    }
}

/// Adds the headers that TUS requires.
fn respond(result: Result<Response, TusError>) -> Response {
    let mut response = match result {
        Ok(response) => response,
        Err(TusError { error, offset }) => {
            let mut response = error.into_response();
            if let Some(offset) = offset {
                response.headers_mut().insert(UPLOAD_OFFSET, offset.into());
            }
            if response.status() == StatusCode::PRECONDITION_FAILED {
                response.headers_mut().insert(TUS_VERSION, VERSION);
            }
            response
        }
    };
    response.headers_mut().insert(TUS_RESUMABLE, VERSION);
    response
}

/// `POST /file/tus`: opens a session or, with `token`, finishes one.
pub(crate) fn file(store: &mut Store, request: &ApiRequest) -> ApiResult {
    if let Some(token) = request.fields.string("token")? {
        return finish(store, request, token);
    }
    let name = RequestFields::required("name", request.fields.string("name")?)?.to_owned();
    let folder = RequestFields::required("target", request.fields.id("target")?)?;
    let size = RequestFields::required("size", request.fields.id("size")?)?;
    let target = UploadTarget { user: request.caller.user, folder, name };
    let key = open_session(store, (target, request.caller), size)?;
    let object = json!({ "sessionKey": key });
    // The vendor sends the object alone or in a list. The sandbox alternates, so that clients meet both.
    let in_list = store.uploads.sessions.len() % 2 == 1;
    let body = if in_list { json!([object]) } else { object };
    Ok(ApiResponse::Intermediate(StatusCode::OK, body))
}

/// Finishing a session again returns the same file, which is created only once.
fn finish(store: &mut Store, request: &ApiRequest, token: &str) -> ApiResult {
    let session = store.uploads.session_mut(token, request.caller)?;
    if let Some(version) = session.version {
        let found = store.tree.visible_version(version, request.caller)?;
        return Ok(ApiResponse::Intermediate(
            StatusCode::OK,
            render::file(store, request.caller, found, true),
        ));
    }
    let (target, caller) = (session.target.clone(), session.caller);
    let upload = store.uploads.poll_session(token, request.caller)?;
    store.check_placement(target.folder, &target.name, caller)?;
    let content = store.uploads.take_tus_content(&upload).ok_or_else(ApiError::not_found)?;
    let placed = place(store, &target, content, FileDates::default(), caller)?;
    if let Some(session) = store.uploads.sessions.get_mut(token) {
        session.version = Some(placed.id);
    }
    let found = store.tree.version(placed.id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render::file(store, request.caller, found, true))
}

/// The caller, provided that the request uses the supported version of TUS.
fn tus_caller(state: &ServerState, headers: &HeaderMap) -> Result<Caller, TusError> {
    let caller = authenticate(&state.store(), headers)?;
    if headers.get(TUS_RESUMABLE) == Some(&VERSION) {
        return Ok(caller);
    }
    let message = "« Tus-Resumable » doit être 1.0.0.";
    Err(ApiError::new(StatusCode::PRECONDITION_FAILED, message).into())
}

fn number_header(headers: &HeaderMap, name: &HeaderName) -> Result<u64, TusError> {
    let number = headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    number.ok_or_else(|| ApiError::bad_request(format!("« {name} » doit être un nombre")).into())
}

/// `POST /tus`. Creating the upload of a session again returns the same upload.
pub(crate) async fn create(State(state): State<Arc<ServerState>>, headers: HeaderMap) -> Response {
    respond(create_upload(&state, &headers))
}

fn create_upload(state: &ServerState, headers: &HeaderMap) -> Result<Response, TusError> {
    let caller = tus_caller(state, headers)?;
    let size = number_header(headers, &UPLOAD_LENGTH)?;
    let key = session_key(headers).ok_or_else(|| {
        ApiError::bad_request("« Upload-Metadata » doit donner « token » en base64")
    })?;
    let limit = state.settings.upload_limit;
    if size > limit as u64 {
        return Err(ApiError::too_large(limit).into());
    }
    let mut store = state.store();
    let session = store.uploads.session_mut(&key, caller)?;
    if session.size != size {
        return Err(ApiError::bad_request("« Upload-Length » n'est pas la taille annoncée").into());
    }
    if session.version.is_some() {
        return Err(ApiError::conflict("le transfert est terminé").into());
    }
    let id = match session.tus_upload.clone() {
        Some(id) => id,
        None => {
            let id = store.unique_name("upload");
            store.uploads.create_tus_upload(&key, &id, caller.user, size);
            id
        }
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let base = host.map(|host| format!("http://{host}")).unwrap_or_default();
    Ok((StatusCode::CREATED, [(LOCATION, format!("{base}/api/tus/{id}"))]).into_response())
}

/// The session key in `Upload-Metadata`, which is a list of names and Base64 values, separated by commas.
fn session_key(headers: &HeaderMap) -> Option<String> {
    let metadata = headers.get("upload-metadata")?.to_str().ok()?;
    let token = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("token "))?;
    String::from_utf8(BASE64_STANDARD.decode(token.trim()).ok()?).ok()
}

/// `HEAD /tus/{uploadId}`
pub(crate) async fn offset(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    respond(current_offset(&state, &id, &headers))
}

fn current_offset(
    state: &ServerState,
    id: &str,
    headers: &HeaderMap,
) -> Result<Response, TusError> {
    let caller = tus_caller(state, headers)?;
    let mut store = state.store();
    let upload = store.uploads.tus_upload_mut(id, caller)?;
    let numbers = [(UPLOAD_OFFSET, upload.content.len()), (UPLOAD_LENGTH, upload.size)];
    let numbers = numbers.map(|(name, number)| (name, HeaderValue::from(number)));
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((StatusCode::OK, [no_store], HeaderMap::from_iter(numbers)).into_response())
}

/// `PATCH /tus/{uploadId}`. The status is 200, as seen at the vendor, where TUS specifies 204. If the
/// connection breaks, the bytes that have arrived are kept.
pub(crate) async fn chunk(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    respond(append(&state, &id, &headers, body).await)
}

async fn append(
    state: &ServerState,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, TusError> {
    let caller = tus_caller(state, headers)?;
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(b"application/offset+octet-stream") {
        let message = "« Content-Type » doit être application/offset+octet-stream.";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    let mut offset = number_header(headers, &UPLOAD_OFFSET)?;
    let current = state.store().uploads.tus_upload_mut(id, caller)?.content.len();
    if current != offset {
        return Err(TusError::wrong_offset(current));
    }
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| ApiError::bad_request("le corps a été interrompu"))?;
        let mut store = state.store();
        let upload = store.uploads.tus_upload_mut(id, caller)?;
        // The lock is released between pieces, so another request may have continued the upload.
        let current = upload.content.len();
        if current != offset {
            return Err(TusError::wrong_offset(current));
        }
        if offset + piece.len() as u64 > upload.size {
            let error = ApiError::too_large(upload.size);
            return Err(TusError { error, offset: Some(current) });
        }
        upload.content.append(&piece);
        offset = upload.content.len();
    }
    Ok((StatusCode::OK, [(UPLOAD_OFFSET, HeaderValue::from(offset))], "204").into_response())
}

/// `DELETE /tus/{uploadId}`
pub(crate) async fn cancel(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    respond(cancel_upload(&state, &id, &headers))
}

fn cancel_upload(state: &ServerState, id: &str, headers: &HeaderMap) -> Result<Response, TusError> {
    let caller = tus_caller(state, headers)?;
    let mut store = state.store();
    store.uploads.tus_upload_mut(id, caller)?;
    store.uploads.cancel_tus_upload(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
