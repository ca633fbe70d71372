//! Get Blob, with conditions and a single range, and Get Block List.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_range_header::RangeUnsatisfiableError;

use super::block_list;
use super::errors::StorageError;
use super::request::StorageRequest;
use crate::mediavalet::state::{Blob, ServerState};

pub(super) fn get_block_list(
    state: &ServerState,
    request: &StorageRequest,
) -> Result<Response, StorageError> {
    let (committed, uncommitted) = match request.query("blocklisttype").unwrap_or("committed") {
        "committed" => (true, false),
        "uncommitted" => (false, true),
        "all" => (true, true),
        _ => {
            return Err(StorageError::invalid_query(
                "blocklisttype must be committed, uncommitted or all.",
            ));
        }
    };
    let store = state.store();
    let uncommitted_blocks =
        store.blobs.uncommitted(&request.blob_name).ok_or_else(StorageError::not_found)?;
    let blob = store.blobs.get(&request.blob_name);
    let blocks = blob.as_deref().map(Blob::blocks).unwrap_or_default().iter();
    let committed_blocks: Vec<_> =
        blocks.filter_map(|block| Some((block.id.clone()?, block.bytes.len()))).collect();
    let body = block_list::write(
        committed.then_some(committed_blocks.as_slice()),
        uncommitted.then_some(uncommitted_blocks.as_slice()),
    );
    Ok(([(CONTENT_TYPE, "application/xml")], body).into_response())
}

pub(super) async fn get_blob(
    state: &ServerState,
    request: &StorageRequest,
) -> Result<Response, StorageError> {
    let stored = {
        let store = state.store();
        let stored = store.blobs.get(&request.blob_name);
        stored.or_else(|| store.assets.generated_blob(&request.blob_name))
    };
    let blob = match stored {
        Some(blob) => blob,
        None => rendition(state, &request.blob_name).await.ok_or_else(StorageError::not_found)?,
    };
    let matches = |header| request.header(header).map(|tag: &str| tag == "*" || tag == blob.etag);
    if matches(IF_MATCH) == Some(false) {
        return Err(StorageError::condition_not_met());
    }
    if matches(IF_NONE_MATCH) == Some(true) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(blob_response(request, &blob))
}

/// A rendition, which is scaled on the first request for it.
async fn rendition(state: &ServerState, blob_name: &str) -> Option<Arc<Blob>> {
    let (file, kind) = state.store().lookup_rendition(blob_name)?;
    // Scaling takes long enough to hold up other requests on the same thread.
    tokio::task::spawn_blocking(move || file.rendition(kind)).await.ok()?
}

/// The whole blob, or the one requested range (RFC 9110, section 14). A request for several ranges, in another
/// unit, or with a malformed range gets the whole blob.
fn blob_response(request: &StorageRequest, blob: &Blob) -> Response {
    let unchanged = request.header(IF_RANGE).is_none_or(|tag| tag == blob.etag);
    let range =
        request.header("x-ms-range").or_else(|| request.header(RANGE)).filter(|_| unchanged);
    let ranges = match range.and_then(|range| http_range_header::parse_range_header(range).ok()) {
        // An empty file has no first byte (RFC 9110, section 14.1.2).
        Some(_) if blob.length == 0 => Err(RangeUnsatisfiableError::RangeReversed),
        Some(parsed) => parsed.validate(blob.length),
        None => Ok(Vec::new()),
    };
    let total = blob.length;
    let (status, start, end, content_range) = match ranges.as_deref() {
        Err(_) => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0, Some(format!("bytes */{total}"))),
        Ok([range]) => {
            let (first, last) = (*range.start(), *range.end());
            let content_range = format!("bytes {first}-{last}/{total}");
            (StatusCode::PARTIAL_CONTENT, first, last + 1, Some(content_range))
        }
        Ok(_) => (StatusCode::OK, 0, total, None),
    };
    let body = if request.head {
        Body::empty()
    } else {
        let slices = blob.slices(start, end).into_iter().map(Ok::<_, std::convert::Infallible>);
        Body::from_stream(stream::iter(slices))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(end - start));
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
    // With a partial response, Azure sends the hash of the whole blob under another name.
    let hash_name = if status == StatusCode::OK { "content-md5" } else { "x-ms-blob-content-md5" };
    if let Some(hash) = &blob.content_md5 {
        set(HeaderName::from_static(hash_name), hash);
    }
    response
}
