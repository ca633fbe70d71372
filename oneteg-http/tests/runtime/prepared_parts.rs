//! Parts of an upload that are prepared, as with a checksum, while others are being sent.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use oneteg_http::{
    Error, ErrorKind, PartSink, PartUpload, TransferPhase, UploadPart, UploadSource,
};
use tokio::{sync::Notify, time::sleep};

/// A protocol whose parts wait for the next one to be prepared, and which records in which order they begin.
#[derive(Clone)]
struct Overlapping(Arc<State>);

struct State {
    parts: u64,
    /// How many parts are prepared, and a signal for each.
    prepared: AtomicU64,
    changed: Notify,
    begun: Mutex<Vec<u64>>,
    /// Parts that were read and are not sent yet.
    in_memory: AtomicUsize,
    max_in_memory: AtomicUsize,
    failing: Option<u64>,
}

impl Overlapping {
    fn new(parts: u64, failing: Option<u64>) -> Self {
        Self(Arc::new(State {
            parts,
            prepared: AtomicU64::new(0),
            changed: Notify::new(),
            begun: Mutex::default(),
            in_memory: AtomicUsize::new(0),
            max_in_memory: AtomicUsize::new(0),
            failing,
        }))
    }
}

impl PartSink for Overlapping {
    type Output = u64;

    async fn prepare(&self, part: &UploadPart) -> Result<String, Error> {
        let state = &self.0;
        let in_memory = state.in_memory.fetch_add(1, Relaxed) + 1;
        state.max_in_memory.fetch_max(in_memory, Relaxed);
        assert_eq!(part.prepared, "");
        // Later parts are faster.
        sleep(Duration::from_millis(100 - part.index)).await;
        if state.failing == Some(part.index) {
            return Err(Error::new(ErrorKind::Io, "scripted"));
        }
        state.prepared.fetch_add(1, Relaxed);
        state.changed.notify_waiters();
        Ok(format!("checksum of {}", part.index))
    }

    async fn put(&self, part: UploadPart) -> Result<String, Error> {
        let state = &self.0;
        assert_eq!(part.prepared, format!("checksum of {}", part.index));
        state.begun.lock().unwrap().push(part.index);
        // A part that is sent before the next one is prepared would wait forever.
        let next = (part.index + 2).min(state.parts);
        loop {
            let changed = state.changed.notified();
            if state.prepared.load(Relaxed) >= next {
                break;
            }
            changed.await;
        }
        state.in_memory.fetch_sub(1, Relaxed);
        Ok(String::new())
    }

    async fn finish(&self, receipts: Vec<String>) -> Result<u64, Error> {
        Ok(receipts.len() as u64)
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_part_is_prepared_while_others_are_sent_and_parts_begin_in_order() {
    for parallel in [1, 3] {
        let sink = Overlapping::new(20, None);
        let upload = PartUpload::new(Bytes::from(vec![7; 20_000]), sink.clone()).part_size(1000);
        let mut upload = upload.parallel(parallel).start();
        let sent = tokio::time::timeout(Duration::from_secs(60), upload.wait()).await;
        assert_eq!(sent.expect("no part is prepared meanwhile").unwrap(), 20);
        assert_eq!(*sink.0.begun.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(sink.0.max_in_memory.load(Relaxed), parallel + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_cannot_be_prepared_fails_the_upload() {
    let sink = Overlapping::new(20, Some(7));
    let upload = PartUpload::new(Bytes::from(vec![7; 20_000]), sink.clone()).part_size(1000);
    let mut upload = upload.parallel(2).start();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Io);
    let begun = sink.0.begun.lock().unwrap().clone();
    assert!(begun.iter().all(|part| *part < 7), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_keeps_prepared_parts_and_sends_them_later() {
    let sink = Overlapping::new(20, None);
    // A stream whose end is unknown, so that the last part is read like the others.
    let pieces = stream::iter((0..20).map(|_| Ok(Bytes::from(vec![7; 1000]))));
    let source = UploadSource::stream(pieces, None);
    let mut upload = PartUpload::new(source, sink.clone()).part_size(1000).parallel(2).start();
    let mut progress = upload.progress();
    progress.wait_for(|now| now.done >= 5_000).await.unwrap();
    upload.pause();
    progress.wait_for(|now| now.phase == TransferPhase::Paused).await.unwrap();
    let begun = sink.0.begun.lock().unwrap().len();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(sink.0.begun.lock().unwrap().len(), begun, "a paused upload continued");
    upload.resume();
    assert_eq!(upload.wait().await.unwrap(), 20);
    assert_eq!(*sink.0.begun.lock().unwrap(), (0..20).collect::<Vec<_>>());
}
