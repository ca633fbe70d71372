//! Uploads and downloads against in-process test doubles: steps, blocks, expired links, resumption, and that no
//! credential reaches the storage host.
#![allow(clippy::unwrap_used, clippy::panic)]

mod doubles;

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use doubles::{
    api::{Api, Storage},
    blob::BlobHost,
    client, content,
};
use futures_util::{TryStreamExt, stream};
use http::Method;
use mediavalet_sdk::{
    Checksum, ErrorKind, FilePart, StorageError, TransferPhase, UploadSource, download::Rendition,
    upload::UploadState,
};
use serde_json::json;

/// The block size of these tests. The files are small, so sources of unknown length force blocks.
const BLOCK: usize = 5 << 20;

async fn doubles() -> (Arc<Api>, Arc<BlobHost>) {
    let host = BlobHost::start().await;
    (Api::start(Storage::Memory(Arc::clone(&host))).await, host)
}

fn file(bytes: &[u8]) -> FilePart {
    FilePart::new("harbour at dawn.jpg", bytes.to_vec())
}

/// The same bytes as a stream of unknown length, which is always sent in blocks.
fn streamed(bytes: &[u8]) -> FilePart {
    let pieces: Vec<_> = bytes.chunks(700_001).map(|piece| Ok(piece.to_vec().into())).collect();
    FilePart::new("clip.mov", UploadSource::stream(stream::iter(pieces), None))
}

fn leaks(host: &BlobHost) -> u64 {
    host.leaks.load(SeqCst)
}

#[tokio::test]
async fn a_small_file_is_uploaded_in_five_steps() {
    let (api, host) = doubles().await;
    api.unready.store(2, SeqCst);
    let bytes = content(70_000);
    let uploaded = client(&api.url)
        .upload(file(&bytes))
        .description("Boats")
        .category("cat-1")
        .category("cat-2")
        .keyword("sea")
        .attribute("attr-1", "Model")
        .wait_until_ready(Duration::from_secs(60))
        .send()
        .await
        .unwrap();
    let item = api.item(&uploaded.id);
    assert!(item.finished);
    assert_eq!(item.file_name, "harbour at dawn.jpg");
    let details = json!({
        "filename": "harbour at dawn.jpg", "title": "harbour at dawn", "description": "Boats", "fileSizeInBytes": 70_000,
    });
    assert_eq!(item.details, details);
    assert_eq!((item.categories.len(), &*item.keywords[0]), (2, "sea"));
    assert_eq!(item.attributes, json!([{"attr-1": "Model"}]));
    assert_eq!(host.bytes(&item.blob).unwrap(), bytes);
    assert_eq!(uploaded.bytes, 70_000);
    assert_eq!(uploaded.asset.unwrap().id, uploaded.id);
    assert_eq!((host.puts(""), host.puts("block"), leaks(&host)), (1, 0, 0));
    assert_eq!(api.count(&Method::GET, &format!("/assets/{}", uploaded.id)), 3);
}

#[tokio::test]
async fn an_empty_file_a_file_on_disk_and_other_names_are_uploaded() {
    let (api, host) = doubles().await;
    let client = client(&api.url);
    let empty =
        client.upload(file(b"")).category("c").own_file_name().title("T").send().await.unwrap();
    let item = api.item(&empty.id);
    assert_eq!(
        (item.details["filename"].as_str(), item.details["title"].as_str()),
        (Some("harbour at dawn.jpg"), Some("T"))
    );
    assert_eq!(host.bytes(&item.blob).unwrap().len(), 0);
    let stored = client.upload(file(b"")).category("c").stored_file_name().send().await.unwrap();
    let item = api.item(&stored.id);
    assert_eq!(item.details["filename"], *item.blob);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "hello").unwrap();
    let uploaded = client.upload(&*path).category("c").send().await.unwrap();
    assert_eq!(api.item(&uploaded.id).file_name, "a.txt");
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn a_long_stream_is_sent_in_blocks_and_damaged_blocks_are_sent_again() {
    let (api, host) = doubles().await;
    host.damage.store(2, SeqCst);
    let bytes = content(3 * BLOCK + 17);
    let upload = client(&api.url).upload(streamed(&bytes)).category("c").block_size(BLOCK as u64);
    let mut upload = upload.parallel(2).start().await.unwrap();
    let uploaded = upload.wait().await.unwrap();
    assert!(host.bytes(&api.item(&uploaded.id).blob).unwrap() == bytes, "other bytes arrived");
    // Four blocks, of which two were sent twice.
    assert_eq!((host.puts("block"), host.puts("blocklist"), host.puts("")), (6, 1, 0));
    let progress = *upload.progress().borrow();
    assert_eq!((progress.done, progress.total), (bytes.len() as u64, Some(bytes.len() as u64)));
    assert_eq!(progress.phase, TransferPhase::Ended);
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn invalid_uploads_are_refused_before_anything_is_sent() {
    let (api, _) = doubles().await;
    let client = client(&api.url);
    let refused = client.upload(file(b"x")).send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    let unnamed = FilePart::new(" ", b"x".to_vec());
    let refused = client.upload(unnamed).category("c").send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    let huge = UploadSource::stream(stream::empty(), Some(300 << 30));
    let huge = client.upload(FilePart::new("huge", huge)).category("c").send().await.unwrap_err();
    assert_eq!(huge.kind(), ErrorKind::InvalidRequest);
    assert!(api.requests.lock().unwrap().is_empty());
    let missing = client.upload(std::path::Path::new("/no/such/file")).category("c").send().await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::Io);
}

