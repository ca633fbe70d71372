//! The identity of an upload: its source, its platform, the file it became, and uploads that had finished.

use std::{
    fs::File,
    path::Path,
    sync::atomic::Ordering::SeqCst,
    time::{Duration, SystemTime},
};

use netexplorer_sdk::{
    ErrorKind, UploadSource,
    upload::{UploadMethod, UploadState},
};

use crate::{
    content,
    platform::{Platform, Trick},
};

const METHODS: [UploadMethod; 3] = [UploadMethod::Simple, UploadMethod::Chunked, UploadMethod::Tus];

fn requests(platform: &Platform) -> usize {
    platform.with(|inner| inner.requests.len())
}

#[tokio::test]
async fn only_regular_files_are_taken_from_a_path() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    client.upload(42, vec![1]).name("a").send().await.unwrap();
    let before = requests(&platform);
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&*pipe, folder.path(), Path::new("/dev/null"), Path::new("/dev/zero")] {
        for method in METHODS {
            let error = client.upload(42, path).name("b").method(method).send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        }
        let error = client.replace_content(1, path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
    assert_eq!(requests(&platform), before, "something was sent");
}

#[tokio::test]
async fn a_source_of_another_length_than_announced_is_an_integrity_error() {
    for method in [UploadMethod::Simple, UploadMethod::Chunked] {
        for (has, announced) in [(3, 0), (0, 5), (1_000, 999), (1_000, 1_001)] {
            let stream = futures_util::stream::iter([Ok(content(has))]);
            for source in [
                UploadSource::stream(stream, Some(announced)),
                UploadSource::reader(std::io::Cursor::new(content(has)), announced),
            ] {
                let platform = Platform::start(None).await;
                let upload = platform.client().upload(42, source).name("a").method(method);
                let error = upload.piece_size(300).send().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Integrity, "{method:?} {has} {announced}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_stored_under_another_name_is_found() {
    for (trick, asked, stored, renamed) in [
        (Trick::ComposedNames, "cafe\u{301}.bin", "caf\u{e9}.bin", false),
        (Trick::NumberedNames, "a.bin", "a (1).bin", true),
    ] {
        let platform = Platform::start(None).await;
        let client = platform.client();
        // Other files of the folder; the second has the same size.
        client.upload(42, content(10)).name("b.bin").send().await.unwrap();
        client.upload(42, content(1_000)).name("c.bin").send().await.unwrap();
        platform.play(trick);
        platform.assembling.store(2, SeqCst);
        let uploaded = client
            .upload(42, content(1_000))
            .name(asked)
            .method(UploadMethod::Chunked)
            .piece_size(300)
            .modified("2025-06-01T08:00:00Z".parse().unwrap())
            // Beyond what the clock can represent.
            .assembly_timeout(Duration::MAX)
            .send()
            .await
            .unwrap();
        assert_eq!((uploaded.id, uploaded.name.as_deref()), (3, Some(stored)));
        assert_eq!(uploaded.renamed(), renamed.then_some(stored));
    }
}

#[tokio::test]
async fn a_state_belongs_to_one_source_and_one_platform() {
    let platform = Platform::start(None).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, content(1_000)).unwrap();
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let other = |name: &str, length: usize, modified: SystemTime| {
        let path = folder.path().join(name);
        std::fs::write(&path, content(length)).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        path
    };
    for method in [UploadMethod::Simple, UploadMethod::Chunked] {
        let request = platform.client().upload(42, &*path).name("b.bin").method(method);
        let mut upload = request.start().await.unwrap();
        let state = serde_json::to_string(&upload.state()).unwrap();
        let state = || serde_json::from_str::<UploadState>(&state).unwrap();
        upload.wait().await.unwrap();
        let before = requests(&platform);
        for (name, length, modified) in [
            ("c.bin", 1_000, modified),
            ("d/a.bin", 1_001, modified),
            ("e/a.bin", 1_000, modified + Duration::from_secs(9)),
            ("f/a.bin", 1_000, modified - Duration::from_millis(3)),
        ] {
            let sub = folder.path().join(name);
            std::fs::create_dir_all(sub.parent().unwrap()).unwrap();
            let source = other(name, length, modified);
            let resumed = platform.client().resume_upload(source, state()).send().await;
            assert_eq!(resumed.unwrap_err().kind(), ErrorKind::Integrity, "{name}");
        }
        let other_platform = Platform::start(None).await;
        let error =
            other_platform.client().resume_upload(&*path, state()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert_eq!((requests(&other_platform), requests(&platform)), (0, before));

        // A state saved by a version without these members.
        let mut old = serde_json::to_value(state()).unwrap();
        for member in ["source", "target"] {
            assert!(old.as_object_mut().unwrap().remove(member).is_some());
        }
        let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let date = chrono::DateTime::from_timestamp(seconds as i64, 0).unwrap();
        old["source_modified"] = serde_json::to_value(date).unwrap();
        let old = || serde_json::from_value::<UploadState>(old.clone()).unwrap();
        platform.client().resume_upload(&*path, old()).send().await.unwrap();
        let before = requests(&platform);
        let changed = other("g.bin", 1_000, modified + Duration::from_secs(1));
        let error = platform.client().resume_upload(changed, old()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert_eq!(requests(&platform), before);
    }
}

#[tokio::test]
async fn an_upload_that_had_finished_is_not_sent_again() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    for method in [UploadMethod::Simple, UploadMethod::Chunked] {
        let name = format!("{method:?}");
        let modified = "2025-06-01T08:00:00Z".parse().unwrap();
        let upload = client.upload(42, content(1_000)).name(&name).method(method);
        let mut upload = upload.modified(modified).start().await.unwrap();
        let state = upload.state();
        let uploaded = upload.wait().await.unwrap();
        let again = client.resume_upload(content(1_000), state).send().await.unwrap();
        assert_eq!(again.id, uploaded.id);

        // Without a date, or with another one, nothing is certain.
        for modified in [None, Some("2025-06-01T08:00:01Z".parse().unwrap())] {
            let mut upload = client.upload(42, content(1_000));
            upload = upload.name(&name).method(method);
            if let Some(modified) = modified {
                upload = upload.modified(modified);
            }
            let mut upload = upload.start().await.unwrap();
            upload.cancel();
            let _ = upload.wait().await;
            let before = platform.with(|inner| {
                inner.chunks.clear();
                inner.files.len()
            });
            let state = upload.state();
            client.resume_upload(content(1_000), state).send().await.unwrap();
            assert_eq!(platform.with(|inner| inner.files.len()), before + 1);
        }
    }
}

#[tokio::test]
async fn a_finished_upload_may_be_discarded() {
    let platform = Platform::start(None).await;
    let upload = platform.client().upload(42, content(100)).name("a");
    let mut upload = upload.start().await.unwrap();
    upload.wait().await.unwrap();
    upload.discard().await.unwrap();
}
