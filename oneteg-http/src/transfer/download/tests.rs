//! The order of the disk operations of a download, and their failures.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use http::Method;

use oneteg_test_kit::http_response;

use super::{
    super::partial_file::{Disk, LocalDisk},
    RangedDownload,
};
use crate::{CallOptions, ErrorKind, Runtime, Vendor};

const CONTENT: &[u8] = b"0123456789abcdefghij";

/// Records the operations, and fails some on demand.
#[derive(Default)]
struct RecordingDisk {
    steps: Mutex<Vec<String>>,
    /// Fails writes at byte 10 and beyond.
    is_full: AtomicBool,
    /// Fails the sync of every part but the first.
    fails_sync: AtomicBool,
}

impl RecordingDisk {
    fn record(&self, step: impl Into<String>) -> usize {
        let mut steps = self.steps.lock().unwrap();
        steps.push(step.into());
        steps.len()
    }
}

impl Disk for RecordingDisk {
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        self.record(format!("write {at}"));
        if at >= 10 && self.is_full.load(Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        LocalDisk.write(file, bytes, at)
    }

    fn sync_data(&self, _: &File) -> io::Result<()> {
        if self.record("sync part") > 2 && self.fails_sync.load(Relaxed) {
            return Err(io::Error::other("lost"));
        }
        Ok(())
    }

    fn sync_all(&self, _: &File) -> io::Result<()> {
        self.record("sync");
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.record("rename");
        std::fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.record(format!("sync folder {}", folder.display()));
        Ok(())
    }
}

#[derive(Debug)]
struct Plain;

impl Vendor for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }
}

fn runtime() -> Runtime {
    let key = oneteg_auth::Secret::new("canary");
    let key = oneteg_auth::ApiKey::in_header(http::HeaderName::from_static("x-key"), &key).unwrap();
    let script = |request: reqwest::Request| async move {
        let range = request.headers()["range"].to_str().unwrap().to_owned();
        let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
        let (from, to) = (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap().min(19));
        let range = format!("bytes {from}-{to}/20");
        let headers = [("etag", "\"1\""), ("content-range", &*range)];
        Ok(http_response(206, &headers, CONTENT[from..=to].to_vec()))
    };
    Runtime::builder("http://127.0.0.1:9", Plain, key).transport(script).build().unwrap()
}

fn download(to: &Path, disk: &Arc<RecordingDisk>) -> RangedDownload {
    let runtime = runtime();
    let mut download = RangedDownload::new(to, move |range| {
        let runtime = runtime.clone();
        async move {
            let options = CallOptions::new().range(range);
            runtime.request(Method::GET, "/file").options(options).send_stream().await
        }
    });
    download.disk = Arc::clone(disk) as Arc<dyn Disk>;
    download.part_size(10).parallel(1)
}

#[tokio::test]
async fn a_part_is_on_the_disk_before_it_counts_and_the_file_before_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (to, disk) = (folder.path().join("file"), Arc::<RecordingDisk>::default());
    download(&to, &disk).start().wait().await.unwrap();
    let expected = [
        "write 0".to_owned(),
        "sync part".to_owned(),
        "write 10".to_owned(),
        "sync part".to_owned(),
        "sync".to_owned(),
        "rename".to_owned(),
        format!("sync folder {}", folder.path().display()),
    ];
    assert_eq!(*disk.steps.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_part_that_did_not_reach_the_disk_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    for fails_sync in [false, true] {
        let (to, disk) = (folder.path().join("file"), Arc::<RecordingDisk>::default());
        let fault = if fails_sync { &disk.fails_sync } else { &disk.is_full };
        fault.store(true, Relaxed);
        let mut failed = download(&to, &disk).start();
        let error = failed.wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert_eq!((failed.state().parts_done(), to.exists()), (1, false));
        // The fault is gone: the download resumes from the part that was synced.
        fault.store(false, Relaxed);
        download(&to, &disk).resume(failed.state()).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), CONTENT);
        std::fs::remove_file(&to).unwrap();
    }
}
