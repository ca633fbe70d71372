//! Uploads whose body is the file itself: the stream upload, opened with JSON at `POST /file/upload` and sent
//! to `PUT /file/upload`; and `PUT /file/{fileId}/upload`, which replaces the content of a version.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use super::placement::{place, placed_response};
use crate::netexplorer::oauth::authentication::authenticate;
use crate::netexplorer::request::{Caller, QueryParams, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{
    ChangedObject, FileDates, ServerState, Store, StoredContent, UploadTarget, VersionRef,
};

/// The largest body that opens a stream, in bytes.
const OPEN_LIMIT: usize = 1 << 20;

/// Opens a session for content of a known size, and returns its key. TUS uploads use it too.
pub(super) fn open_session(
    store: &mut Store,
    (target, caller): (UploadTarget, Caller),
    size: u64,
) -> Result<String, ApiError> {
    store.check_placement(target.folder, &target.name, caller)?;
    let key = store.unique_name("session");
    store.uploads.open_session(key.clone(), target, caller, size);
    Ok(key)
}

/// Opens a stream upload. The member `targetPath` is the name of the file.
pub(super) async fn open(state: &ServerState, caller: Caller, body: Body) -> ApiResult {
    let fields = RequestFields::parse(&read_body(body, OPEN_LIMIT).await?)?;
    if fields.string("uploadMethod")? != Some("stream") {
        return Err(ApiError::bad_request("« uploadMethod » doit être stream"));
    }
    let size = RequestFields::required("fileSize", fields.id("fileSize")?)?;
    let folder = RequestFields::required("folderId", fields.id("folderId")?)?;
    state.store().tree.reveal(folder);
    let name = RequestFields::required("targetPath", fields.string("targetPath")?)?.to_owned();
    let limit = state.settings.upload_limit;
    if size > limit as u64 {
        return Err(ApiError::too_large(limit));
    }
    let target = UploadTarget { user: caller.user, folder, name };
    let key = open_session(&mut state.store(), (target, caller), size)?;
    Ok(ApiResponse::Intermediate(StatusCode::OK, json!({ "sessionKey": key })))
}

/// `PUT /file/upload`. The response is empty unless `full` asks for the file.
pub(crate) async fn upload(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let headers = request.headers().clone();
    match receive_stream(&state, request).await {
        Ok(response) => response.into_response(&headers),
        Err(error) => error.into_response(),
    }
}

async fn receive_stream(state: &ServerState, request: Request) -> ApiResult {
    let headers = request.headers().clone();
    let caller = authenticate(&state.store(), &headers)?;
    let query = QueryParams::parse(request.uri().query());
    let key = query.get("sessionKey").unwrap_or_default().to_owned();
    if !state.store().uploads.sessions.contains_key(&key) {
        return Err(state.store().uploads.missing(&key));
    }
    let body = read_body(request.into_body(), state.settings.upload_limit).await?;
    let content = StoredContent::new(body);
    let mut store = state.store();
    // Looked up again, because the session may have ended during the upload.
    let session = store.uploads.sessions.get(&key).ok_or_else(ApiError::not_found)?;
    if session.target.user != caller.user {
        return Err(ApiError::forbidden());
    }
    if session.size != content.bytes.len() as u64 {
        return Err(ApiError::bad_request("le contenu n'a pas la taille annoncée"));
    }
    let target = session.target.clone();
    let placed = place(&mut store, &target, content, FileDates::default(), caller)?;
    store.uploads.sessions.remove(&key);
    let object = ChangedObject::file(&store, placed.id);
    state.record_change(&mut store, "uploadFileStream", caller, &headers, object);
    match query.flag("full") {
        true => placed_response(&store, caller, placed, true),
        false => Ok(ApiResponse::Empty),
    }
}

/// `PUT /file/{fileId}/upload`
pub(crate) async fn replace(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    match replace_content(&state, &id, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn replace_content(state: &ServerState, id: &str, request: Request) -> Result<(), ApiError> {
    let headers = request.headers().clone();
    let caller = authenticate(&state.store(), &headers)?;
    let id = id.parse().map_err(|_| ApiError::not_found())?;
    state.store().tree.reveal(id);
    check_replaceable(&state.store(), id, caller)?;
    let body = read_body(request.into_body(), state.settings.upload_limit).await?;
    let content = StoredContent::new(body);
    let mut store = state.store();
    // Looked up again, because the version may have been deleted or locked during the upload.
    let found = check_replaceable(&store, id, caller)?;
    if found.version.announced_hash.as_ref().is_some_and(|hash| *hash != content.hash) {
        return Err(ApiError::bad_request("le contenu n'a pas l'empreinte annoncée"));
    }
    let now = store.advance_clock();
    let version = store.tree.versions.get_mut(id).ok_or_else(ApiError::not_found)?;
    version.content = content;
    version.modification = now;
    version.announced_hash = None;
    let object = ChangedObject::file(&store, id);
    state.record_change(&mut store, "replaceFileContent", caller, &headers, object);
    Ok(())
}

/// The version, if the caller may change its content.
fn check_replaceable(store: &Store, id: u64, caller: Caller) -> Result<VersionRef<'_>, ApiError> {
    let found = store.tree.visible_version(id, caller)?;
    found.check_writable(caller)?;
    store.check_permission(caller, found.file.parent, "edit")?;
    Ok(found)
}

async fn read_body(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    to_bytes(body, limit).await.map_err(|_| ApiError::too_large(limit))
}
