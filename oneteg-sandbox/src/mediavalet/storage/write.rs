//! Put Blob, Put Block and Put Block List.

use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use super::block_list;
use super::errors::StorageError;
use super::request::StorageRequest;
use crate::mediavalet::state::{Blob, ServerState};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const BLOB_CONTENT_MD5: &str = "x-ms-blob-content-md5";

/// Compares the body with `Content-MD5`, if the request has one.
pub(super) async fn check_md5(
    request: &StorageRequest,
    bytes: Bytes,
) -> Result<Bytes, StorageError> {
    let Some(expected) = request.header(CONTENT_MD5) else { return Ok(bytes) };
    let expected =
        BASE64_STANDARD.decode(expected).ok().filter(|hash| hash.len() == 16).ok_or_else(|| {
            StorageError::invalid_header("Content-MD5 must be 16 bytes in Base64.")
        })?;
    // Hashing a large body takes long enough to hold up other requests on the same thread.
    let hashed = tokio::task::spawn_blocking(move || (Md5::digest(&bytes), bytes)).await;
    let (hash, bytes) = hashed.map_err(|_| StorageError::md5_mismatch())?;
    if hash.as_slice() == expected { Ok(bytes) } else { Err(StorageError::md5_mismatch()) }
}

pub(super) fn put_blob(
    state: &ServerState,
    request: &StorageRequest,
    bytes: Bytes,
) -> Result<Response, StorageError> {
    match request.header("x-ms-blob-type") {
        Some("BlockBlob") => {}
        Some(_) => return Err(StorageError::invalid_header("x-ms-blob-type must be BlockBlob.")),
        None => return Err(StorageError::missing_header("x-ms-blob-type is missing.")),
    }
    let mut store = state.store();
    let etag = store.blobs.next_etag();
    let mut blob = Blob::from_bytes(bytes, etag);
    set_properties(request, &mut blob);
    if blob.content_md5.is_none() {
        blob.content_md5 = request.header(CONTENT_MD5).map(str::to_owned);
    }
    let etag = store.blobs.put(&request.blob_name, blob).etag.clone();
    drop(store);
    state.monitor.recording.record_write("putBlob");
    Ok(created(Some(&etag)))
}

pub(super) fn put_block(
    state: &ServerState,
    request: &StorageRequest,
    bytes: Bytes,
) -> Result<Response, StorageError> {
    let id = request.query("blockid").unwrap_or_default();
    let length = BASE64_STANDARD.decode(id).map_or(0, |decoded| decoded.len());
    if !(1..=64).contains(&length) {
        return Err(StorageError::invalid_query("blockid must be 1 to 64 bytes in Base64."));
    }
    if bytes.is_empty() {
        return Err(StorageError::invalid_header("A block must not be empty."));
    }
    state.store().blobs.put_block(&request.blob_name, id, bytes)?;
    state.monitor.recording.record_write("putBlock");
    Ok(created(None))
}

pub(super) async fn put_block_list(
    state: &ServerState,
    request: &StorageRequest,
    body: Bytes,
) -> Result<Response, StorageError> {
    let list = block_list::parse(&body)?;
    let blob = {
        let mut store = state.store();
        let mut blob = store.blobs.commit(&request.blob_name, &list)?;
        set_properties(request, &mut blob);
        store.blobs.put(&request.blob_name, blob)
    };
    state.monitor.recording.record_write("putBlockList");
    let response = created(Some(&blob.etag));
    // Computed now, because the API needs the hash while it holds the lock. If this fails, the hash is
    // computed then.
    let _ = tokio::task::spawn_blocking(move || blob.md5()).await;
    Ok(response)
}

/// Sets the properties that the request specifies for the whole blob.
fn set_properties(request: &StorageRequest, blob: &mut Blob) {
    let content_type =
        request.header("x-ms-blob-content-type").or_else(|| request.header(CONTENT_TYPE));
    blob.content_type = content_type.map(str::to_owned);
    blob.content_md5 = request.header(BLOB_CONTENT_MD5).map(str::to_owned);
}

fn created(etag: Option<&str>) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    if let Some(Ok(etag)) = etag.map(HeaderValue::from_str) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}
