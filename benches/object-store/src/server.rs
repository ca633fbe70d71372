//! A stand-in for MediaValet and for Azure's blob storage that keeps nothing, in a separate process: the cost of a
//! transfer is that of the client. Blobs are named after their size in MiB.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post, put},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::{
    BenchResult,
    doubles::azurite::{ACCOUNT, CONTAINER},
};

/// A piece of a download.
const PIECE: usize = 256 << 10;
const CRC64: &str = "x-ms-content-crc64";

/// The server's process. Dropping it ends the server.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    pub(crate) fn start() -> BenchResult<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn serve() -> BenchResult<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("{url}");
    let link = move |blob: &str| format!("{url}/{ACCOUNT}/{CONTAINER}/{blob}?sig=any");
    let (upload, original) = (link("upload"), link.clone());
    let entry = json!({"id": "upload", "uploadUrl": upload, "uploadFilename": "upload"});
    let asset = move |Path(id): Path<String>| {
        let media = json!({"original": original(&id)});
        async move { wrapped(json!({"id": id, "media": media})) }
    };
    let done = || async { wrapped(json!({})) };
    let router = Router::new()
        .route("/uploads", post(move || async move { wrapped(entry) }))
        .route("/uploads/{id}", put(done).patch(done))
        .route("/uploads/{id}/categories", post(done))
        .route("/categories/{id}", get(done))
        .route("/assets/{id}", get(asset))
        .route(&format!("/{ACCOUNT}/{CONTAINER}/{{blob}}"), any(blob));
    axum::serve(listener, router).await?;
    Ok(())
}

fn wrapped(payload: Value) -> Json<Value> {
    Json(json!({"payload": payload, "errors": [], "warnings": [], "meta": {}}))
}

async fn blob(Path(name): Path<String>, request: Request) -> Response {
    let headers = request.headers().clone();
    let tag = [(header::ETAG, "\"one\""), (header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT")];
    if request.method() == Method::PUT {
        let mut body = request.into_body().into_data_stream();
        while body.next().await.is_some() {}
        // As Azure does, which computes it.
        let confirmed = headers.get(CRC64).cloned().map(|checksum| [(CRC64, checksum)]);
        return match confirmed {
            Some(confirmed) => (StatusCode::CREATED, tag, confirmed).into_response(),
            None => (StatusCode::CREATED, tag).into_response(),
        };
    }
    match name.parse::<u64>() {
        Ok(mebibytes) => (tag, read(mebibytes << 20, &headers)).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn read(size: u64, headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).or_else(|| headers.get("x-ms-range"));
    let range = range.and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let (status, first, end) = match range {
        Some((first, last)) => {
            let end = last.parse::<u64>().map_or(size, |last| (last + 1).min(size));
            (StatusCode::PARTIAL_CONTENT, first.parse().unwrap_or_default(), end)
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
    ];
    (status, headers, Body::from_stream(pieces.map(Ok::<_, std::io::Error>))).into_response()
}
