//! Uploads that append: pieces in order, resuming from what the server has, streams that are read once.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::Method;
use oneteg_http::{AppendSink, AppendUpload, Error, ErrorKind, TransferPhase, UploadSource};
use oneteg_test_kit::http_response;

use crate::support;

/// A server that stores what is appended; some pieces are cut off in the middle.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    kept: BytesMut,
    appends: usize,
    /// One of this many appends stores half of its piece and fails.
    breaks: usize,
    /// Every append stores nothing and fails.
    stuck: bool,
    /// The number of bytes it reports in excess of what it has.
    lies: u64,
    /// Loses half of what it has with every second piece.
    forgets: bool,
}

impl AppendSink for Tape {
    type Output = Bytes;

    async fn append(&self, range: Range<u64>, piece: UploadSource) -> Result<u64, Error> {
        assert_eq!(piece.length().await?, Some(range.end - range.start));
        tokio::task::yield_now().await;
        // As a request reads it.
        let (sink, seen) = (self.clone(), Arc::new(Mutex::new(BytesMut::new())));
        let script_seen = Arc::clone(&seen);
        let runtime = support::runtime(move |mut request: reqwest::Request| {
            let seen = Arc::clone(&script_seen);
            async move {
                let body = request.body_mut().take().unwrap();
                let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
                seen.lock().unwrap().extend_from_slice(&body);
                Ok(http_response(200, &[], "{}"))
            }
        });
        runtime.request(Method::PATCH, "/tape").body(piece).send_empty().await?;
        let seen = seen.lock().unwrap().clone();
        let mut state = sink.0.lock().unwrap();
        state.appends += 1;
        let broke = Err(Error::new(ErrorKind::Transport, "scripted"));
        if state.stuck {
            return broke;
        }
        assert_eq!(state.kept.len() as u64, range.start);
        if state.breaks > 0 && state.appends.is_multiple_of(state.breaks) {
            let half = seen.len() / 2;
            state.kept.extend_from_slice(&seen[..half]);
            return broke;
        }
        state.kept.extend_from_slice(&seen);
        if state.forgets && state.appends.is_multiple_of(2) {
            let half = state.kept.len() / 2;
            state.kept.truncate(half);
        }
        Ok(state.kept.len() as u64 + state.lies)
    }

    async fn recover(&self, _: Range<u64>, error: &Error) -> Result<Option<u64>, Error> {
        let kept = self.0.lock().unwrap().kept.len() as u64;
        Ok((error.kind() == ErrorKind::Transport).then_some(kept))
    }

    async fn finish(&self) -> Result<Bytes, Error> {
        Ok(self.0.lock().unwrap().kept.clone().freeze())
    }
}

fn content(length: usize) -> Bytes {
    (0..length).map(|n| (n * 31 % 251) as u8).collect::<Vec<_>>().into()
}

fn sources(bytes: &Bytes, folder: &tempfile::TempDir) -> Vec<UploadSource> {
    let path = folder.path().join("source");
    std::fs::write(&path, bytes).unwrap();
    let pieces: Vec<_> = bytes.chunks(777).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    vec![
        UploadSource::bytes(bytes.clone()),
        UploadSource::path(path),
        UploadSource::reader(std::io::Cursor::new(bytes.clone()), bytes.len() as u64),
        UploadSource::stream(stream::iter(pieces), Some(bytes.len() as u64)),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_source_arrives_whole_whatever_breaks() {
    let folder = tempfile::tempdir().unwrap();
    for length in [0, 1, 1000, 200_001] {
        let bytes = content(length);
        for breaks in [0, 2, 3] {
            for source in sources(&bytes, &folder) {
                let what = format!("{source:?}, {length} bytes, breaks {breaks}");
                let tape = Tape::default();
                tape.0.lock().unwrap().breaks = breaks;
                let mut upload = AppendUpload::new(source, tape).piece_size(70_000).start();
                assert_eq!(upload.wait().await.expect(&what), bytes, "{what}");
                let progress = *upload.progress().borrow();
                let whole = (length as u64, Some(length as u64), TransferPhase::Ended);
                assert_eq!((progress.done, progress.total, progress.phase), whole, "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_where_the_server_is() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = content(100_000);
    for source in sources(&bytes, &folder) {
        let what = format!("{source:?}");
        let tape = Tape::default();
        tape.0.lock().unwrap().kept.extend_from_slice(&bytes[..33_333]);
        let upload = AppendUpload::new(source, tape.clone()).piece_size(10_000).start_at(33_333);
        assert_eq!(upload.start().wait().await.expect(&what), bytes, "{what}");
        assert_eq!(tape.0.lock().unwrap().appends, 7, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nothing_helps_or_the_server_is_wrong() {
    let tape = Tape::default();
    tape.0.lock().unwrap().stuck = true;
    let error = AppendUpload::new(content(10), tape.clone()).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(tape.0.lock().unwrap().appends, 6);

    let tape = Tape::default();
    tape.0.lock().unwrap().lies = 1;
    let error = AppendUpload::new(content(10), tape).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);

    let upload = AppendUpload::new(content(10), Tape::default()).start_at(11);
    assert_eq!(upload.start().wait().await.unwrap_err().kind(), ErrorKind::Integrity);

    let unknown = UploadSource::stream(stream::empty(), None);
    let error = AppendUpload::new(unknown, Tape::default()).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let short = UploadSource::stream(stream::iter([Ok(content(9))]), Some(10));
    let error = AppendUpload::new(short, Tape::default()).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_loses_bytes_again_and_again_ends_the_upload() {
    let folder = tempfile::tempdir().unwrap();
    for source in sources(&content(100), &folder) {
        let what = format!("{source:?}");
        let tape = Tape::default();
        tape.0.lock().unwrap().forgets = true;
        let mut upload = AppendUpload::new(source, tape.clone()).piece_size(10).start();
        let ended = tokio::time::timeout(Duration::from_secs(3600), upload.wait()).await;
        let error = ended.unwrap_or_else(|_| panic!("{what}: the upload never ends")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{what}");
        assert!(tape.0.lock().unwrap().appends < 30, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_announces_nothing_and_has_bytes_is_an_integrity_error() {
    for source in [
        UploadSource::stream(stream::iter([Ok(content(3))]), Some(0)),
        UploadSource::reader(std::io::Cursor::new(content(3)), 0),
    ] {
        let what = format!("{source:?}");
        let error = AppendUpload::new(source, Tape::default()).start().wait().await;
        assert_eq!(error.expect_err(&what).kind(), ErrorKind::Integrity, "{what}");
    }
}

#[tokio::test]
async fn it_pauses_between_pieces_and_is_cancelled() {
    let tape = Tape::default();
    let mut upload = AppendUpload::new(content(100_000), tape.clone()).piece_size(100).start();
    let mut progress = upload.progress();
    progress.wait_for(|now| now.done > 0).await.unwrap();
    upload.pause();
    progress.wait_for(|now| now.phase == TransferPhase::Paused).await.unwrap();
    let kept = tape.0.lock().unwrap().kept.len();
    tokio::task::yield_now().await;
    assert_eq!(tape.0.lock().unwrap().kept.len(), kept);
    upload.resume();
    progress.wait_for(|now| now.done > kept as u64).await.unwrap();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
}
