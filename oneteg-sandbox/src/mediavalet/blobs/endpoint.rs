//! Where requests to the storage arrive: what they want, and whether they may.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::super::gateway::{OWN_HEADERS, SUBSCRIPTION_KEY};
use super::super::room::Room;
use super::errors::BlobFailure;
use super::signature::STORAGE_VERSION;
use super::{read, write};

/// What the paths of blobs start with.
pub(crate) const PATH_PREFIX: &str = "/blob/";

/// The most bytes that one request may bring: 64 MiB.
const BODY_LIMIT: usize = 64 << 20;

/// A request to the storage, understood.
pub(super) struct BlobCall {
    pub(super) name: String,
    pub(super) headers: HeaderMap,
    pub(super) query: Vec<(String, String)>,
    pub(super) head: bool,
}

impl BlobCall {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header as text, if it is there and readable.
    pub(super) fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The operation that a request is for, by the name that faults and recordings have for it.
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

pub(crate) async fn endpoint(State(room): State<Arc<Room>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match answer(&room, parts, body).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    };
    let headers = response.headers_mut();
    let version = HeaderName::from_static("x-ms-version");
    headers.insert(version, HeaderValue::from_static(STORAGE_VERSION));
    response
}

async fn answer(room: &Arc<Room>, parts: Parts, body: Body) -> Result<Response, BlobFailure> {
    if parts.headers.keys().any(is_foreign) {
        room.leaks.fetch_add(1, Ordering::SeqCst);
        return Err(BlobFailure::leak());
    }
    let operation = operation_name(&parts.method, parts.uri.query())
        .ok_or_else(|| BlobFailure::query("The storage has no such operation."))?;
    let path = parts.uri.path().strip_prefix(PATH_PREFIX).unwrap_or_default();
    let name = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let query = parts.uri.query().unwrap_or_default();
    let call = BlobCall {
        name,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        head: parts.method == Method::HEAD,
        headers: parts.headers,
    };
    let needed: &[char] = if parts.method == Method::PUT { &['c', 'w'] } else { &['r'] };
    room.signer.check(&call.name, &call.query, needed, room.clock.now())?;
    match operation {
        "putBlob" => write::put_blob(room, &call, whole(&call, body).await?),
        "putBlock" => write::put_block(room, &call, whole(&call, body).await?),
        "putBlockList" => write::put_block_list(room, &call, whole(&call, body).await?).await,
        "getBlockList" => read::get_block_list(room, &call),
        _ => read::get_blob(room, &call).await,
    }
}

fn is_foreign(name: &HeaderName) -> bool {
    name == AUTHORIZATION || name == SUBSCRIPTION_KEY || name.as_str().starts_with(OWN_HEADERS)
}

/// The body, whose MD5 is what the request says it is.
async fn whole(call: &BlobCall, body: Body) -> Result<Bytes, BlobFailure> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| BlobFailure::too_large())?;
    write::check_md5(call, bytes).await
}
