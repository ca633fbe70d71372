//! Servers of any size that keep nothing: lists, uploads and downloads, in a separate process, so that only the
//! client's memory is measured.

use std::{
    io::BufRead as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, head, post, put},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};

/// A piece of a download.
const PIECE: usize = 256 << 10;

/// The server's process. Dropping it ends the server.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    /// Starts a server whose lists have a number of items.
    pub(crate) fn start(items: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &items.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The one upload at a time.
#[derive(Default)]
struct Upload {
    name: String,
    size: u64,
    offset: u64,
}

struct Server {
    items: u64,
    upload: Mutex<Upload>,
}

pub(crate) async fn serve(items: u64) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let server = Arc::new(Server { items, upload: Mutex::default() });
    let router = Router::new()
        .route("/assets", get(assets))
        .route("/api/folder/{id}", get(folder))
        .route("/api/file/{mebibytes}/download", get(download))
        .route("/api/file/tus", post(open_or_close))
        .route("/api/tus", post(create))
        .route("/api/tus/1", head(offset).patch(append))
        .route("/uploads", post(begin_blocks))
        .route("/uploads/{id}", put(wrapped).patch(wrapped))
        .route("/uploads/{id}/categories", post(wrapped))
        .route("/categories/{id}", get(wrapped))
        .route("/blob", put(block))
        .with_state(server);
    axum::serve(listener, router).await.unwrap();
}

#[derive(Deserialize)]
struct Page {
    count: u64,
    #[serde(default)]
    offset: u64,
}

async fn assets(State(server): State<Arc<Server>>, Query(page): Query<Page>) -> Json<Value> {
    let end = page.offset.saturating_add(page.count).min(server.items);
    let asset = |id: u64| {
        json!({
            "id": format!("00000000-0000-4000-8000-{id:012}"),
            "title": format!("Asset {id}"), "description": "A harbour at dawn", "isActive": true,
            "record": {"createdAt": "2024-05-06T07:08:09Z"},
            "file": {"fileName": format!("asset-{id}.jpg"), "fileType": "jpg", "sizeInBytes": 93_336},
        })
    };
    let assets: Vec<Value> = (page.offset..end).map(asset).collect();
    Json(json!({
        "payload": {"assets": assets, "assetCount": server.items},
        "recordCount": {"totalRecordsFound": server.items, "recordsReturned": assets.len()},
        "errors": [], "warnings": [], "meta": {},
    }))
}

async fn wrapped() -> Json<Value> {
    Json(json!({"payload": {}, "errors": [], "warnings": [], "meta": {}}))
}

/// Begins an upload in blocks, whose link leads to this server.
async fn begin_blocks(headers: HeaderMap) -> Json<Value> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let link = format!("http://{host}/blob?sig=any");
    let entry = json!({"id": "one", "uploadUrl": link, "uploadFilename": "one"});
    Json(json!({"payload": entry, "errors": [], "warnings": [], "meta": {}}))
}

async fn block(request: Request) -> StatusCode {
    let mut body = request.into_body().into_data_stream();
    while body.next().await.is_some() {}
    StatusCode::CREATED
}

async fn folder(Path(id): Path<u64>) -> Json<Value> {
    Json(json!({"id": id, "name": format!("Folder {id}")}))
}

async fn download(Path(mebibytes): Path<u64>, headers: HeaderMap) -> impl IntoResponse {
    let size = mebibytes << 20;
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let (status, first, end) = match range {
        Some((first, last)) => {
            let first: u64 = first.parse().unwrap();
            let end = last.parse::<u64>().map_or(size, |last| (last + 1).min(size));
            (StatusCode::PARTIAL_CONTENT, first, end)
        }
        None => (StatusCode::OK, 0, size),
    };
    let pieces = stream::unfold(end - first, |left| async move {
        let piece = left.min(PIECE as u64);
        (piece > 0).then(|| (Bytes::from_static(&[7; PIECE]).slice(..piece as usize), left - piece))
    });
    let headers = [
        (header::CONTENT_LENGTH, (end - first).to_string()),
        (header::CONTENT_RANGE, format!("bytes {first}-{}/{size}", end.saturating_sub(1))),
        (header::ETAG, "\"one\"".to_owned()),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
    ];
    (status, headers, Body::from_stream(pieces.map(Ok::<_, std::io::Error>)))
}

/// Opens an upload, or closes it if the body has its token.
async fn open_or_close(State(server): State<Arc<Server>>, Json(call): Json<Value>) -> Json<Value> {
    let mut upload = server.upload.lock().unwrap();
    if call["token"].is_null() {
        let name = call["name"].as_str().unwrap_or_default().to_owned();
        *upload = Upload { name, size: call["size"].as_u64().unwrap(), offset: 0 };
        return Json(json!([{"sessionKey": "one"}]));
    }
    assert_eq!(upload.offset, upload.size);
    Json(json!({"id": 1, "name": upload.name, "size": upload.size, "parent_id": 42}))
}

async fn create() -> impl IntoResponse {
    (StatusCode::CREATED, [("tus-resumable", "1.0.0"), ("location", "/api/tus/1")])
}

async fn offset(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let offset = server.upload.lock().unwrap().offset;
    (StatusCode::OK, [("tus-resumable", "1.0.0".to_owned()), ("upload-offset", offset.to_string())])
}

async fn append(State(server): State<Arc<Server>>, request: Request) -> impl IntoResponse {
    let mut body = request.into_body().into_data_stream();
    while let Some(Ok(bytes)) = body.next().await {
        server.upload.lock().unwrap().offset += bytes.len() as u64;
    }
    let offset = server.upload.lock().unwrap().offset;
    let headers = [("tus-resumable", "1.0.0".to_owned()), ("upload-offset", offset.to_string())];
    (StatusCode::NO_CONTENT, headers)
}