#[tokio::test]
async fn a_pause_holds_and_a_cancelled_upload_can_be_resumed() {
    let (api, host) = doubles().await;
    host.slow.store(60, SeqCst);
    let bytes = content(8 * BLOCK);
    let start = || client(&api.url).upload(streamed(&bytes)).category("c").block_size(BLOCK as u64);
    let mut upload = start().parallel(2).start().await.unwrap();
    let mut progress = upload.progress();
    progress.wait_for(|now| now.done >= 2 * BLOCK as u64).await.unwrap();
    upload.pause();
    progress.wait_for(|now| now.phase == TransferPhase::Paused).await.unwrap();
    let puts = host.puts("block");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(host.puts("block"), puts, "a paused upload continued");
    upload.resume();
    progress.wait_for(|now| now.done >= 4 * BLOCK as u64).await.unwrap();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    let saved = serde_json::to_string(&upload.state()).unwrap();
    assert!(saved.len() < 2_000, "the state has {} bytes", saved.len());
    assert!(!format!("{:?}", upload.state()).contains("good%2B"), "the link is shown");

    let state: UploadState = serde_json::from_str(&saved).unwrap();
    let (id, before) = (state.asset_id().to_owned(), host.puts("block"));
    let done = state.blocks_done();
    assert!((4..=7).contains(&done), "{done} blocks were done");
    let rest = client(&api.url).resume_upload(streamed(&bytes), state).parallel(2);
    assert_eq!(rest.send().await.unwrap().id, id);
    assert!(host.bytes(&api.item(&id).blob).unwrap() == bytes, "other bytes arrived");
    let again = host.puts("block") - before;
    assert!(again as u64 <= 8 - done, "{again} blocks were sent for {done} that were done");
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn an_upload_that_failed_at_its_last_step_resumes_there() {
    let (api, host) = doubles().await;
    *api.refuse_patch.lock().unwrap() =
        Some((400, json!({"message": "Attribute `Rights` is required."})));
    let bytes = content(2 * BLOCK);
    let mut upload = client(&api.url)
        .upload(streamed(&bytes))
        .category("c")
        .block_size(BLOCK as u64)
        .start()
        .await
        .unwrap();
    let refused = upload.wait().await.unwrap_err();
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::Api, Some("patch_upload")));
    assert!(refused.to_string().contains("Attribute `Rights` is required."), "{refused}");
    let puts = host.puts("block");
    let state = upload.state();
    let done = client(&api.url).resume_upload(streamed(&bytes), state).send().await.unwrap();
    assert!(api.item(&done.id).finished);
    assert_eq!(host.puts("block"), puts, "blocks were sent again");

    // A success response that contains errors is an error.
    *api.refuse_patch.lock().unwrap() =
        Some((200, json!({"apiVersion": "1.2", "payload": {}, "errors": ["skipped"]})));
    let partial = client(&api.url).upload(file(b"x")).category("c").send().await.unwrap_err();
    assert_eq!(partial.kind(), ErrorKind::Partial);
}

