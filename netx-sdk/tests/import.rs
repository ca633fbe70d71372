//! What an import sends: exactly the announced bytes of the file, and the fields after it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{io::Write as _, path::Path};

use netx_sdk::{Client, Error, ErrorKind, FilePart, UploadSource, types::ImportAssetForm};
use oneteg_test_kit::{ReceivedRequest, UploadServer, test_content};

const LONG: usize = 12 << 20;

async fn import(server: &UploadServer, file: impl Into<FilePart>) -> Result<(), Error> {
    let client = Client::builder(&server.url).api_key("canary").build().unwrap();
    client.import_asset(ImportAssetForm::new(file, 2, "a.png")).send().await.map(drop)
}

fn fields(arrived: &ReceivedRequest) -> Vec<(String, Vec<u8>)> {
    let parts = arrived.parts().expect("a complete form");
    let name = |head: &str| head.split('"').nth(1).unwrap().to_owned();
    parts.into_iter().map(|(head, bytes)| (name(&head), bytes)).collect()
}

#[tokio::test]
async fn a_file_that_grows_is_sent_as_it_was_announced_with_the_fields_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    std::fs::write(&path, test_content(LONG)).unwrap();
    let growing = path.clone();
    let server = UploadServer::start_with_action(50_000, move || {
        let mut file = std::fs::File::options().append(true).open(growing).unwrap();
        file.write_all(&vec![7; 3 << 20]).unwrap();
    })
    .await;
    let error = import(&server, &*path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    let fields = fields(&server.only_request().await);
    let names: Vec<_> = fields.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["file", "folderId", "fileName"]);
    assert!(fields[0].1 == test_content(LONG), "other bytes were sent");
    assert_eq!((&*fields[1].1, &*fields[2].1), (&b"2"[..], &b"a.png"[..]));
}

#[tokio::test]
async fn a_stream_that_has_more_than_it_announced_is_cut_and_an_error() {
    for (has, announced) in [(100_000, 99_999), (100_000, 100_000), (99_999, 100_000)] {
        let server = UploadServer::start().await;
        let stream = futures_util::stream::iter([Ok(test_content(has))]);
        let file = FilePart::new("a.png", UploadSource::stream(stream, Some(announced)));
        let result = import(&server, file).await.map_err(|error| error.kind());
        match (has as u64).cmp(&announced) {
            // The server's response is not an asset.
            std::cmp::Ordering::Equal => assert_ne!(result, Err(ErrorKind::Integrity)),
            _ => assert_eq!(result, Err(ErrorKind::Integrity)),
        }
        if (has as u64) < announced {
            assert!(server.requests().iter().all(|arrived| !arrived.is_complete));
        } else {
            assert!(fields(&server.only_request().await)[0].1 == test_content(announced as usize));
        }
    }
}

#[tokio::test]
async fn an_import_that_cannot_succeed_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let server = UploadServer::start().await;
    for path in [&*pipe, Path::new("/dev/zero"), folder.path()] {
        assert_eq!(import(&server, path).await.unwrap_err().kind(), ErrorKind::Io);
    }
    let name = FilePart::new("a\0b", vec![1]);
    assert_eq!(import(&server, name).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(server.requests().is_empty(), "a request was sent");
    let _ = import(&server, FilePart::new("a\"\r\nX: 1", vec![1])).await;
    let parts = server.only_request().await.parts().unwrap();
    assert!(parts[0].0.contains("filename=\"a%22%0D%0AX: 1\""), "{}", parts[0].0);
}
