//! An in-memory storage host with the part of Azure's Blob protocol that signed links need.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use futures_util::StreamExt as _;
use http::{
    HeaderMap, Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE},
};
use md5::{Digest as _, Md5};

#[derive(Default)]
pub(crate) struct BlobHost {
    url: Mutex<String>,
    blobs: Mutex<HashMap<String, Blob>>,
    /// The number of requests with a MediaValet credential. Must stay 0.
    pub(crate) leaks: AtomicU64,
    /// The requests: method, `comp`, and number of bytes.
    pub(crate) seen: Mutex<Vec<(Method, String, usize)>>,
    /// How many of the next blocks are received damaged.
    pub(crate) damage: AtomicU32,
    /// How many of the next reads break off half-way through.
    pub(crate) breaks: AtomicU32,
    /// What the next broken read waits for before it breaks off.
    pub(crate) hold: Mutex<Option<tokio::sync::oneshot::Receiver<()>>>,
    /// How long each block takes, in milliseconds.
    pub(crate) slow: AtomicU64,
    /// Whether it ignores the header with a CRC-64, as hosts do that do not know it.
    pub(crate) ignores_crc64: AtomicBool,
}

#[derive(Default, Clone)]
struct Blob {
    whole: Option<Bytes>,
    version: u64,
    committed: Vec<(String, usize)>,
    blocks: BTreeMap<String, Bytes>,
}

type Shared = State<Arc<BlobHost>>;

impl BlobHost {
    pub(crate) async fn start() -> Arc<Self> {
        let host = Arc::new(Self::default());
        let router = Router::new()
            .route("/c/{blob}", axum::routing::any(handle))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&host));
        *host.url.lock().unwrap() = super::serve(router).await;
        host
    }

    /// A signed link with these permissions and this lifetime in seconds.
    pub(crate) fn link(
        &self,
        blob: &str,
        permissions: &str,
        seconds: i64,
        signature: &str,
    ) -> String {
        let expiry =
            (Utc::now() + Duration::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let url = self.url.lock().unwrap();
        format!("{url}/c/{blob}?sv=2021-12-02&sp={permissions}&se={expiry}&sig={signature}")
    }

    pub(crate) fn bytes(&self, blob: &str) -> Option<Bytes> {
        self.blobs.lock().unwrap().get(blob)?.whole.clone()
    }

    pub(crate) fn put(&self, blob: &str, bytes: impl Into<Bytes>) {
        let mut blobs = self.blobs.lock().unwrap();
        let blob = blobs.entry(blob.to_owned()).or_default();
        blob.whole = Some(bytes.into());
        blob.version += 1;
    }

    pub(crate) fn puts(&self, comp: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(method, seen, _)| method == Method::PUT && seen == comp).count()
    }
}

/// The signature that is accepted.
pub(crate) const SIGNATURE: &str = "good%2Bsignature%3D";

fn refusal(status: u16, code: &'static str, message: &str) -> Response {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\
         \nRequestId:r-1\nTime:now</Message></Error>"
    );
    let headers = [("x-ms-error-code", code), ("content-type", "application/xml")];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}

