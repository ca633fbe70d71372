//! `POST /file/upload`: a whole file in one form, or one chunk of it; with a JSON body, it opens a stream.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::multipart::UploadForm;
use super::placement::{UPLOAD_FILE, place, place_assembled, placed_response};
use super::stream;
use crate::netexplorer::oauth::authentication::authenticate;
use crate::netexplorer::request::{Caller, QueryParams, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{
    ChangedObject, Chunk, ChunkKey, ChunkProgress, FileDates, ServerState, Store, StoredContent,
    UploadTarget,
};

pub(crate) async fn upload(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let headers = request.headers().clone();
    match handle(&state, request).await {
        Ok(response) => response.into_response(&headers),
        Err(error) => error.into_response(),
    }
}

async fn handle(state: &ServerState, request: Request) -> ApiResult {
    let headers = request.headers().clone();
    let caller = authenticate(&state.store(), &headers)?;
    let query = QueryParams::parse(request.uri().query());
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return stream::open(state, caller, request.into_body()).await;
    }
    let form = UploadForm::read(request, "targetFile", state.settings.upload_limit).await?;
    let dates = dates(&query, &form.fields)?;
    let folder = RequestFields::required("folderId", form.number("folderId")?)?;
    state.store().tree.reveal(folder);
    let target = UploadTarget { user: caller.user, folder, name: form.file_name.clone() };
    let full = query.flag("full");
    match form.number("chunk")? {
        Some(index) => {
            let chunk = parse_chunk(state, &form, index, target, dates)?;
            let mut store = state.store();
            let response = receive_chunk(&mut store, caller, chunk, full)?;
            if let ApiResponse::Json(_, file) = &response {
                let object = file["id"].as_u64().and_then(|id| ChangedObject::file(&store, id));
                state.record_change(&mut store, UPLOAD_FILE, caller, &headers, object);
            }
            Ok(response)
        }
        None => {
            let full = (full, &headers);
            receive_file(state, form, (target, caller), dates, full)
        }
    }
}

/// The dates of the file. Those in the query take precedence over those in the form.
fn dates(query: &QueryParams, fields: &RequestFields) -> Result<FileDates, ApiError> {
    let date = |name| -> Result<_, ApiError> { Ok(query.date(name)?.or(fields.date(name)?)) };
    Ok(FileDates { creation: date("creation")?, modification: date("modification")? })
}

fn receive_file(
    state: &ServerState,
    form: UploadForm,
    (target, caller): (UploadTarget, Caller),
    dates: FileDates,
    (full, headers): (bool, &HeaderMap),
) -> ApiResult {
    let size = form.number("fileSize")?;
    let hash = form.fields.string("fileHash")?.map(str::to_lowercase);
    if size.is_some_and(|size| size != form.content.len() as u64) {
        return Err(ApiError::bad_request("« fileSize » n'est pas la taille du fichier"));
    }
    // Hashed before the store is locked, so that other requests need not wait for it.
    let content = StoredContent::new(form.content);
    if hash.is_some_and(|hash| hash != content.hash) {
        return Err(ApiError::bad_request("« fileHash » n'est pas l'empreinte du fichier"));
    }
    let mut store = state.store();
    let placed = place(&mut store, &target, content, dates, caller)?;
    let object = ChangedObject::file(&store, placed.id);
    state.record_change(&mut store, UPLOAD_FILE, caller, headers, object);
    placed_response(&store, caller, placed, full)
}

fn parse_chunk(
    state: &ServerState,
    form: &UploadForm,
    index: u64,
    target: UploadTarget,
    dates: FileDates,
) -> Result<Chunk, ApiError> {
    let number = |name| RequestFields::required(name, form.number(name)?);
    let (chunks, size) = (number("chunks")?, number("fileSize")?);
    let limit = state.settings.upload_limit;
    if size > limit as u64 {
        return Err(ApiError::too_large(limit));
    }
    let key = ChunkKey { target, size, chunks };
    let chunk = Chunk { key, index, content: form.content.clone(), dates };
    chunk.check(number("chunksSize")?)?;
    Ok(chunk)
}

/// Responds to each chunk but the last with the index of the next one. The last chunk gets 423 while the file
/// is being assembled; sending it again polls for the file.
fn receive_chunk(store: &mut Store, caller: Caller, chunk: Chunk, full: bool) -> ApiResult {
    let key = chunk.key.clone();
    store.check_placement(key.target.folder, &key.target.name, caller)?;
    if let ChunkProgress::Expecting(next) = store.uploads.accept_chunk(caller, chunk)? {
        return Ok(ApiResponse::Intermediate(StatusCode::OK, json!([{ "missing": next }])));
    }
    let upload = store.uploads.assemble(&key).ok_or_else(ApiError::assembling)?;
    let placed = place_assembled(store, upload)?;
    placed_response(store, caller, placed, full)
}
