//! Get Blob, with conditions and single ranges, and Get Block List.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::super::room::Room;
use super::blob::Blob;
use super::block_list;
use super::endpoint::BlobCall;
use super::errors::BlobFailure;

pub(super) fn get_block_list(room: &Room, call: &BlobCall) -> Result<Response, BlobFailure> {
    let (committed, uncommitted) = match call.query("blocklisttype").unwrap_or("committed") {
        "committed" => (true, false),
        "uncommitted" => (false, true),
        "all" => (true, true),
        _ => {
            return Err(BlobFailure::query("blocklisttype must be committed, uncommitted or all."));
        }
    };
    let store = room.store();
    let waiting = store.blobs.uncommitted(&call.name).ok_or_else(BlobFailure::not_found)?;
    let blob = store.blobs.get(&call.name);
    let blocks = blob.as_deref().map(Blob::blocks).unwrap_or_default().iter();
    let there: Vec<_> =
        blocks.filter_map(|block| Some((block.id.clone()?, block.bytes.len()))).collect();
    let body = block_list::write(
        committed.then_some(there.as_slice()),
        uncommitted.then_some(waiting.as_slice()),
    );
    Ok(([(CONTENT_TYPE, "application/xml")], body).into_response())
}

pub(super) async fn get_blob(room: &Room, call: &BlobCall) -> Result<Response, BlobFailure> {
    let found = room.store().blobs.get(&call.name);
    let blob = match found {
        Some(blob) => blob,
        None => rendition(room, &call.name).await.ok_or_else(BlobFailure::not_found)?,
    };
    let names = |header| call.header(header).map(|tags: &str| tags == "*" || tags == blob.etag);
    if names(IF_MATCH) == Some(false) {
        return Err(BlobFailure::condition());
    }
    if names(IF_NONE_MATCH) == Some(true) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(respond(call, &blob))
}

/// A scaled picture, made when it is first asked for.
async fn rendition(room: &Room, name: &str) -> Option<Arc<Blob>> {
    let (file, kind) = room.store().rendition_named(name)?;
    let scaled = tokio::task::spawn_blocking(move || file.scaled(kind)).await.ok()??;
    Some(scaled)
}

/// The whole, or the one range asked for (RFC 9110, section 14). Several ranges, other units and malformed
/// ranges are answered with the whole.
fn respond(call: &BlobCall, blob: &Blob) -> Response {
    let unchanged = call.header(IF_RANGE).is_none_or(|tag| tag == blob.etag);
    let range = call.header("x-ms-range").or_else(|| call.header(RANGE)).filter(|_| unchanged);
    let asked = match range.and_then(|range| http_range_header::parse_range_header(range).ok()) {
        Some(parsed) => parsed.validate(blob.length),
        None => Ok(Vec::new()),
    };
    let total = blob.length;
    let (status, first, after, content_range) = match asked.as_deref() {
        Err(_) => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0, Some(format!("bytes */{total}"))),
        Ok([one]) => {
            let (first, last) = (*one.start(), *one.end());
            let part = format!("bytes {first}-{last}/{total}");
            (StatusCode::PARTIAL_CONTENT, first, last + 1, Some(part))
        }
        Ok(_) => (StatusCode::OK, 0, total, None),
    };
    let body = if call.head {
        Body::empty()
    } else {
        let slices = blob.slices(first, after).into_iter().map(Ok::<_, std::convert::Infallible>);
        Body::from_stream(stream::iter(slices))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(after - first));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert("x-ms-blob-type", HeaderValue::from_static("BlockBlob"));
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(ETAG, &blob.etag);
    set(CONTENT_TYPE, blob.content_type.as_deref().unwrap_or("application/octet-stream"));
    if let Some(content_range) = content_range {
        set(CONTENT_RANGE, &content_range);
    }
    // Of a part, Azure sends the whole's hash under its other name.
    let hash_name = if status == StatusCode::OK { "content-md5" } else { "x-ms-blob-content-md5" };
    if let Some(hash) = &blob.content_md5 {
        set(HeaderName::from_static(hash_name), hash);
    }
    response
}
