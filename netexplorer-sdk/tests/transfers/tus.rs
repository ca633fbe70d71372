//! TUS uploads against a real server.

use std::{path::PathBuf, sync::Arc, sync::atomic::Ordering::SeqCst, time::Duration};

use netexplorer_sdk::{
    ErrorCode, ErrorKind, UploadSource,
    upload::{UploadMethod, UploadState},
};

use crate::{
    content,
    peer::Peer,
    platform::{CANARY, Content, Platform, Trick},
};

async fn start(settings: &[(&str, &str)]) -> Option<(Peer, Arc<Platform>)> {
    let peer = Peer::start(settings)?;
    let folder = peer.folder.path().to_owned();
    let platform = Platform::start(Some((peer.url.clone(), folder))).await;
    Some((peer, platform))
}

fn path_of(platform: &Platform, index: usize) -> PathBuf {
    platform.with(|inner| match &inner.files[index].content {
        Content::TusFolder(path) => path.clone(),
        Content::Memory(_) => panic!("the file was not sent over TUS"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_all_sizes_arrive() {
    let Some((_peer, platform)) = start(&[]).await else { return };
    let client = platform.client();
    let created = "2020-01-02T03:04:05Z".parse().unwrap();
    for (index, length) in [1, 5 << 20, (16 << 20) + 1].into_iter().enumerate() {
        let sent = content(length);
        let uploaded = client
            .upload(42, sent.clone())
            .name(format!("{length}"))
            .method(UploadMethod::Tus)
            .created(created)
            .send()
            .await
            .unwrap();
        assert_eq!(uploaded.size, Some(length as i64));
        assert!(uploaded.date_failure().is_none());
        assert_eq!(uploaded.creation, Some(created));
        assert!(std::fs::read(path_of(&platform, index)).unwrap() == sent, "{length} bytes");
    }
    // The default from 16 MiB.
    let stream = futures_util::stream::iter([Ok(content(16 << 20))]);
    let source = UploadSource::stream(stream, Some(16 << 20));
    let mut upload = client.upload(42, source).name("stream").start().await.unwrap();
    assert_eq!(upload.state().method(), UploadMethod::Tus);
    upload.wait().await.unwrap();
    assert!(std::fs::read(path_of(&platform, 3)).unwrap() == content(16 << 20));
    println!("@tus/server: 1 byte, 5 MiB, 16 MiB + 1 and a stream of 16 MiB arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_deviations_from_tus_are_accepted() {
    let Some((_peer, platform)) = start(&[]).await else { return };
    let client = platform.client();
    let sent = content(300_000);
    for (index, trick) in
        [Trick::SessionInObject, Trick::Status200, Trick::ShiftedOnce, Trick::InnerPort]
            .into_iter()
            .enumerate()
    {
        platform.play(trick);
        platform.assembling.store(2, SeqCst);
        let upload = client.upload(42, sent.clone()).name(format!("{trick:?}"));
        upload.method(UploadMethod::Tus).piece_size(70_000).send().await.unwrap();
        assert!(std::fs::read(path_of(&platform, index)).unwrap() == sent, "{trick:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_typed() {
    let Some((_peer, platform)) = start(&[("MAX_SIZE", "1000"), ("EXPIRES_AFTER_MS", "700")]).await
    else {
        return;
    };
    let client = platform.client();
    let tus = |length| client.upload(42, content(length)).name("a").method(UploadMethod::Tus);

    let error = tus(1001).send().await.unwrap_err();
    assert_eq!(
        (ErrorCode::of(&error), error.operation()),
        (Some(ErrorCode::TooLarge), Some("tus_create"))
    );

    platform.play(Trick::ForeignLocation);
    let error = tus(500).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("evil.example"), "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));

    platform.play(Trick::None);
    let mut upload = tus(500).start().await.unwrap();
    let state = upload.state();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    tokio::time::sleep(Duration::from_millis(900)).await;
    let error = client.resume_upload(content(500), state.clone()).send().await.unwrap_err();
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::UploadExpired), "{error:?}");

    let error = client.resume_upload(content(501), state.clone()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    // A modified state that leads to another server.
    let mut json = serde_json::to_value(&state).unwrap();
    json["tus"]["location"] = "https://evil.example/1".into();
    let state: UploadState = serde_json::from_value(json).unwrap();
    assert!(!format!("{state:?}").contains("session-"));
    let error = client.resume_upload(content(500), state).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    println!("@tus/server: too large, foreign location and expired are typed errors");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_stays_wrong_is_an_error() {
    let Some((_peer, platform)) = start(&[]).await else { return };
    platform.play(Trick::ShiftedOffsets);
    let upload = platform.client().upload(42, content(500)).name("a").method(UploadMethod::Tus);
    let error = upload.send().await.unwrap_err();
    assert_eq!(
        (error.kind(), ErrorCode::of(&error)),
        (ErrorKind::Conflict, Some(ErrorCode::WrongOffset))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_upload_does_not_continue_an_earlier_one() {
    use futures_util::StreamExt as _;
    let Some((_peer, platform)) = start(&[]).await else { return };
    let client = platform.client();
    let upload = |source: UploadSource| {
        client.upload(42, source).name("a").method(UploadMethod::Tus).piece_size(1000)
    };
    // The source has one piece and never ends.
    let piece = futures_util::stream::iter([Ok(content(1000))]);
    let stuck = UploadSource::stream(piece.chain(futures_util::stream::pending()), Some(3000));
    let mut earlier = upload(stuck).start().await.unwrap();
    earlier.progress().wait_for(|now| now.done == 1000).await.unwrap();
    earlier.cancel();
    earlier.wait().await.unwrap_err();

    let other = bytes::Bytes::from(vec![7; 3000]);
    platform.play(Trick::KeptSession);
    let error = upload(other.clone().into()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(platform.forwarded.load(SeqCst), 1000, "bytes were sent");

    platform.play(Trick::EarlierSession);
    upload(other.clone().into()).send().await.unwrap();
    assert!(std::fs::read(path_of(&platform, 0)).unwrap() == other);
}

/// A server that has forgotten the upload, and whose response to closing the session is that of a complete file only
/// if it reports the size.
#[tokio::test]
async fn a_forgotten_upload_has_finished_only_if_its_file_has_the_size() {
    use axum::{Json, Router, http::StatusCode, routing::post};
    for (file, is_finished) in [
        (serde_json::json!({"id": 5, "size": 500}), true),
        (serde_json::json!({"id": 5, "size": 499}), false),
        (serde_json::json!({"id": 5}), false),
    ] {
        let close = async move || Json(file);
        let router = Router::new().route("/api/file/tus", post(close));
        let router = router.fallback(async || StatusCode::NOT_FOUND);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = netexplorer_sdk::Client::builder(url).access_token(CANARY).build().unwrap();
        let state = serde_json::json!({"method": "tus", "folder_id": 42, "name": "a", "size": 500,
            "piece_size": 100, "tus": {"token": "key", "location": "/api/tus/1"}});
        let state: UploadState = serde_json::from_value(state).unwrap();
        match client.resume_upload(content(500), state).send().await {
            Ok(uploaded) => assert!(is_finished && uploaded.id == 5, "{uploaded:?}"),
            Err(error) => {
                assert!(!is_finished, "{error}");
                assert_eq!(ErrorCode::of(&error), Some(ErrorCode::UploadExpired), "{error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_paused_resumed_and_discarded() {
    let Some((peer, platform)) = start(&[]).await else { return };
    let client = platform.client();
    let sent = content(1 << 20);
    let request = client.upload(42, sent.clone()).name("a").method(UploadMethod::Tus);
    let mut upload = request.piece_size(64 << 10).start().await.unwrap();
    let mut progress = upload.progress();
    progress.wait_for(|now| now.done > 0).await.unwrap();
    upload.pause();
    progress
        .wait_for(|now| format!("{:?}", now.phase) == "Paused" || now.done == 1 << 20)
        .await
        .unwrap();
    upload.resume();
    upload.wait().await.unwrap();
    assert!(std::fs::read(path_of(&platform, 0)).unwrap() == sent);
    // Discarding is allowed after the end too.
    upload.discard().await.unwrap();

    let request = client.upload(42, content(1 << 20)).name("b").method(UploadMethod::Tus);
    let upload = request.start().await.unwrap();
    let before = std::fs::read_dir(peer.folder.path()).unwrap().count();
    upload.discard().await.unwrap();
    let after = std::fs::read_dir(peer.folder.path()).unwrap().count();
    assert!(after < before, "the server kept a discarded upload: {before}, {after}");
}