#[tokio::test]
async fn expired_links_are_renewed_or_reported() {
    let (api, host) = doubles().await;
    let client = client(&api.url);
    api.link_seconds.store(-5, SeqCst);
    let bytes = content(2 * BLOCK);
    let upload = || client.upload(streamed(&bytes)).category("c").block_size(BLOCK as u64);
    let expired = upload().send().await.unwrap_err();
    assert_eq!(StorageError::of(&expired), Some(StorageError::LinkExpired));
    assert_eq!(expired.kind(), ErrorKind::Authentication);
    assert!(!format!("{expired} {expired:?}").contains("sig="));

    api.renews.store(true, SeqCst);
    let uploaded = upload().send().await.unwrap();
    assert!(host.bytes(&api.item(&uploaded.id).blob).unwrap() == bytes, "other bytes arrived");

    api.link_seconds.store(600, SeqCst);
    *api.permissions.lock().unwrap() = "r";
    let read_only = upload().send().await.unwrap_err();
    assert_eq!(StorageError::of(&read_only), Some(StorageError::NotPermitted));
    assert_eq!(read_only.kind(), ErrorKind::PermissionDenied);
    *api.permissions.lock().unwrap() = "rcw";
    api.bad_signature.store(true, SeqCst);
    let forged = upload().send().await.unwrap_err();
    assert_eq!(StorageError::of(&forged), Some(StorageError::BadSignature));
    assert_eq!(leaks(&host), 0);
    let api_error = client.get_asset("nobody").send().await.unwrap_err();
    assert_eq!((api_error.kind(), StorageError::of(&api_error)), (ErrorKind::NotFound, None));
}

#[tokio::test]
async fn a_link_that_permits_writing_only_is_enough() {
    let (api, host) = doubles().await;
    *api.permissions.lock().unwrap() = "cw";
    host.slow.store(60, SeqCst);
    let bytes = content(4 * BLOCK);
    let mut upload = client(&api.url)
        .upload(streamed(&bytes))
        .category("c")
        .block_size(BLOCK as u64)
        .parallel(1)
        .start()
        .await
        .unwrap();
    upload.progress().wait_for(|now| now.done >= 2 * BLOCK as u64).await.unwrap();
    upload.cancel();
    let _ = upload.wait().await;
    let (state, before) = (upload.state(), host.puts("block"));
    let done = state.blocks_done();
    let rest = client(&api.url).resume_upload(streamed(&bytes), state).send().await.unwrap();
    assert!(host.bytes(&api.item(&rest.id).blob).unwrap() == bytes, "other bytes arrived");
    assert_eq!(host.puts("block") - before, 4 - usize::try_from(done).unwrap());
}

#[tokio::test]
async fn a_state_of_another_file_is_refused() {
    let (api, _) = doubles().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, content(1000)).unwrap();
    let client = client(&api.url);
    let mut upload = client.upload(&*path).category("c").start().await.unwrap();
    upload.wait().await.unwrap();
    let state = upload.state();
    let other = client.resume_upload(file(&content(999)), state.clone()).send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Integrity);
    let later = std::time::SystemTime::now() + Duration::from_secs(9);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    let changed = client.resume_upload(&*path, state).send().await.unwrap_err();
    assert_eq!(changed.kind(), ErrorKind::Integrity);
}

