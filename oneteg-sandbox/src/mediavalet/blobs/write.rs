//! Put Blob, Put Block and Put Block List.

use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use super::super::room::Room;
use super::blob::Blob;
use super::block_list;
use super::endpoint::BlobCall;
use super::errors::BlobFailure;

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const BLOB_CONTENT_MD5: &str = "x-ms-blob-content-md5";

/// Compares `Content-MD5` with what came.
pub(super) async fn check_md5(call: &BlobCall, bytes: Bytes) -> Result<Bytes, BlobFailure> {
    let Some(said) = call.header(CONTENT_MD5) else { return Ok(bytes) };
    let said = BASE64_STANDARD
        .decode(said)
        .ok()
        .filter(|hash| hash.len() == 16)
        .ok_or_else(|| BlobFailure::header("Content-MD5 must be 16 bytes in Base64."))?;
    // Of a large body this takes a while; other requests go on meanwhile.
    let hashed = tokio::task::spawn_blocking(move || (Md5::digest(&bytes), bytes)).await;
    let (hash, bytes) = hashed.map_err(|_| BlobFailure::md5())?;
    if hash.as_slice() == said { Ok(bytes) } else { Err(BlobFailure::md5()) }
}

pub(super) fn put_blob(
    room: &Room,
    call: &BlobCall,
    bytes: Bytes,
) -> Result<Response, BlobFailure> {
    match call.header("x-ms-blob-type") {
        Some("BlockBlob") => {}
        Some(_) => return Err(BlobFailure::header("x-ms-blob-type must be BlockBlob.")),
        None => return Err(BlobFailure::missing_header("x-ms-blob-type is missing.")),
    }
    let mut store = room.store();
    let etag = store.blobs.next_etag();
    let mut blob = Blob::of(bytes, etag);
    describe(call, &mut blob);
    if blob.content_md5.is_none() {
        blob.content_md5 = call.header(CONTENT_MD5).map(str::to_owned);
    }
    let etag = store.blobs.put(&call.name, blob).etag.clone();
    drop(store);
    room.monitor.recording.record_write("putBlob");
    Ok(created(Some(&etag)))
}

pub(super) fn put_block(
    room: &Room,
    call: &BlobCall,
    bytes: Bytes,
) -> Result<Response, BlobFailure> {
    let id = call.query("blockid").unwrap_or_default();
    let length = BASE64_STANDARD.decode(id).map_or(0, |decoded| decoded.len());
    if !(1..=64).contains(&length) {
        return Err(BlobFailure::query("blockid must be 1 to 64 bytes in Base64."));
    }
    if bytes.is_empty() {
        return Err(BlobFailure::header("A block must not be empty."));
    }
    room.store().blobs.put_block(&call.name, id, bytes)?;
    room.monitor.recording.record_write("putBlock");
    Ok(created(None))
}

pub(super) async fn put_block_list(
    room: &Room,
    call: &BlobCall,
    body: Bytes,
) -> Result<Response, BlobFailure> {
    let list = block_list::parse(&body)?;
    let blob = {
        let mut store = room.store();
        let mut blob = store.blobs.commit(&call.name, &list)?;
        describe(call, &mut blob);
        store.blobs.put(&call.name, blob)
    };
    room.monitor.recording.record_write("putBlockList");
    let response = created(Some(&blob.etag));
    // Asked for later with the state locked, when it should be known. A failure changes nothing.
    let _ = tokio::task::spawn_blocking(move || blob.md5()).await;
    Ok(response)
}

/// Takes over what the request says of the whole.
fn describe(call: &BlobCall, blob: &mut Blob) {
    let said = call.header("x-ms-blob-content-type").or_else(|| call.header(CONTENT_TYPE));
    blob.content_type = said.map(str::to_owned);
    blob.content_md5 = call.header(BLOB_CONTENT_MD5).map(str::to_owned);
}

fn created(etag: Option<&str>) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    if let Some(Ok(etag)) = etag.map(HeaderValue::from_str) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}
