//! A file that changes while it is sent, and a state of another source.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use futures_util::stream;
use oneteg_http::{
    AppendSink, AppendUpload, Error, ErrorKind, PartSink, PartUpload, RetryPolicy, Runtime,
    TransferState, UploadPart, UploadSource,
};
use oneteg_test_kit::{UploadServer, test_content};

use crate::{
    sources::{LONG, client, file_of, send, send_raw},
    support::{Counting, Plain},
};

/// A change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Grows,
    Shrinks,
    Emptied,
    InPlace,
    Replaced,
    ReplacedByShorter,
}

const CHANGES: [Change; 6] = [
    Change::Grows,
    Change::Shrinks,
    Change::Emptied,
    Change::InPlace,
    Change::Replaced,
    Change::ReplacedByShorter,
];

impl Change {
    fn of(self, path: &Path) {
        let open = || OpenOptions::new().append(true).open(path).unwrap();
        let length = std::fs::metadata(path).unwrap().len();
        match self {
            Self::Grows => open().write_all(&[7; 3000]).unwrap(),
            Self::Shrinks => open().set_len(length / 2).unwrap(),
            Self::Emptied => drop(File::create(path).unwrap()),
            Self::InPlace => {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.write_at(b"another version", 0).unwrap();
            }
            Self::Replaced | Self::ReplacedByShorter => {
                let shorter = u64::from(self == Self::ReplacedByShorter);
                let new = path.with_extension("new");
                std::fs::write(&new, vec![9; (length - shorter) as usize]).unwrap();
                // As programs do that preserve the times of what they copy.
                let modified = std::fs::metadata(path).unwrap().modified().unwrap();
                File::options().write(true).open(&new).unwrap().set_modified(modified).unwrap();
                std::fs::rename(new, path).unwrap();
            }
        }
    }
}

