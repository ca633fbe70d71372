//! Uploads in parts and downloads in ranges: memory, pausing, cancelling, lost connections, resuming.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{
    CallOptions, Checksum, Error, ErrorKind, PartSink, PartUpload, RangedDownload, RangedStream,
    RetryPolicy, Runtime, TransferPhase, TransferState, UploadPart, UploadSource,
};
use oneteg_test_kit::{FaultProxy, ProxyFault};
use tokio::time::sleep;

use crate::{
    item_server::{ItemServer, KEY},
    support::Plain,
};

fn content(length: usize) -> Bytes {
    (0..length).map(|n| (n * 31 % 251) as u8).collect::<Vec<_>>().into()
}

/// A server that stores parts, and counts those under way.
#[derive(Clone, Default)]
struct Store(Arc<Stored>);

#[derive(Default)]
struct Stored {
    parts: Mutex<BTreeMap<u64, Bytes>>,
    puts: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    /// The part that fails once.
    fails: Mutex<Option<u64>>,
}

impl PartSink for Store {
    type Output = Bytes;

    async fn put(&self, part: UploadPart) -> Result<String, Error> {
        let stored = &self.0;
        stored.puts.fetch_add(1, Relaxed);
        stored.most.fetch_max(stored.now.fetch_add(1, Relaxed) + 1, Relaxed);
        // Later parts are faster, so that they finish out of order.
        sleep(Duration::from_millis(100 - part.index.min(90))).await;
        stored.now.fetch_sub(1, Relaxed);
        let fails = stored.fails.lock().unwrap().take_if(|fails| *fails == part.index).is_some();
        if fails {
            return Err(Error::new(ErrorKind::Transport, "scripted"));
        }
        stored.parts.lock().unwrap().insert(part.offset, part.bytes);
        Ok(format!("block-{}", part.index))
    }

    async fn finish(&self, receipts: Vec<String>) -> Result<Bytes, Error> {
        let expected: Vec<String> = (0..receipts.len()).map(|n| format!("block-{n}")).collect();
        assert_eq!(receipts, expected);
        let parts = self.0.parts.lock().unwrap();
        Ok(parts.values().flat_map(|part| part.to_vec()).collect())
    }
}

fn sources(bytes: &Bytes, folder: &tempfile::TempDir) -> Vec<UploadSource> {
    let path = folder.path().join("source");
    std::fs::write(&path, bytes).unwrap();
    let pieces: Vec<_> = bytes.chunks(777).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    vec![
        UploadSource::bytes(bytes.clone()),
        UploadSource::path(path),
        UploadSource::reader(std::io::Cursor::new(bytes.clone()), bytes.len() as u64),
        UploadSource::stream(stream::iter(pieces.clone().into_iter().map(ok)), None),
        UploadSource::stream(stream::iter(pieces.into_iter().map(ok)), Some(bytes.len() as u64)),
    ]
}

fn ok(piece: Result<Bytes, ()>) -> std::io::Result<Bytes> {
    Ok(piece.unwrap())
}

