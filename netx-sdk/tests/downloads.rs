//! Downloads of assets' files: the file or an error, in memory and on disk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use netx_sdk::{Error, ErrorKind};
use support::{
    client,
    socket::{Socket, response_bytes},
};

/// Downloads an original while the server sends these bytes: read into memory, and saved to disk.
async fn original(bytes: Vec<u8>, name: &str) -> [Result<Vec<u8>, Error>; 2] {
    let server = Socket::raw(bytes).await;
    let client = client(&server.url);
    let get = async || Ok::<_, Error>(client.get_asset_original(7).send().await?.into_inner());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, "old").unwrap();
    let collected = match get().await {
        Ok(stream) => stream.collect(1 << 20).await,
        Err(error) => Err(error),
    };
    let saved = match get().await {
        Ok(stream) => stream.save(&path).await,
        Err(error) => Err(error),
    };
    let on_disk = std::fs::read(&path).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let saved = saved.map(|bytes| {
        assert_eq!(bytes, on_disk.len() as u64);
        on_disk.clone()
    });
    assert!(saved.is_ok() || on_disk == b"old", "a failed download replaced the old file");
    [collected, saved]
}

#[tokio::test]
async fn a_response_that_is_no_file_is_an_error() {
    const PAGE: &[u8] = b"<!DOCTYPE html><title>Sign in</title>";
    const HTML: &str = "content-type: text/html\r\n";
    let pending = br#"{"status":"pending"}"#;
    let part = "content-range: bytes 0-19/400\r\n";
    for (response, kind) in [
        (response_bytes("202 Accepted", "", pending), ErrorKind::Locked),
        (response_bytes("204 No Content", "", b""), ErrorKind::Integrity),
        (response_bytes("203 Non-Authoritative Information", "", b"x"), ErrorKind::Integrity),
        (response_bytes("200 OK", "content-encoding: gzip\r\n", b"\x1f\x8b"), ErrorKind::Integrity),
        (response_bytes("206 Partial Content", part, &[7; 20]), ErrorKind::Integrity),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\nconnection: close\r\n\r\nhalf".to_vec(),
            ErrorKind::Transport,
        ),
        (
            response_bytes(
                "200 OK",
                &format!("{HTML}content-disposition: inline; filename=a.png\r\n"),
                PAGE,
            ),
            ErrorKind::Html,
        ),
    ] {
        for result in original(response.clone(), "a").await {
            let shown = String::from_utf8_lossy(&response).into_owned();
            assert_eq!(result.unwrap_err().kind(), kind, "{shown}");
        }
    }
    let [collected, saved] = original(response_bytes("200 OK", HTML, PAGE), "a.png").await;
    assert_eq!(collected.unwrap(), PAGE);
    assert_eq!(saved.unwrap_err().kind(), ErrorKind::Html);
    // Pages and pictures that are the asset's file itself.
    for (headers, body) in
        [(HTML, PAGE), ("content-type: image/png\r\n", b"\x89PNG"), (HTML, b"\x89PNG")]
    {
        for result in original(response_bytes("200 OK", headers, body), "a").await {
            assert_eq!(result.unwrap(), body);
        }
    }
}

#[tokio::test]
async fn a_sign_in_page_behind_a_redirect_is_not_the_asset() {
    let server = Socket::start(|number, mut stream| async move {
        use tokio::io::AsyncWriteExt as _;
        let bytes = if number % 2 == 0 {
            response_bytes("302 Found", "location: /login\r\n", b"")
        } else {
            response_bytes("200 OK", "content-type: text/html\r\n", b"<html>")
        };
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let error = client(&server.url).get_asset_original(7).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Html);
}
