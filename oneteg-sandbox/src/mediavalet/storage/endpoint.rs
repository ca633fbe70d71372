//! The endpoint of the storage: identifies the operation, checks that it is permitted, and runs it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use url::form_urlencoded;

use super::errors::StorageError;
use super::request::StorageRequest;
use super::{read, write};
use crate::mediavalet::gateway::{CUSTOM_HEADER_PREFIX, SUBSCRIPTION_KEY};
use crate::mediavalet::shared_access::STORAGE_VERSION;
use crate::mediavalet::state::ServerState;

/// The largest body of a request, in bytes.
const BODY_LIMIT: usize = 64 << 20;

/// The name that recordings and faults use for the operation of a request.
pub(crate) fn operation_name(method: &Method, query: Option<&str>) -> Option<&'static str> {
    let comp = query
        .and_then(|query| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "comp"))
        .map(|(_, value)| value.into_owned());
    match (method.as_str(), comp.as_deref()) {
        ("PUT", None) => Some("putBlob"),
        ("PUT", Some("block")) => Some("putBlock"),
        ("PUT", Some("blocklist")) => Some("putBlockList"),
        ("GET", Some("blocklist")) => Some("getBlockList"),
        ("GET" | "HEAD", None) => Some("getBlob"),
        _ => None,
    }
}

pub(crate) async fn endpoint(State(state): State<Arc<ServerState>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match run(&state, parts, body).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let version = HeaderName::from_static("x-ms-version");
    response.headers_mut().insert(version, HeaderValue::from_static(STORAGE_VERSION));
    response
}

async fn run(state: &ServerState, parts: Parts, body: Body) -> Result<Response, StorageError> {
    if parts.headers.keys().any(is_meant_for_api) {
        state.leaked_credentials.fetch_add(1, Ordering::SeqCst);
        return Err(StorageError::leaked_credential());
    }
    let operation = operation_name(&parts.method, parts.uri.query())
        .ok_or_else(|| StorageError::invalid_query("The storage has no such operation."))?;
    let accepted: &[char] = if parts.method == Method::PUT { &['c', 'w'] } else { &['r'] };
    let request = StorageRequest::new(parts);
    state.signer.check(&request.blob_name, &request.query, accepted, state.clock.now())?;
    match operation {
        "putBlob" => write::put_blob(state, &request, checked_body(&request, body).await?),
        "putBlock" => write::put_block(state, &request, checked_body(&request, body).await?),
        "putBlockList" => {
            write::put_block_list(state, &request, checked_body(&request, body).await?).await
        }
        "getBlockList" => read::get_block_list(state, &request),
        _ => read::get_blob(state, &request).await,
    }
}

/// Whether a header carries a credential of MediaValet, or is one of its custom headers.
fn is_meant_for_api(name: &HeaderName) -> bool {
    name == AUTHORIZATION
        || name == SUBSCRIPTION_KEY
        || name.as_str().starts_with(CUSTOM_HEADER_PREFIX)
}

/// Reads the body and compares it with the MD5 in the request.
async fn checked_body(request: &StorageRequest, body: Body) -> Result<Bytes, StorageError> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| StorageError::too_large())?;
    write::check_md5(request, bytes).await
}