#[tokio::test(start_paused = true)]
async fn every_source_arrives_whole_and_few_parts_are_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    for length in [0, 1, 999, 1000, 1001, 25_500] {
        let bytes = content(length);
        for source in sources(&bytes, &folder) {
            let store = Store::default();
            let mut upload =
                PartUpload::new(source, store.clone()).part_size(1000).parallel(3).start();
            assert_eq!(upload.wait().await.unwrap(), bytes);
            assert!(store.0.most.load(Relaxed) <= 3);
            assert_eq!(store.0.puts.load(Relaxed), length.div_ceil(1000));
            let end = *upload.progress().borrow();
            assert_eq!((end.done, end.total), (length as u64, Some(length as u64)));
            assert_eq!(end.phase, TransferPhase::Ended);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_upload_goes_on_from_its_state_and_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = content(25_500);
    for (first, second) in sources(&bytes, &folder).into_iter().zip(sources(&bytes, &folder)) {
        let store = Store::default();
        *store.0.fails.lock().unwrap() = Some(7);
        let mut upload = PartUpload::new(first, store.clone()).part_size(1000).start();
        assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Transport);
        let state = serde_json::to_string(&upload.state()).unwrap();
        let state: TransferState = serde_json::from_str(&state).unwrap();
        let done = state.parts_done();
        assert!((4..12).contains(&done), "{done} parts were completed");

        store.0.puts.store(0, Relaxed);
        let mut rest = PartUpload::new(second, store.clone()).resume(state).start();
        assert_eq!(rest.wait().await.unwrap(), bytes);
        assert_eq!(store.0.puts.load(Relaxed), 26 - done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_of_another_file_is_refused() {
    let mut upload = PartUpload::new(content(5_000), Store::default()).part_size(1000).start();
    upload.wait().await.unwrap();
    let state = upload.state();
    let mut other = PartUpload::new(content(4_000), Store::default()).resume(state).start();
    assert_eq!(other.wait().await.unwrap_err().kind(), ErrorKind::Integrity);
    let pieces = stream::iter([Ok(Bytes::from_static(b"short"))]);
    let source = UploadSource::stream(pieces, Some(100));
    let mut short = PartUpload::new(source, Store::default()).start();
    assert_eq!(short.wait().await.unwrap_err().kind(), ErrorKind::Integrity);
}

#[tokio::test(start_paused = true)]
async fn an_upload_pauses_goes_on_and_is_cancelled() {
    let store = Store::default();
    let mut upload =
        PartUpload::new(content(100_000), store.clone()).part_size(1000).parallel(2).start();
    let mut progress = upload.progress();
    progress.wait_for(|now| now.done >= 10_000).await.unwrap();
    upload.pause();
    progress.wait_for(|now| now.phase == TransferPhase::Paused).await.unwrap();
    let puts = store.0.puts.load(Relaxed);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(store.0.puts.load(Relaxed), puts, "a paused upload continued");
    upload.resume();
    progress.wait_for(|now| now.done >= 50_000).await.unwrap();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    let puts = store.0.puts.load(Relaxed);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(store.0.puts.load(Relaxed), puts, "a cancelled upload continued");
    assert!(upload.state().parts_done() >= 50);

    let dropped = PartUpload::new(content(100_000), store.clone()).part_size(1000).start();
    drop(dropped);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(store.0.puts.load(Relaxed), puts, "a dropped upload continued");
}

fn client(address: std::net::SocketAddr) -> Runtime {
    let key = ApiKey::in_header(http::HeaderName::from_static("x-key"), &Secret::new(KEY)).unwrap();
    Runtime::builder(format!("http://{address}"), Plain, key)
        .retry(RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build())
        .build()
        .unwrap()
}

fn download(runtime: &Runtime, to: &std::path::Path) -> RangedDownload {
    let runtime = runtime.clone();
    RangedDownload::new(to, move |range| {
        let runtime = runtime.clone();
        async move {
            let options = CallOptions::new().range(range);
            runtime.request(Method::GET, "/items/0/content").options(options).send_stream().await
        }
    })
}

async fn serve_file(bytes: &Bytes) -> (Arc<ItemServer>, std::net::SocketAddr) {
    let (server, address) = ItemServer::serve().await;
    server.items.lock().unwrap().insert(0, ("file".to_owned(), bytes.clone()));
    (server, address)
}

#[tokio::test]
async fn a_download_comes_whole_whatever_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    for length in [0, 1, 999, 1000, 1001, 300_000] {
        let bytes = content(length);
        let (_server, address) = serve_file(&bytes).await;
        for parallel in [1, 4] {
            let part = if length > 10_000 { 10_000 } else { 1000 };
            let mut transfer =
                download(&client(address), &to).part_size(part).parallel(parallel).start();
            assert_eq!(transfer.wait().await.unwrap(), length as u64);
            assert_eq!(std::fs::read(&to).unwrap(), bytes);
            assert_eq!(transfer.progress().borrow().done, length as u64);
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a partial file is left");
}

#[tokio::test]
async fn a_download_through_a_faulty_connection_is_still_right() {
    let bytes = content(400_000);
    let (server, address) = serve_file(&bytes).await;
    let faults = [
        ProxyFault::Reset,
        ProxyFault::Truncate,
        ProxyFault::HalfClose,
        ProxyFault::SlowDrip,
        ProxyFault::Delay,
    ];
    let proxy = FaultProxy::start(address, &faults, 60, 5).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    let mut transfer =
        download(&client(proxy.address()), &to).part_size(20_000).parallel(3).start();
    transfer.wait().await.unwrap();
    assert!(std::fs::read(&to).unwrap() == bytes, "other bytes were received");
    assert!(server.requests.load(Relaxed) > 20, "nothing broke");
}

#[tokio::test]
async fn checksums_are_compared() {
    let (_server, address) = serve_file(&Bytes::from_static(b"abc")).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    // The checksums of "abc" in RFC 1321 appendix A.5 and FIPS 180-4.
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for good in [Checksum::md5(md5), Checksum::sha256(&sha256.to_uppercase())] {
        download(&client(address), &to).checksum(good).start().wait().await.unwrap();
        std::fs::remove_file(&to).unwrap();
    }
    let other = Checksum::md5(&md5.replace('9', "8"));
    let bad = download(&client(address), &to).checksum(other).start().wait().await;
    assert_eq!(bad.unwrap_err().kind(), ErrorKind::Integrity);
    // The checksum of another algorithm is not one.
    let bad = download(&client(address), &to).checksum(Checksum::md5(sha256)).start().wait().await;
    assert_eq!(bad.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(!to.exists(), "a file with a wrong checksum got its name");
}

#[tokio::test]
async fn a_download_goes_on_in_another_process_unless_the_file_changed() {
    let bytes = content(100_000);
    let (server, address) = serve_file(&bytes).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    let runtime = client(address);
    let begin = || download(&runtime, &to).part_size(1000).parallel(1);
    let mut first = begin().start();
    first.progress().wait_for(|now| now.done >= 30_000).await.unwrap();
    first.cancel();
    assert_eq!(first.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    let state = serde_json::to_string(&first.state()).unwrap();
    let state: TransferState = serde_json::from_str(&state).unwrap();
    let done = state.parts_done() as u64;
    assert!(done >= 30 && !to.exists());

    let before = server.requests.load(Relaxed);
    begin().resume(state.clone()).start().wait().await.unwrap();
    assert_eq!(server.requests.load(Relaxed) - before, 100 - done);
    assert!(std::fs::read(&to).unwrap() == bytes, "other bytes were received");

    // Another version of the same length.
    server.items.lock().unwrap().insert(0, ("renamed".to_owned(), bytes));
    let error = begin().resume(state).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_on_from_what_the_server_says_it_has() {
    let bytes = content(5_500);
    let store = Store::default();
    let mut first = PartUpload::new(bytes.clone(), store.clone()).part_size(1000).start();
    first.wait().await.unwrap();
    store.0.puts.store(0, Relaxed);
    let state =
        TransferState::new(1000, Some(5_500)).with_part(0, "block-0").with_part(3, "block-3");
    assert_eq!((state.part_size(), state.total(), state.parts_done()), (1000, Some(5_500), 2));
    let mut rest = PartUpload::new(bytes.clone(), store.clone()).resume(state).start();
    assert_eq!(rest.wait().await.unwrap(), bytes);
    assert_eq!(store.0.puts.load(Relaxed), 4);
    let parts: Vec<_> = rest.state().parts().map(|(part, _)| part).collect();
    assert_eq!(parts, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_stream_outlives_its_connection_unless_the_file_changed() {
    let open = |runtime: Runtime| {
        RangedStream::open(move |range| {
            let runtime = runtime.clone();
            async move {
                let options = CallOptions::new().range(range);
                runtime
                    .request(Method::GET, "/items/0/content")
                    .options(options)
                    .send_stream()
                    .await
            }
        })
    };
    for length in [0, 1, 300_000] {
        let bytes = content(length);
        let (_server, address) = serve_file(&bytes).await;
        let stream = open(client(address)).await.unwrap();
        assert_eq!(stream.total(), Some(length as u64));
        assert_eq!(stream.collect(length).await.unwrap(), bytes);
    }
    let bytes = content(400_000);
    let (server, address) = serve_file(&bytes).await;
    let faults = [ProxyFault::Truncate, ProxyFault::HalfClose];
    for seed in 0..20 {
        let proxy = FaultProxy::start(address, &faults, 60, seed).await.unwrap();
        let stream = open(client(proxy.address())).await.unwrap();
        let all = stream.collect(bytes.len()).await.unwrap();
        assert!(all == bytes, "other bytes were received");
    }
    assert!(server.requests.load(Relaxed) > 20, "nothing broke");
    let stream = open(client(address)).await.unwrap();
    assert_eq!(stream.collect(1000).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

/// The loop of a progress bar, while the handle still exists.
#[tokio::test]
async fn the_progress_ends_with_the_transfer() {
    let mut transfer = oneteg_http::Transfer::spawn(Some(7), async { Ok(3) });
    let mut progress = transfer.progress();
    while progress.changed().await.is_ok() {}
    let last = *progress.borrow();
    assert_eq!((last.done, last.phase), (7, TransferPhase::Ended));
    assert_eq!(transfer.wait().await.unwrap(), 3);
}
