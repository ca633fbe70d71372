//! Downloaded files and archives on disk: complete, with the right checksum, and in the right place.

use std::time::Duration;

use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use futures_util::StreamExt;
use netexplorer_sdk::{Checksum, Client, ErrorKind, RetryPolicy, upload::UploadMethod};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::platform::{CANARY, Platform};

async fn serve(router: Router) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Client::builder(url).access_token(CANARY).build().unwrap()
}

/// A client of a server that responds to everything with these bytes and closes the connection.
async fn client_with_bytes(response: &'static [u8]) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = connection.read_u8().await else { break };
                head.push(byte);
            }
            let _ = connection.write_all(response).await;
            let _ = connection.shutdown().await;
        }
    });
    Client::builder(url).access_token(CANARY).retry(RetryPolicy::none()).build().unwrap()
}

#[tokio::test]
async fn a_torn_archive_does_not_take_the_place_of_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.zip");
    let responses: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\nPK\x03\x04 and a part of the rest",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nPK\x03\x04 begi\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\nPK",
        b"HTTP/1.1 202 Accepted\r\ncontent-length: 4\r\n\r\nPK\x03\x04",
    ];
    for existing in [None, Some(b"PK\x03\x04 complete")] {
        if let Some(existing) = existing {
            std::fs::write(&path, existing).unwrap();
        }
        for response in responses {
            client_with_bytes(response).await.zip().save(&path).await.unwrap_err();
            let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
            assert_eq!(left.len(), usize::from(existing.is_some()), "{left:?}");
            assert_eq!(
                std::fs::read(&path).ok().as_deref(),
                existing.map(|existing| &existing[..])
            );
        }
    }
    let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nPK\x03\x04 whole";
    assert_eq!(client_with_bytes(whole).await.zip().save(&path).await.unwrap(), 10);
    assert_eq!(std::fs::read(&path).unwrap(), b"PK\x03\x04 whole");
    let mode = std::fs::symlink_metadata(&path).unwrap();
    assert!(mode.is_file());
}

#[tokio::test]
async fn waiting_for_a_file_ends_when_the_folder_cannot_be_read() {
    let folder = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\
                   {\"id\":42,\"content\":{\"files\":\"two\"}}";
    let upload = client_with_bytes(folder).await.upload(42, vec![1; 10]).name("a").piece_size(5);
    let upload = upload.method(UploadMethod::Chunked).assembly_timeout(Duration::MAX);
    let error = upload.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
}

#[tokio::test]
async fn a_page_in_place_of_an_archive_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.zip");
    for (response, kind) in [
        (
            &b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n\xef\xbb\xbf\n <html>Sign in"[..],
            ErrorKind::Html,
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n<!-- x --><p>Sign in", ErrorKind::Html),
        (b"HTTP/1.1 200 OK\r\n\r\n{\"error\":\"no\"}", ErrorKind::Integrity),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ErrorKind::Integrity),
    ] {
        let error = client_with_bytes(response).await.zip().save(&path).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn an_archive_is_not_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let path = folder.path().join("both.zip");
    #[cfg(unix)]
    for link in [path.clone(), folder.path().join("both.zip.part")] {
        std::os::unix::fs::symlink(&victim, link).unwrap();
    }
    let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nPK\x03\x04 whole";
    client_with_bytes(whole).await.zip().save(&path).await.unwrap();
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    assert!(std::fs::symlink_metadata(&path).unwrap().is_file());
}

#[tokio::test]
async fn a_download_is_compared_with_the_platforms_checksum() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    let file = client.upload(10, b"abc".to_vec()).name("a.txt").send().await.unwrap();
    let id = file.file.id;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let right = Checksum::md5("900150983CD24FB0D6963F7D28E17F72");
    assert_eq!(client.download(id).to_file(&path).checksum(right).send().await.unwrap(), 3);
    let wrong = Checksum::md5("900150983cd24fb0d6963f7d28e17f73");
    let error = client.download(id).to_file(&path).checksum(wrong).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[tokio::test]
async fn a_sign_in_page_is_not_a_film() {
    let page = || async { ([(header::CONTENT_TYPE, "text/html")], "<html>Connexion</html>") };
    let moved = || async { (StatusCode::FOUND, [(header::LOCATION, "/login")]) };
    let pending =
        || async { (StatusCode::ACCEPTED, Json(json!({"status": "pending"}))).into_response() };
    let client = serve(
        Router::new()
            .route("/api/file/1/download", get(moved))
            .route("/api/file/2/download", get(page))
            .route("/api/file/3/download", get(pending))
            .route("/login", get(page)),
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    for (id, name, kind) in [
        (1, "film", ErrorKind::Html),
        (2, "film.mov", ErrorKind::Html),
        (3, "film.mov", ErrorKind::Locked),
    ] {
        let error = client.download(id).to_file(folder.path().join(name)).send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{id}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    // A page that is the file itself.
    assert_eq!(
        client.download(2).to_file(folder.path().join("page.html")).send().await.unwrap(),
        22
    );
}

#[tokio::test]
async fn a_walk_stays_in_its_tree() {
    // Longer than a file name may be, with nothing or a device name left after the cut.
    let (spaces, dots) = (" ".repeat(300), ".".repeat(300) + "no extension, this is");
    let device = format!("NUL{spaces}x");
    let hostile = [
        &*spaces,
        &*dots,
        &*device,
        "../../.ssh/authorized_keys",
        "/etc/cron.d/x",
        "C:\\Windows\\x",
        "..",
        ".",
        "",
        "NUL",
        "a\0b",
        "plain.txt",
        "Plain.txt",
        "a/b",
        "a%2Fb",
    ];
    let named = |first: i64| {
        let entries = hostile.iter().zip(first..);
        entries.map(|(name, id)| json!({"id": id, "name": name})).collect::<Vec<_>>()
    };
    let (files, mut folders) = (named(100), named(200));
    folders.push(json!({"id": 300}));
    let top = json!({"id": 1, "content": {"files": files, "folders": folders}});
    let below =
        json!({"id": 2, "content": {"files": [{"id": 3, "name": "../escaped"}], "folders": []}});
    let folder = move |axum::extract::Path(id): axum::extract::Path<i64>| {
        let content = if id == 1 { top.clone() } else { below.clone() };
        async move { Json(content) }
    };
    let client = serve(Router::new().route("/api/folder/{id}", get(folder))).await;
    let found: Vec<_> = client.walk(1).map(Result::unwrap).collect().await;
    assert_eq!(found.len(), 15 + 16 + 16);
    let root = std::path::Path::new("root");
    let mut paths = std::collections::HashSet::new();
    for found in &found {
        let path = std::path::Path::new(&found.path);
        let normal = |part| matches!(part, std::path::Component::Normal(_));
        assert!(path.components().all(normal), "{found:?}");
        assert_eq!(path.components().count(), found.depth as usize, "{found:?}");
        assert!(root.join(path).starts_with(root));
        assert!(!found.path.contains(['\\', ':', '\0']), "{found:?}");
        assert!(paths.insert(found.path.to_lowercase()), "two entries at one path: {found:?}");
        assert_eq!(found.name, found.entry.name().unwrap_or_default());
    }
    assert!(found.iter().any(|found| found.path == "plain.txt" && found.name == "plain.txt"));
}

#[tokio::test]
async fn waiting_and_discarding_after_the_end_do_not_panic() {
    let platform = Platform::start(None).await;
    let mut upload = platform.client().upload(10, vec![1]).name("a.txt").start().await.unwrap();
    upload.wait().await.unwrap();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    // Any result will do.
    let _ = upload.discard().await;
}