async fn handle(
    State(host): Shared,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    uri: http::Uri,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if super::has_credential(&headers, &uri.to_string()) {
        host.leaks.fetch_add(1, SeqCst);
    }
    let comp = query.get("comp").cloned().unwrap_or_default();
    host.seen.lock().unwrap().push((method.clone(), comp.clone(), body.len()));
    let expiry: DateTime<Utc> = query["se"].parse().unwrap();
    if query["sig"] != "good+signature=" {
        return refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.");
    }
    if expiry <= Utc::now() {
        return refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.");
    }
    let needed = if method == Method::PUT { 'w' } else { 'r' };
    if !query["sp"].contains(needed) {
        let message = "This request is not authorized to perform this operation.";
        return refusal(403, "AuthorizationPermissionMismatch", message);
    }
    if method == Method::GET && comp.is_empty() {
        return read(&host, &name, &headers);
    }
    if method == Method::GET {
        return list(&host, &name);
    }
    let damaged = || {
        comp == "block"
            && host.damage.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    };
    let sent = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    match (sent("content-md5"), sent(CRC64)) {
        (Some(md5), None) => {
            if damaged() || BASE64.encode(Md5::digest(&body)) != md5 {
                return refusal(400, "Md5Mismatch", "The MD5 value specified did not match.");
            }
        }
        (None, Some(sent)) => {
            if damaged() || crc64(&body) != sent {
                return refusal(400, "Crc64Mismatch", "The CRC64 value specified did not match.");
            }
        }
        (None, None) => return refusal(400, "MissingRequiredHeader", "Content-MD5 is missing."),
        (Some(_), Some(_)) => return refusal(400, "InvalidInput", "Both checksums were sent."),
    }
    let confirmed = headers.contains_key(CRC64) && !host.ignores_crc64.load(SeqCst);
    let confirmed = confirmed.then(|| crc64(&body));
    if comp == "block" {
        let wait = host.slow.load(SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    }
    let mut blobs = host.blobs.lock().unwrap();
    let blob = blobs.entry(name).or_default();
    match &*comp {
        "block" => {
            blob.blocks.insert(query["blockid"].clone(), body);
        }
        "blocklist" => {
            let list = String::from_utf8(body.to_vec()).unwrap();
            let ids = list.split("<Latest>").skip(1).map(|rest| rest.split_once('<').unwrap().0);
            let mut whole = Vec::new();
            let mut committed = Vec::new();
            for id in ids {
                let Some(bytes) = blob.blocks.get(id) else {
                    return refusal(
                        400,
                        "InvalidBlockList",
                        "The specified block list is invalid.",
                    );
                };
                whole.extend_from_slice(bytes);
                committed.push((id.to_owned(), bytes.len()));
            }
            blob.whole = Some(whole.into());
            blob.committed = committed;
            blob.version += 1;
        }
        _ => {
            if headers.get("x-ms-blob-type").is_none_or(|kind| kind != "BlockBlob") {
                return refusal(400, "MissingRequiredHeader", "x-ms-blob-type is missing.");
            }
            blob.whole = Some(body);
            blob.version += 1;
        }
    }
    let mut response = StatusCode::CREATED.into_response();
    if let Some(checksum) = confirmed {
        response.headers_mut().insert(CRC64, checksum.parse().unwrap());
    }
    response
}

const CRC64: &str = "x-ms-content-crc64";

/// The CRC-64 of Azure Storage in Base64, bit by bit.
fn crc64(bytes: &[u8]) -> String {
    let step = |crc: u64| (crc >> 1) ^ ((crc & 1) * 0x9a6c_9329_ac4b_c9b5);
    let crc = bytes
        .iter()
        .fold(u64::MAX, |crc, byte| (0..8).fold(crc ^ u64::from(*byte), |crc, _| step(crc)));
    BASE64.encode((!crc).to_le_bytes())
}

fn list(host: &BlobHost, name: &str) -> Response {
    let blobs = host.blobs.lock().unwrap();
    let Some(blob) = blobs.get(name) else {
        return refusal(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let block = |id: &str, size| format!("<Block><Name>{id}</Name><Size>{size}</Size></Block>");
    let committed: String = blob.committed.iter().map(|(id, size)| block(id, *size)).collect();
    let open = blob.blocks.iter().filter(|(id, _)| !blob.committed.iter().any(|(of, _)| of == *id));
    let open: String = open.map(|(id, bytes)| block(id, bytes.len())).collect();
    format!(
        "<?xml version=\"1.0\"?><BlockList><CommittedBlocks>{committed}</CommittedBlocks>\
         <UncommittedBlocks>{open}</UncommittedBlocks></BlockList>"
    )
    .into_response()
}

fn read(host: &BlobHost, name: &str, headers: &HeaderMap) -> Response {
    let blobs = host.blobs.lock().unwrap();
    let Some((bytes, version)) = blobs.get(name).and_then(|b| Some((b.whole.clone()?, b.version)))
    else {
        return refusal(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let etag = format!("\"0x{version}\"");
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let same = header(IF_RANGE).is_none_or(|wanted| wanted == etag);
    let all = bytes.len();
    let (status, from, to) = match header(RANGE).filter(|_| same) {
        None => (StatusCode::OK, 0, all),
        Some(range) => {
            let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
            let to = to.parse().map_or(all, |last: usize| (last + 1).min(all));
            (StatusCode::PARTIAL_CONTENT, from.parse().unwrap(), to)
        }
    };
    if from > to || (from == to && all > 0) || (status == 206 && all == 0) {
        return refusal(416, "InvalidRange", "The range specified is invalid.");
    }
    let part = bytes.slice(from..to);
    let mut response = Response::builder().status(status).header(ETAG, etag);
    if status == StatusCode::PARTIAL_CONTENT {
        response = response.header(CONTENT_RANGE, format!("bytes {from}-{}/{all}", to - 1));
    }
    response = response.header(CONTENT_LENGTH, part.len());
    let breaks = host.breaks.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
    if !breaks {
        return response.body(part.into()).unwrap();
    }
    let half = part.slice(..part.len() / 2);
    let hold = host.hold.lock().unwrap().take();
    let broken = futures_util::stream::once(async { Ok(half) });
    let broken = broken.chain(futures_util::stream::once(async {
        if let Some(hold) = hold {
            let _ = hold.await;
        }
        Err(std::io::Error::other("connection broken"))
    }));
    response.body(axum::body::Body::from_stream(broken)).unwrap()
}
