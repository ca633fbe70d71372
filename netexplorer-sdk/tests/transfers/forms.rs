//! Uploads as multipart forms, in one form and in chunks, and downloads.

use std::{
    path::Path,
    sync::atomic::Ordering::SeqCst,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use netexplorer_sdk::{ErrorCode, ErrorKind, UploadSource, upload::UploadMethod};

use crate::{
    content,
    platform::{CANARY, Content, Platform, Trick},
};

fn bytes_of(platform: &Platform, index: usize) -> bytes::Bytes {
    platform.with(|inner| match &inner.files[index].content {
        Content::Memory(bytes) => bytes.clone(),
        Content::TusFolder(path) => std::fs::read(path).unwrap().into(),
    })
}

#[tokio::test]
async fn a_small_file_is_sent_in_one_form_with_its_dates() {
    let platform = Platform::start(None).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("été 2026.txt");
    let sent = content(70_000);
    std::fs::write(&path, &sent).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
    file.set_modified(modified).unwrap();
    let created: DateTime<Utc> = "2020-01-02T03:04:05Z".parse().unwrap();

    let client = platform.client();
    let uploaded = client.upload(42, path.as_path()).created(created).send().await.unwrap();
    assert_eq!(uploaded.id, 1);
    assert_eq!((uploaded.name.as_deref(), uploaded.renamed()), (Some("été 2026.txt"), None));
    assert_eq!(uploaded.size, Some(70_000));
    assert_eq!(bytes_of(&platform, 0), sent);
    let dates = platform.with(|inner| inner.files[0].dates.clone());
    assert_eq!(dates["creation"], "2020-01-02T03:04:05Z");
    assert_eq!(dates["modification"], "2023-11-14T22:13:20Z");

    // The same name creates a new version; an empty file is accepted.
    let again = client.upload(42, Vec::new()).name("été 2026.txt").send().await.unwrap();
    assert_eq!((again.id, again.size), (2, Some(0)));
    assert!(platform.with(|inner| inner.files[1].dates.is_empty()));
}

#[tokio::test]
async fn taken_changed_and_invalid_names() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    let uploaded = client.upload(42, vec![1]).name("renamed").send().await.unwrap();
    assert_eq!(uploaded.renamed(), Some("renamed (1)"));

    let error = client.upload(42, vec![1]).name("taken").send().await.unwrap_err();
    assert_eq!(
        (error.kind(), ErrorCode::of(&error)),
        (ErrorKind::Conflict, Some(ErrorCode::DuplicateName))
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));

    let before = platform.with(|inner| inner.requests.len());
    for request in [
        client.upload(42, vec![1]),
        client.upload(42, vec![1]).name("a/b"),
        client.upload(42, UploadSource::stream(futures_util::stream::empty(), None)).name("a"),
    ] {
        assert_eq!(request.send().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
    let missing = client.upload(42, Path::new("/no/such/file")).send().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert_eq!(platform.with(|inner| inner.requests.len()), before, "a request was sent");
}

#[tokio::test]
async fn chunks_are_sent_in_order_and_the_file_is_awaited() {
    for assembling in [0, 2] {
        let platform = Platform::start(None).await;
        let client = platform.client();
        let (first, second) = (content(10), content(1_000_003));
        client.upload(42, first).name("film.mov").send().await.unwrap();
        platform.assembling.store(assembling, SeqCst);
        let pieces: Vec<_> =
            second.chunks(777).map(|piece| Ok(bytes::Bytes::copy_from_slice(piece))).collect();
        let source = UploadSource::stream(futures_util::stream::iter(pieces), Some(1_000_003));
        let mut upload = client
            .upload(42, source)
            .name("film.mov")
            .method(UploadMethod::Chunked)
            .piece_size(300_000)
            .modified("2025-06-01T08:00:00Z".parse().unwrap())
            .start()
            .await
            .unwrap();
        let progress = upload.progress();
        let uploaded = upload.wait().await.unwrap();
        // Not the version from before.
        assert_eq!((uploaded.id, uploaded.size), (2, Some(1_000_003)), "{assembling}");
        assert_eq!(bytes_of(&platform, 1), second);
        assert_eq!(progress.borrow().done, 1_000_003);
        let dates = platform.with(|inner| inner.files[1].dates.clone());
        assert_eq!(dates["modification"], "2025-06-01T08:00:00Z");
        let forms = platform.with(|inner| {
            inner.requests.iter().filter(|(_, uri, _)| uri.starts_with("/api/file/upload")).count()
        });
        assert_eq!(forms, 1 + 4, "a chunk was sent twice");
    }
}

#[tokio::test]
async fn a_locked_folder_does_not_count_as_a_chunk_that_arrived() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    let upload = |bytes| client.upload(42, bytes).name("film.mov").method(UploadMethod::Chunked);
    let (old, new) = (bytes::Bytes::from_static(b"old"), bytes::Bytes::from_static(b"new"));
    upload(old).send().await.unwrap();
    platform.play(Trick::LockedFolder);
    assert_eq!(upload(new.clone()).send().await.unwrap().id, 2);
    assert_eq!(bytes_of(&platform, 1), new);
}

#[tokio::test]
async fn a_file_that_is_never_assembled_is_locked() {
    let platform = Platform::start(None).await;
    platform.assembling.store(1000, SeqCst);
    let request =
        platform.client().upload(42, content(100)).name("a").method(UploadMethod::Chunked);
    let error = request.assembly_timeout(Duration::from_millis(600)).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

#[tokio::test]
async fn content_is_replaced_and_downloaded_in_ranges() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    client.upload(42, vec![1]).name("a").send().await.unwrap();
    let sent = content(3_000_001);
    client.replace_content(1, sent.clone()).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let download = client.download(1).to_file(&path).part_size(400_000).parallel(3);
    assert_eq!(download.send().await.unwrap(), 3_000_001);
    assert_eq!(std::fs::read(&path).unwrap(), sent);
    let ranges = platform.with(|inner| {
        inner.requests.iter().filter(|(_, _, headers)| headers.contains_key("range")).count()
    });
    assert_eq!(ranges, 8);
    let gone = client.download(77).to_file(folder.path().join("b")).send().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_simple_upload_can_be_cancelled() {
    let platform = Platform::start(None).await;
    let stuck = UploadSource::stream(futures_util::stream::pending(), Some(10));
    let mut upload = platform.client().upload(42, stuck).name("a").start().await.unwrap();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
}