fn file(length: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.bin");
    std::fs::write(&path, test_content(length)).unwrap();
    (folder, path)
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_an_integrity_error() {
    for form in [true, false] {
        for change in CHANGES {
            let (_folder, path) = file(LONG);
            let changed = path.clone();
            let server =
                UploadServer::start_with_action(100_000, move || change.of(&changed)).await;
            let result = send(&client(&server.url), form, UploadSource::path(&path)).await;
            let what = format!("form {form}, {change:?}");
            let error = result.expect_err(&what);
            assert_eq!(error.kind(), ErrorKind::Integrity, "{what}: {error}");
            assert!(error.message().contains("source.bin"), "{error}");
            let request = server.only_request().await;
            if change == Change::Grows {
                // The announced bytes are sent, then the boundary and the fields after the file.
                assert!(file_of(&request, form).expect(&what) == test_content(LONG), "{what}");
            } else {
                assert!(!request.is_complete, "{what}: the server has a complete request");
            }
        }
    }
}

#[tokio::test]
async fn every_attempt_sends_the_same_file() {
    for change in CHANGES {
        let (_folder, path) = file(1000);
        let server = UploadServer::start().await.respond_with(&[503]);
        let source = UploadSource::path(&path);
        let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
        let runtime = Runtime::builder(&server.url, Plain, Counting::default()).retry(quick);
        let runtime = runtime.build().unwrap();
        // The length is read first, as by callers that announce it separately.
        assert_eq!(source.length().await.unwrap(), Some(1000));
        change.of(&path);
        let error = send_raw(&runtime, source).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{change:?}: {error}");
        assert!(server.requests().is_empty(), "{change:?}");

        let (_folder, path) = file(LONG);
        let changed = path.clone();
        let server = UploadServer::start_with_action(LONG, move || change.of(&changed))
            .await
            .respond_with(&[503]);
        let runtime = Runtime::builder(&server.url, Plain, Counting::default());
        let runtime = runtime
            .retry(RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build())
            .build()
            .unwrap();
        let error = send_raw(&runtime, UploadSource::path(&path)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{change:?}: {error}");
        assert_eq!(error.attempts(), 2, "{change:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_deleted_while_it_is_sent_is_sent_all_the_same() {
    let (_folder, path) = file(LONG);
    let deleted = path.clone();
    let server =
        UploadServer::start_with_action(1, move || std::fs::remove_file(deleted).unwrap()).await;
    send_raw(&client(&server.url), UploadSource::path(&path)).await.unwrap();
    assert!(server.only_request().await.body == test_content(LONG));
}

/// Accepts parts and pieces, and changes the file at the second one. Counts how often it was finished.
struct Changing {
    path: PathBuf,
    change: Option<Change>,
    /// The part or piece at which the file changes.
    at: usize,
    taken: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
}

impl Changing {
    fn new(path: &Path, change: Option<Change>, at: usize) -> Self {
        Self { path: path.to_owned(), change, at, taken: Arc::default(), finished: Arc::default() }
    }

    fn take(&self) {
        if self.taken.fetch_add(1, SeqCst) == self.at
            && let Some(change) = self.change
        {
            change.of(&self.path);
        }
    }
}

impl PartSink for Changing {
    type Output = ();

    async fn put(&self, _: UploadPart) -> Result<String, Error> {
        self.take();
        Ok(String::new())
    }

    async fn finish(&self, _: Vec<String>) -> Result<(), Error> {
        self.finished.fetch_add(1, SeqCst);
        Ok(())
    }
}

impl AppendSink for Changing {
    type Output = ();

    async fn append(&self, range: Range<u64>, _: UploadSource) -> Result<u64, Error> {
        self.take();
        Ok(range.end)
    }

    async fn recover(&self, range: Range<u64>, _: &Error) -> Result<Option<u64>, Error> {
        Ok(Some(range.start))
    }

    async fn finish(&self) -> Result<(), Error> {
        self.finished.fetch_add(1, SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn an_upload_in_parts_or_pieces_ends_when_its_file_changes() {
    for change in CHANGES {
        for at in [0, 1, 7] {
            let (_folder, path) = file(800_000);
            let sink = Changing::new(&path, Some(change), at);
            let (taken, finished) = (Arc::clone(&sink.taken), Arc::clone(&sink.finished));
            let upload = PartUpload::new(&*path, sink).part_size(100_000).parallel(1);
            let error = upload.start().wait().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{change:?} {at}: {error}");
            assert_eq!((taken.load(SeqCst), finished.load(SeqCst)), (at + 1, 0), "{change:?}");

            let (_folder, path) = file(800_000);
            let sink = Changing::new(&path, Some(change), at);
            let (taken, finished) = (Arc::clone(&sink.taken), Arc::clone(&sink.finished));
            let upload = AppendUpload::new(&*path, sink).piece_size(100_000);
            let error = upload.start().wait().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{change:?} {at}: {error}");
            assert_eq!((taken.load(SeqCst), finished.load(SeqCst)), (at + 1, 0), "{change:?}");
        }
    }
}

/// Sends pieces to a server, and assumes that it has them whatever fails.
struct ToServer(Runtime);

impl AppendSink for ToServer {
    type Output = ();

    async fn append(&self, range: Range<u64>, piece: UploadSource) -> Result<u64, Error> {
        send_raw(&self.0, piece).await?;
        Ok(range.end)
    }

    async fn recover(&self, range: Range<u64>, _: &Error) -> Result<Option<u64>, Error> {
        Ok(Some(range.end))
    }

    async fn finish(&self) -> Result<(), Error> {
        panic!("the upload was finished")
    }
}

#[tokio::test]
async fn a_reader_that_has_more_or_less_than_it_announced_is_not_finished() {
    for (has, announced) in [(3_000, 2_000), (2_001, 2_000), (2_000, 2_001)] {
        let server = UploadServer::start().await;
        let source = UploadSource::reader(std::io::Cursor::new(test_content(has)), announced);
        let upload = AppendUpload::new(source, ToServer(client(&server.url))).piece_size(700);
        let error = upload.start().wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{has} {announced}: {error}");
    }
    let server = UploadServer::start().await;
    let broken = stream::iter([Err(std::io::Error::other("the disk is gone"))]);
    let source = UploadSource::stream(broken, Some(5));
    let upload = AppendUpload::new(source, ToServer(client(&server.url)));
    let error = upload.start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("the disk is gone"), "{error}");
}

#[tokio::test]
async fn a_piece_is_sent_as_it_was_or_not_at_all() {
    for change in CHANGES {
        let (_folder, path) = file(LONG);
        let changed = path.clone();
        let server = UploadServer::start_with_action(100_000, move || change.of(&changed)).await;
        let upload = AppendUpload::new(&*path, ToServer(client(&server.url)));
        let error = upload.piece_size(LONG as u64 - 1).start().wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{change:?}: {error}");
        // The only request: the change was detected at once.
        server.only_request().await;
    }
}

/// Changes the file after all of it was read, while the last part is still under way.
struct ChangesLate(PathBuf);

impl PartSink for ChangesLate {
    type Output = ();

    async fn put(&self, part: UploadPart) -> Result<String, Error> {
        if part.index == 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Change::InPlace.of(&self.0);
        }
        Ok(String::new())
    }

    async fn finish(&self, _: Vec<String>) -> Result<(), Error> {
        panic!("the upload was finished")
    }
}

#[tokio::test]
async fn a_file_is_compared_until_its_last_part_has_arrived() {
    let (_folder, path) = file(400_000);
    let upload = PartUpload::new(&*path, ChangesLate(path.clone())).part_size(100_000);
    let error = upload.parallel(9).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
}

#[tokio::test]
async fn more_than_was_announced_is_found_out_before_an_upload_is_complete() {
    for (has, announced) in [(3_000, 2_000), (2_001, 2_000), (2_000, 2_001), (1, 0), (0, 1)] {
        let source = |reader| -> UploadSource {
            match reader {
                true => UploadSource::reader(std::io::Cursor::new(test_content(has)), announced),
                false => {
                    UploadSource::stream(stream::iter([Ok(test_content(has))]), Some(announced))
                }
            }
        };
        for reader in [true, false] {
            // As one part, which must not be sent before the end of the source was read.
            let sink = Changing::new(Path::new(""), None, 0);
            let (taken, finished) = (Arc::clone(&sink.taken), Arc::clone(&sink.finished));
            let upload = PartUpload::new(source(reader), sink).part_size(announced.max(1));
            let error = upload.start().wait().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{has} {announced}: {error}");
            assert_eq!((taken.load(SeqCst), finished.load(SeqCst)), (0, 0), "{has} {announced}");

            let sink = Changing::new(Path::new(""), None, 0);
            let finished = Arc::clone(&sink.finished);
            if !reader && announced > 0 {
                let upload = AppendUpload::new(source(reader), sink).piece_size(announced);
                let error = upload.start().wait().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Integrity, "{has} {announced}: {error}");
                assert_eq!(finished.load(SeqCst), 0);
            }
        }
    }
}

/// The state of an upload with one completed part.
async fn begun(path: &Path) -> TransferState {
    let upload = PartUpload::new(path, FailsAfter(AtomicUsize::new(1))).part_size(1000).parallel(1);
    let mut upload = upload.start();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Transport);
    let state = upload.state();
    assert_eq!(state.parts_done(), 1);
    serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap()
}

struct FailsAfter(AtomicUsize);

impl PartSink for FailsAfter {
    type Output = ();

    async fn put(&self, _: UploadPart) -> Result<String, Error> {
        let left = self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        left.map(|_| String::new()).map_err(|_| Error::new(ErrorKind::Transport, "scripted"))
    }

    async fn finish(&self, _: Vec<String>) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test]
async fn a_state_is_of_one_source() {
    let (folder, path) = file(5_500);
    let state = begun(&path).await;
    let resume = async |source: UploadSource, state: TransferState| {
        let sink = Changing::new(Path::new(""), None, 0);
        let taken = Arc::clone(&sink.taken);
        let result = PartUpload::new(source, sink).resume(state).start().wait().await;
        (result, taken.load(SeqCst))
    };
    let (same, sent) = resume(UploadSource::path(&path), state.clone()).await;
    same.unwrap();
    assert_eq!(sent, 5);

    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let number = AtomicUsize::new(0);
    let other = |name: &str, length: usize, modified: SystemTime| {
        let other = format!("other {}", number.fetch_add(1, SeqCst));
        let path = folder.path().join(other).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, test_content(length)).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        UploadSource::path(path)
    };
    // The same file in another folder is the same file.
    let (same, _) = resume(other("source.bin", 5_500, modified), state.clone()).await;
    same.unwrap();
    for (source, what) in [
        (other("source.bin", 5_501, modified), "its length"),
        (other("source.bin", 5_499, modified), "its length"),
        (other("source.bin", 5_500, modified + Duration::from_millis(5)), "modification time"),
        (other("source.bin", 5_500, modified - Duration::from_secs(9)), "modification time"),
        (other("other.bin", 5_500, modified), "its name"),
        (UploadSource::bytes(test_content(5_501)), "its length"),
    ] {
        let (result, sent) = resume(source, state.clone()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(error.message().contains(what), "{what}: {error}");
        assert_eq!(sent, 0, "{what}");
    }

    // A state with more parts than the file has, one of a download, and one without a source, as earlier versions wrote.
    let json = serde_json::to_value(&state).unwrap();
    let changed = |member: &str, value: serde_json::Value| -> TransferState {
        let mut json = json.clone();
        json[member] = value;
        serde_json::from_value(json).unwrap()
    };
    for state in [
        changed("parts", serde_json::json!({"0": "", "6": ""})),
        changed("parts", serde_json::json!({"18446744073709551615": ""})),
        changed("version", serde_json::json!({"etag": "\"v1\""})),
        changed("partial", "abcdefgh".into()),
    ] {
        let (result, sent) = resume(UploadSource::path(&path), state).await;
        assert_eq!((result.unwrap_err().kind(), sent), (ErrorKind::Integrity, 0));
    }
    let mut old = json.clone();
    assert!(old.as_object_mut().unwrap().remove("source").is_some());
    let old: TransferState = serde_json::from_value(old).unwrap();
    let (result, sent) = resume(other("other.bin", 5_500, modified), old).await;
    result.unwrap();
    assert_eq!(sent, 5);
}

#[tokio::test]
async fn a_stream_that_is_shorter_than_what_was_sent_of_it_is_another_one() {
    let stream = |length| UploadSource::stream(stream::iter([Ok(test_content(length))]), None);
    for total in [None, Some(5_500)] {
        let state = TransferState::new(1000, total).with_part(0, "").with_part(1, "");
        for length in [0, 1_999, 1_000] {
            let sink = Changing::new(Path::new(""), None, 0);
            let finished = Arc::clone(&sink.finished);
            let upload = PartUpload::new(stream(length), sink).resume(state.clone());
            let error = upload.start().wait().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{total:?} {length}");
            assert_eq!(finished.load(SeqCst), 0);
        }
        let sink = Changing::new(Path::new(""), None, 0);
        PartUpload::new(stream(5_500), sink).resume(state).start().wait().await.unwrap();
    }
    // A stream whose length was known before has that length.
    let state = TransferState::new(1000, Some(2_500)).with_part(0, "");
    let sink = Changing::new(Path::new(""), None, 0);
    let taken = Arc::clone(&sink.taken);
    let upload = PartUpload::new(stream(2_600), sink).resume(state);
    assert_eq!(upload.start().wait().await.unwrap_err().kind(), ErrorKind::Integrity);
    assert_eq!(taken.load(SeqCst), 0, "a part was sent");
}

#[tokio::test]
async fn a_file_is_read_once_and_shows_its_steps() {
    let (_folder, path) = file(1_000_003);
    let seen = Arc::new(Mutex::new(Vec::new()));
    struct Kept(Arc<Mutex<Vec<UploadPart>>>);
    impl PartSink for Kept {
        type Output = ();
        async fn put(&self, part: UploadPart) -> Result<String, Error> {
            self.0.lock().unwrap().push(part);
            Ok(String::new())
        }
        async fn finish(&self, _: Vec<String>) -> Result<(), Error> {
            Ok(())
        }
    }
    let upload = PartUpload::new(&*path, Kept(Arc::clone(&seen))).part_size(300_000).parallel(1);
    upload.start().wait().await.unwrap();
    let seen = seen.lock().unwrap();
    let all: Vec<u8> = seen.iter().flat_map(|part| part.bytes.to_vec()).collect();
    assert!(all == test_content(1_000_003));
    assert_eq!(
        seen.iter().map(|part| part.offset).collect::<Vec<_>>(),
        [0, 300_000, 600_000, 900_000]
    );
}
