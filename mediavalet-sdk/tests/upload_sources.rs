//! Uploads belong to one file and one server, and an upload that had finished is not repeated.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod doubles;

use std::{
    io::Write as _,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use doubles::{
    api::{Api, Storage},
    blob::BlobHost,
    client, content,
};
use http::Method;
use mediavalet_sdk::{
    Client, ErrorKind, FilePart, RetryPolicy, StorageError, UploadSource, upload::UploadState,
};
use oneteg_sandbox::{Fault, FaultTiming, Sandbox, mediavalet::ROOT_CATEGORY};

async fn doubles() -> (Arc<Api>, Arc<BlobHost>) {
    let host = BlobHost::start().await;
    (Api::start(Storage::Memory(Arc::clone(&host))).await, host)
}

fn file(length: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harbour.jpg");
    std::fs::write(&path, content(length)).unwrap();
    (folder, path)
}

#[tokio::test]
async fn a_file_that_grows_during_its_upload_is_not_written() {
    let (api, host) = doubles().await;
    let (_folder, path) = file(2_000);
    let growing = path.clone();
    *api.at_request.lock().unwrap() = Some(Box::new(move || {
        let mut file = std::fs::File::options().append(true).open(&growing).unwrap();
        file.write_all(&[7; 3_000]).unwrap();
    }));
    let mut upload = client(&api.url).upload(&*path).category("c").start().await.unwrap();
    let error = upload.wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(host.puts(""), 0);
    assert!(!api.item(upload.asset_id()).finished);
}

#[tokio::test]
async fn a_stream_of_another_length_than_announced_is_not_written() {
    let (api, host) = doubles().await;
    for (has, announced) in [(3_000, 2_000), (2_000, 3_000), (1, 0)] {
        let stream = futures_util::stream::iter([Ok(content(has).into())]);
        let file = FilePart::new("a.bin", UploadSource::stream(stream, Some(announced)));
        let error = client(&api.url).upload(file).category("c").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert_eq!(host.puts(""), 0);
    }
}

#[tokio::test]
async fn a_path_that_is_not_a_regular_file_creates_no_asset() {
    let (api, _) = doubles().await;
    let (folder, _) = file(1);
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&*pipe, folder.path(), "/dev/null".as_ref()] {
        let error = client(&api.url).upload(path).category("c").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let error = client(&api.url).upload_version("a", path).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
    assert!(api.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_state_is_of_one_file_and_one_server() {
    let (api, host) = doubles().await;
    let (folder, path) = file(1_000);
    *api.refuse_patch.lock().unwrap() = Some((400, serde_json::json!({"message": "later"})));
    let mut upload = client(&api.url).upload(&*path).category("c").start().await.unwrap();
    upload.wait().await.unwrap_err();
    let state = upload.state();
    let (requests, puts) = (api.requests.lock().unwrap().len(), host.puts(""));

    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let renamed = folder.path().join("other.jpg");
    std::fs::write(&renamed, content(1_000)).unwrap();
    std::fs::File::options().write(true).open(&renamed).unwrap().set_modified(modified).unwrap();
    let error = client(&api.url).resume_upload(&*renamed, state.clone()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    let (other_api, other_host) = doubles().await;
    let other = client(&other_api.url);
    let error = other.resume_upload(&*path, state.clone()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(other_api.requests.lock().unwrap().is_empty());
    assert_eq!(other_host.puts(""), 0);
    assert_eq!((api.requests.lock().unwrap().len(), host.puts("")), (requests, puts));

    // The name in the upload may differ from the name on disk; and states from older versions are read, which lack
    // these members.
    let named = FilePart::new("another name.jpg", UploadSource::path(&path));
    let mut json = serde_json::to_value(&state).unwrap();
    for member in ["source_name", "target", "finished"] {
        assert!(json.as_object_mut().unwrap().remove(member).is_some(), "{member}");
    }
    let old: UploadState = serde_json::from_value(json).unwrap();
    client(&api.url).resume_upload(&*renamed, old).send().await.unwrap();
    let done = client(&api.url).resume_upload(named, state).send().await.unwrap();
    assert_eq!(done.id, upload.asset_id());
    assert_eq!(host.puts(""), puts, "the bytes were sent again");
}

#[tokio::test]
async fn an_edited_state_does_not_overwrite_one_part_with_another() {
    let (api, host) = doubles().await;
    let (_folder, path) = file(1_000);
    *api.refuse_patch.lock().unwrap() = Some((400, serde_json::json!({"message": "later"})));
    let mut upload = client(&api.url).upload(&*path).category("c").start().await.unwrap();
    upload.wait().await.unwrap_err();
    let mut json = serde_json::to_value(upload.state()).unwrap();
    (json["block_size"], json["done"]) = (500.into(), serde_json::json!([]));
    let split: UploadState = serde_json::from_value(json).unwrap();
    let puts = host.puts("");
    let error = client(&api.url).resume_upload(&*path, split).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(host.puts("") - puts, 1);
}

#[tokio::test]
async fn an_upload_that_had_finished_is_uploaded() {
    let (api, host) = doubles().await;
    let (_folder, path) = file(1_000);
    let mut upload = client(&api.url).upload(&*path).category("c").start().await.unwrap();
    let before = upload.state();
    let uploaded = upload.wait().await.unwrap();
    let after = upload.state();
    let calls = |method| api.count(&method, &format!("/uploads/{}", uploaded.id));
    let (puts, patches) = (host.puts(""), calls(Method::PATCH));
    // Saved before the upload finished, as by a program that was killed, and after.
    for state in [before, after] {
        let resumed = client(&api.url).resume_upload(&*path, state.clone());
        let again = resumed.wait_until_ready(Duration::from_secs(60)).send().await.unwrap();
        assert_eq!((&again.id, again.bytes), (&uploaded.id, 1_000));
        assert_eq!(again.asset.unwrap().id, uploaded.id);
        let mut resumed = client(&api.url).resume_upload(&*path, state).start().await.unwrap();
        resumed.wait().await.unwrap();
        // The state of the resumed upload shows that it has finished.
        let finished = serde_json::to_value(resumed.state()).unwrap();
        assert_eq!(finished["finished"], true);
    }
    assert_eq!((host.puts(""), calls(Method::PATCH)), (puts, patches), "the upload was repeated");

    // A new version: its asset existed before the upload.
    api.add("a-1", "old.bin");
    let mut upload = client(&api.url).upload_version("a-1", &*path).start().await.unwrap();
    upload.wait().await.unwrap();
    let check_ins = api.count(&Method::PUT, "/assetCheckIn/a-1");
    let again = client(&api.url).resume_upload(&*path, upload.state()).send().await.unwrap();
    assert_eq!(again.id, "a-1");
    assert_eq!(api.count(&Method::PUT, "/assetCheckIn/a-1"), check_ins);
}

fn sandboxed(sandbox: &Sandbox) -> Client {
    let account = sandbox.mediavalet().account().clone();
    let retry = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Client::builder()
        .base_url(sandbox.mediavalet_url())
        .subscription_key(account.subscription_key)
        .access_token(sandbox.mediavalet().issue_access_token())
        .retry(retry)
        .build()
        .unwrap()
}

/// The asset may be visible at once, later, or only after the upload is finished again.
#[tokio::test]
async fn an_upload_whose_last_response_was_lost_finishes_when_it_is_resumed() {
    for polls in [0, 50] {
        let builder = Sandbox::builder().mediavalet_processing_polls(polls);
        let sandbox = builder.start().await.unwrap();
        let client = sandboxed(&sandbox);
        let (_folder, path) = file(70_000);
        let lost = Fault::response(500).only("patchUpload").at(FaultTiming::AfterHandling);
        sandbox.mediavalet().script(lost).unwrap();
        let upload = client.upload(&*path).category(ROOT_CATEGORY).start();
        let mut upload = upload.await.unwrap();
        let failed = upload.wait().await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Server, "{failed}");
        let resumed = client.resume_upload(&*path, upload.state()).send().await;
        assert_eq!(resumed.unwrap().id, upload.asset_id(), "{polls}");
    }
    // The asset is hidden until it is processed: the upload is finished once more.
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandboxed(&sandbox);
    let (_folder, path) = file(70_000);
    let lost = Fault::response(500).only("patchUpload").at(FaultTiming::AfterHandling);
    sandbox.mediavalet().script(lost).unwrap();
    let mut upload = client.upload(&*path).category(ROOT_CATEGORY).start().await.unwrap();
    upload.wait().await.unwrap_err();
    sandbox.mediavalet().script(Fault::response(404).only("getAsset")).unwrap();
    sandbox.mediavalet().script(Fault::response(204).only("patchUpload")).unwrap();
    let resumed = client.resume_upload(&*path, upload.state()).send().await;
    assert_eq!(resumed.unwrap().id, upload.asset_id());
    // An upload that does not exist is an error.
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandboxed(&sandbox);
    let (_folder, path) = file(10);
    let mut upload = client.upload(&*path).category(ROOT_CATEGORY).start().await.unwrap();
    upload.cancel();
    let _ = upload.wait().await;
    let mut state = serde_json::to_value(upload.state()).unwrap();
    state["id"] = "00000000-0000-4000-8000-00000000dead".into();
    let state: UploadState = serde_json::from_value(state).unwrap();
    let error = client.resume_upload(&*path, state).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn an_upload_without_its_attributes_is_not_finished() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandboxed(&sandbox);
    let attribute = client.list_attributes().send().await.unwrap()[0].id.clone().unwrap();
    let (_folder, path) = file(70_000);
    // Delayed, so that the other details arrive, and nothing else stops the upload from being finished.
    let missing = Fault::response(404).only("addAttributesToUpload");
    sandbox.mediavalet().script(missing.delayed(Duration::from_millis(300))).unwrap();
    let count = sandbox.mediavalet().asset_count();
    let upload = client.upload(&*path).category(ROOT_CATEGORY).attribute(&attribute, "Ann");
    let mut upload = upload.start().await.unwrap();
    let error = upload.wait().await.unwrap_err();
    let expected = (ErrorKind::NotFound, Some("add_attributes_to_upload"));
    assert_eq!((error.kind(), error.operation()), expected, "{error}");
    assert_eq!(sandbox.mediavalet().asset_count(), count);
    let resumed = client.resume_upload(&*path, upload.state());
    let resumed = resumed.wait_until_ready(Duration::from_secs(60)).send().await.unwrap();
    let attributes = resumed.asset.unwrap().attributes.unwrap();
    assert_eq!(attributes.get(&attribute).map(String::as_str), Some("Ann"));
}

#[tokio::test]
async fn a_state_file_that_cannot_be_written_is_found_before_the_upload_begins() {
    let (api, _) = doubles().await;
    api.add("a-1", "old.bin");
    let (folder, path) = file(10);
    let nowhere = folder.path().join("missing/harbour.state");
    let client = client(&api.url);
    for upload in [client.upload(&*path).category("c"), client.upload_version("a-1", &*path)] {
        let error = upload.state_file(&nowhere).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.message().contains("harbour.state"), "{error}");
    }
    assert!(api.requests.lock().unwrap().is_empty());
    // An upload that does not begin leaves no file.
    let state = folder.path().join("harbour.state");
    client.upload(&*path).state_file(&state).send().await.unwrap_err();
    assert!(!state.exists());
    // What remains if the process ends during the check is no state.
    std::fs::write(&state, "null").unwrap();
    client.upload_version("a-1", &*path).state_file(&state).send().await.unwrap();
    assert!(!state.exists());
}

#[tokio::test]
async fn a_small_upload_whose_link_has_expired_starts_over() {
    let (api, host) = doubles().await;
    api.add("a-1", "old.bin");
    let (folder, path) = file(1_000);
    let state = folder.path().join("harbour.state");
    let client = client(&api.url);
    let new = || client.upload(&*path).category("c").state_file(&state);
    let version = || client.upload_version("a-1", &*path).state_file(&state);
    for upload in [&new as &dyn Fn() -> mediavalet_sdk::upload::UploadRequest, &version] {
        api.link_seconds.store(-5, SeqCst);
        let error = upload().send().await.unwrap_err();
        assert_eq!(StorageError::of(&error), Some(StorageError::LinkExpired), "{error}");
        let saved: UploadState = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
        api.link_seconds.store(600, SeqCst);
        let done = upload().send().await.unwrap();
        assert_eq!(done.id == saved.asset_id(), done.id == "a-1");
        assert_eq!(host.bytes(&api.item(&done.id).blob).unwrap(), content(1_000));
        assert!(!state.exists());
    }

    // The state stays until the upload has begun again.
    api.link_seconds.store(-5, SeqCst);
    new().send().await.unwrap_err();
    let saved: UploadState = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    let error = client.upload(&*path).state_file(&state).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        serde_json::from_slice::<UploadState>(&std::fs::read(&state).unwrap()).unwrap() == saved
    );
    // With a newer link, the same upload continues.
    api.renews.store(true, SeqCst);
    assert_eq!(new().send().await.unwrap().id, saved.asset_id());
}

#[tokio::test]
async fn waiting_for_an_asset_may_be_unlimited() {
    let (api, _) = doubles().await;
    api.unready.store(1, SeqCst);
    api.add("a", "b");
    let asset = client(&api.url).wait_until_ready("a", Duration::MAX).await.unwrap();
    assert_eq!(asset.id, "a");
    let (_folder, path) = file(10);
    let upload = client(&api.url).upload(&*path).category("c").wait_until_ready(Duration::MAX);
    assert!(upload.send().await.unwrap().asset.is_some());
}

#[tokio::test]
async fn an_edited_state_causes_no_panic() {
    let (api, _) = doubles().await;
    let (_folder, path) = file(1_000);
    *api.refuse_patch.lock().unwrap() = Some((400, serde_json::json!({"message": "later"})));
    let mut upload = client(&api.url).upload(&*path).category("c").start().await.unwrap();
    upload.wait().await.unwrap_err();
    let saved = serde_json::to_value(upload.state()).unwrap();
    let max = u64::MAX;
    for (block_size, done, length) in [
        (500, vec![(0, max), (0, max)], Some(1_000)),
        (max, vec![(0, max), (5, 1)], Some(1_000)),
        (0, vec![], Some(1_000)),
        (1, vec![(max, max)], Some(max)),
        (max, vec![], None),
    ] {
        let mut json = saved.clone();
        (json["block_size"], json["length"]) = (block_size.into(), length.into());
        json["done"] = serde_json::json!(done);
        for single in [true, false] {
            json["single"] = single.into();
            let state: UploadState = serde_json::from_value(json.clone()).unwrap();
            assert!(state.blocks_done() >= done.len() as u64);
            let resumed = client(&api.url).resume_upload(&*path, state).send();
            let ended = tokio::time::timeout(Duration::from_secs(60), resumed).await.unwrap();
            // A panicked task is reported as cancelled.
            let kind = ended.err().map(|error| error.kind());
            assert_ne!(kind, Some(ErrorKind::Cancelled), "{json}");
        }
    }
}

#[tokio::test]
async fn a_version_of_another_length_than_announced_is_not_written() {
    let (api, host) = doubles().await;
    api.add("a", "b");
    for (has, announced) in [(3_000, 2_000), (2_000, 3_000), (1, 0), (0, 1)] {
        let stream = futures_util::stream::iter([Ok(content(has).into())]);
        for source in [
            UploadSource::stream(stream, Some(announced)),
            UploadSource::reader(std::io::Cursor::new(content(has)), announced),
        ] {
            let file = FilePart::new("a.bin", source);
            let error = client(&api.url).upload_version("a", file).send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{has} {announced} {error}");
            assert_eq!(host.puts(""), 0);
        }
    }
}