#[tokio::test]
async fn a_new_version_is_checked_out_and_in() {
    let (api, host) = doubles().await;
    api.add("a-1", "old.bin");
    host.put("old.bin", "old");
    let bytes = content(5_000);
    let uploaded = client(&api.url)
        .upload_version("a-1", file(&bytes))
        .comment("retouched")
        .wait_until_ready(Duration::from_secs(60))
        .send()
        .await
        .unwrap();
    assert_eq!((&*uploaded.id, uploaded.bytes), ("a-1", 5_000));
    let item = api.item("a-1");
    assert!(!item.checked_out);
    assert_eq!(host.bytes(&item.blob).unwrap(), bytes);
    let check_in = json!({
        "comment": "retouched", "fileName": "harbour at dawn.jpg", "fileSizeInBytes": 5_000,
        "status": 0, "uploadFilename": item.blob,
    });
    assert_eq!(item.check_in, check_in);
    let order: Vec<_> =
        api.requests.lock().unwrap().iter().map(|(m, p)| format!("{m} {p}")).collect();
    assert_eq!(
        order,
        [
            "POST /assets/a-1/checkOut",
            "POST /assetCheckIn/a-1/validate",
            "GET /assetCheckIn/a-1",
            "PUT /assetCheckIn/a-1",
            "GET /assets/a-1",
        ]
    );
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn waiting_for_an_asset_that_is_not_ready_times_out() {
    let (api, _) = doubles().await;
    let error = client(&api.url).wait_until_ready("a", Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn downloads_are_complete_despite_broken_connections_and_expired_links() {
    let (api, host) = doubles().await;
    let bytes = content(300_000);
    host.put("b", bytes.clone());
    api.add("a", "b");
    let client = client(&api.url);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    let download = || client.download("a", Rendition::Original);

    host.breaks.store(3, SeqCst);
    assert_eq!(download().to_file(&to).part_size(50_000).send().await.unwrap(), 300_000);
    assert!(std::fs::read(&to).unwrap() == bytes, "other bytes were received");
    let md5 = {
        use md5::Digest as _;
        md5::Md5::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    download()
        .to_file(&to)
        .part_size(50_000)
        .parallel(1)
        .checksum(Checksum::md5(&md5))
        .send()
        .await
        .unwrap();

    host.breaks.store(3, SeqCst);
    let stream = download().stream().await.unwrap();
    assert_eq!(stream.total(), Some(300_000));
    let received: Vec<u8> = stream
        .try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .unwrap();
    assert!(received == bytes, "other bytes were received");
    assert_eq!(host.breaks.load(SeqCst), 0);

    // The link expires during the download: the rest is read through another one.
    api.link_seconds.store(1, SeqCst);
    let mut stream = download().stream().await.unwrap();
    drop(stream.next_chunk().await);
    let requested = api.count(&Method::GET, "/assets/a");
    let mut slow = client
        .download("a", Rendition::Original)
        .to_file(&to)
        .part_size(100_000)
        .parallel(1)
        .start();
    slow.progress().wait_for(|now| now.done > 0).await.unwrap();
    slow.pause();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    api.link_seconds.store(600, SeqCst);
    slow.resume();
    assert_eq!(slow.wait().await.unwrap(), 300_000);
    assert!(std::fs::read(&to).unwrap() == bytes, "other bytes were received");
    assert!(api.count(&Method::GET, "/assets/a") > requested, "no other link was requested");

    let kind = client.download("a", Rendition::Kind("kind-1".to_owned())).stream().await.unwrap();
    assert!(kind.collect(300_000).await.unwrap() == bytes);
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn failed_downloads_report_the_reason() {
    let (api, host) = doubles().await;
    host.put("b", content(200_000));
    api.add("a", "b");
    let client = client(&api.url);
    let none = client.download("a", Rendition::Thumb).stream().await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotFound);
    assert!(none.to_string().contains("thumb"), "{none}");

    api.link_seconds.store(-5, SeqCst);
    let ended = client.download("a", Rendition::Original).stream().await.unwrap_err();
    assert_eq!(StorageError::of(&ended), Some(StorageError::LinkExpired));
    api.link_seconds.store(600, SeqCst);
    api.bad_signature.store(true, SeqCst);
    let forged = client.download("a", Rendition::Original).stream().await.unwrap_err();
    assert_eq!(StorageError::of(&forged), Some(StorageError::BadSignature));
    api.bad_signature.store(false, SeqCst);

    // The file is replaced during the download.
    host.breaks.store(1, SeqCst);
    let (release, hold) = tokio::sync::oneshot::channel();
    *host.hold.lock().unwrap() = Some(hold);
    let mut stream = client.download("a", Rendition::Original).stream().await.unwrap();
    stream.next_chunk().await.unwrap().unwrap();
    host.put("b", content(200_000));
    release.send(()).unwrap();
    let changed = loop {
        match stream.next_chunk().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(changed.kind(), ErrorKind::Integrity);
    assert_eq!(leaks(&host), 0);
}

#[tokio::test]
async fn checksums_can_be_omitted() {
    let (api, _) = doubles().await;
    let upload = client(&api.url).upload(file(b"x")).category("c").checksums(false);
    // The test double requires them.
    let refused = upload.send().await.unwrap_err();
    assert_eq!(refused.code(), Some("MissingRequiredHeader"));
    assert_eq!(StorageError::of(&refused), Some(StorageError::Other));
}

#[tokio::test]
async fn the_result_of_an_upload_is_returned_once() {
    let (api, _) = doubles().await;
    let upload = client(&api.url).upload(file(b"x")).category("c").start();
    let mut upload = upload.await.unwrap();
    upload.wait().await.unwrap();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
}
