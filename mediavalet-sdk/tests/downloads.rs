//! Downloads from storage hosts that misbehave, and resumption over files that changed.
#![allow(clippy::unwrap_used, clippy::panic)]

mod doubles;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode},
    routing::get,
};
use doubles::{client, content, serve};
use mediavalet_sdk::{Checksum, Client, ErrorKind, download::Rendition};
use serde_json::json;
use tokio::sync::Semaphore;

/// How the storage host behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Host {
    Correct,
    /// Sends ranges of another version after the second request, regardless of `If-Range`.
    Changes,
    /// Responds 202, as if the file were not ready.
    Pending,
    /// Sends compressed content.
    Compressed,
    /// Sends an HTML page.
    Page,
    /// Redirects to a sign-in page.
    Redirects,
}

#[derive(Clone)]
struct Storage {
    host: Host,
    requests: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

const LENGTH: usize = 4000;

async fn blob(State(storage): State<Storage>, headers: HeaderMap) -> Response<Body> {
    storage.gate.acquire().await.unwrap().forget();
    let n = storage.requests.fetch_add(1, SeqCst);
    let page = || Response::builder().header("content-type", "text/html");
    let response = match storage.host {
        Host::Correct | Host::Changes => Response::builder(),
        Host::Pending => {
            return Response::builder().status(202).body(Body::from("{}")).unwrap();
        }
        Host::Compressed => Response::builder().header("content-encoding", "br"),
        Host::Page => return page().body(Body::from("<html>Sign in</html>")).unwrap(),
        Host::Redirects => {
            let moved = Response::builder().status(302).header("location", "/login");
            return moved.body(Body::empty()).unwrap();
        }
    };
    let newer = storage.host == Host::Changes && n >= 2;
    let bytes = content(LENGTH + usize::from(newer))[usize::from(newer)..].to_vec();
    let response = response.header("etag", if newer { "\"2\"" } else { "\"1\"" });
    let Some(range) = headers.get("range") else {
        return response.body(Body::from(bytes)).unwrap();
    };
    let (from, to) = range.to_str().unwrap()["bytes=".len()..].split_once('-').unwrap();
    let from: usize = from.parse().unwrap();
    let to = to.parse().map_or(LENGTH, |to: usize| (to + 1).min(LENGTH));
    let response = response.status(StatusCode::PARTIAL_CONTENT);
    let response = response.header("content-range", format!("bytes {from}-{}/{LENGTH}", to - 1));
    response.body(Body::from(bytes[from..to].to_vec())).unwrap()
}

async fn start(host: Host) -> (Client, Storage) {
    let storage = Storage {
        host,
        requests: Arc::default(),
        gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
    };
    let router = Router::new()
        .route("/container/blob", get(blob))
        .route("/login", get(|| async { axum::response::Html("<html>Sign in</html>") }))
        .with_state(storage.clone());
    let url = serve(router).await;
    let asset = json!({"id": "a", "media": {"original": format!("{url}/container/blob")}});
    let asset = json!({"apiVersion": "1.2", "warnings": [], "errors": [], "payload": asset});
    let api = Router::new().route("/assets/a", get(move || async move { Json(asset) }));
    (client(&serve(api).await), storage)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_host_that_sends_something_else_creates_no_file() {
    for (host, file, stream) in [
        (Host::Changes, ErrorKind::Integrity, None),
        (Host::Pending, ErrorKind::Locked, Some(ErrorKind::Locked)),
        (Host::Compressed, ErrorKind::Integrity, Some(ErrorKind::Integrity)),
        (Host::Page, ErrorKind::Html, None),
        (Host::Redirects, ErrorKind::Html, Some(ErrorKind::Html)),
    ] {
        let (client, _) = start(host).await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("harbour.jpg");
        std::fs::write(&to, "old").unwrap();
        let download = || client.download("a", Rendition::Original);
        let error = download().to_file(&to).part_size(500).parallel(1).send().await.unwrap_err();
        assert_eq!(error.kind(), file, "{host:?}");
        assert_eq!(std::fs::read(&to).unwrap(), b"old", "{host:?}");
        if let Some(kind) = stream {
            assert_eq!(download().stream().await.unwrap_err().kind(), kind, "{host:?}");
        }
    }
}

#[tokio::test]
async fn a_download_is_resumed_only_if_its_partial_file_is_left() {
    for damaged in [false, true] {
        let (client, storage) = start(Host::Correct).await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("harbour.jpg");
        let download =
            || client.download("a", Rendition::Original).to_file(&to).part_size(500).parallel(1);
        storage.gate.forget_permits(Semaphore::MAX_PERMITS);
        storage.gate.add_permits(4);
        let mut first = download().start();
        first.progress().wait_for(|now| now.done == 2000).await.unwrap();
        first.cancel();
        first.wait().await.unwrap_err();
        storage.gate.add_permits(1000);
        let left = names(folder.path());
        assert_eq!(left.len(), 1);
        if damaged {
            std::fs::remove_file(folder.path().join(&left[0])).unwrap();
        }
        let result = download().resume(first.state()).send().await;
        if damaged {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Integrity);
            assert_eq!(names(folder.path()).len(), 0);
        } else {
            assert_eq!(result.unwrap(), LENGTH as u64);
            assert!(std::fs::read(&to).unwrap() == content(LENGTH));
            assert_eq!(names(folder.path()), ["harbour.jpg"]);
        }
    }
}

#[tokio::test]
async fn an_invalid_checksum_fails_before_anything_is_requested() {
    let (client, storage) = start(Host::Correct).await;
    let folder = tempfile::tempdir().unwrap();
    let download = client.download("a", Rendition::Original).to_file(folder.path().join("a"));
    let error = download.checksum(Checksum::md5("none")).send().await.unwrap_err();
    assert_eq!((error.kind(), storage.requests.load(SeqCst)), (ErrorKind::InvalidRequest, 0));
}
