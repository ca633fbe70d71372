//! Uploads and downloads against Azurite with real signed links: sizes around the limits, refused links, a process
//! that is killed repeatedly, and memory use.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod doubles;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use doubles::{
    api::{Api, Storage},
    azurite::Azurite,
    client, content, full,
    proxy::RecordingProxy,
};
use mediavalet_sdk::{
    ErrorKind, FilePart, StorageError, download::Rendition, upload::MAX_SINGLE_REQUEST,
};

const MIB: u64 = 1 << 20;
const PARALLEL: usize = 4;

/// The API double in front of Azurite, with a proxy in between.
struct Servers {
    api: Arc<Api>,
    proxy: Arc<RecordingProxy>,
    _azurite: Arc<Azurite>,
    folder: tempfile::TempDir,
}

async fn start_servers() -> Option<Servers> {
    let azurite = Azurite::start().await?;
    let proxy = RecordingProxy::start(azurite.port).await;
    let api = Api::start(Storage::Azurite(Arc::clone(&azurite), Some(Arc::clone(&proxy)))).await;
    Some(Servers { api, proxy, _azurite: azurite, folder: tempfile::tempdir().unwrap() })
}

impl Servers {
    /// A file of random bytes, written in pieces.
    fn file(&self, length: u64) -> PathBuf {
        let path = self.folder.path().join(format!("{length}.bin"));
        let mut file = std::fs::File::create(&path).unwrap();
        let mut random = fastrand::Rng::with_seed(length);
        let mut piece = vec![0; 1 << 20];
        let mut left = length;
        while left > 0 {
            random.fill(&mut piece);
            let now = piece.len().min(usize::try_from(left).unwrap());
            file.write_all(&piece[..now]).unwrap();
            left -= now as u64;
        }
        path
    }

    /// Downloads the asset and compares it with the file.
    async fn assert_same(&self, asset: &str, path: &Path) {
        let to = self.folder.path().join("downloaded");
        let client = client(&self.api.url);
        let length = client.download(asset, Rendition::Original).to_file(&to).send().await.unwrap();
        assert_eq!(length, path.metadata().unwrap().len());
        let (mut a, mut b) =
            (std::fs::File::open(path).unwrap(), std::fs::File::open(&to).unwrap());
        let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
        loop {
            let read = a.read(&mut left).unwrap();
            if read == 0 {
                break;
            }
            b.read_exact(&mut right[..read]).unwrap();
            assert!(left[..read] == right[..read], "other bytes are stored");
        }
        assert_eq!(self.proxy.leaks.load(SeqCst), 0, "a credential reached the storage host");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_size_arrive() {
    let Some(servers) = start_servers().await else { return };
    let mut sizes = vec![0, 1, MAX_SINGLE_REQUEST, MAX_SINGLE_REQUEST + 1, 96 * MIB];
    if full() {
        sizes.extend([64 * MIB, 64 * MIB + 1, 1024 * MIB]);
    }
    for size in sizes {
        let path = servers.file(size);
        servers.proxy.begun.lock().unwrap().clear();
        let begun = std::time::Instant::now();
        let uploaded = client(&servers.api.url).upload(&*path).category("c").send().await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        let blocks = servers.proxy.begun.lock().unwrap().len();
        let expected = if size <= MAX_SINGLE_REQUEST { 0 } else { size.div_ceil(8 * MIB) };
        assert_eq!(blocks as u64, expected, "{size} bytes");
        servers.assert_same(&uploaded.id, &path).await;
        println!(
            "Azurite: {size} bytes in {blocks} blocks, {:.0} MB/s",
            size as f64 / 1e6 / seconds
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_links_are_typed_errors() {
    let Some(servers) = start_servers().await else { return };
    let client = client(&servers.api.url);
    let small = || client.upload(FilePart::new("a", content(1000))).category("c");
    let large = servers.file(MAX_SINGLE_REQUEST + 1);
    let large = || client.upload(&*large).category("c");
    let stored = small().send().await.unwrap();
    let mut refusals = Vec::new();
    let api = &servers.api;
    let mut check = async |what: &'static str, expected: StorageError| {
        for error in [small().send().await.unwrap_err(), large().send().await.unwrap_err()] {
            assert_eq!(StorageError::of(&error), Some(expected), "{what}: {error:?}");
            assert!(!format!("{error} {error:?} {:?}", error.body_preview()).contains("sig="));
            refusals.push(format!("{what}: {error}"));
        }
    };
    api.link_seconds.store(-60, SeqCst);
    check("expired", StorageError::LinkExpired).await;
    api.link_seconds.store(600, SeqCst);
    *api.permissions.lock().unwrap() = "r";
    check("read-only", StorageError::NotPermitted).await;
    *api.permissions.lock().unwrap() = "rcw";
    api.bad_signature.store(true, SeqCst);
    check("wrong signature", StorageError::BadSignature).await;
    let forged = client.download(&*stored.id, Rendition::Original).stream().await.unwrap_err();
    assert_eq!(StorageError::of(&forged), Some(StorageError::BadSignature));
    api.bad_signature.store(false, SeqCst);
    api.link_seconds.store(-60, SeqCst);
    let ended = client.download(&*stored.id, Rendition::Original).stream().await.unwrap_err();
    assert_eq!(StorageError::of(&ended), Some(StorageError::LinkExpired));
    assert_eq!(ended.kind(), ErrorKind::Authentication);

    // An expired link, where MediaValet provides another one.
    api.renews.store(true, SeqCst);
    let renewed = large().send().await.unwrap();
    assert!(api.item(&renewed.id).finished);
    assert_eq!(servers.proxy.leaks.load(SeqCst), 0, "a credential reached the storage host");
    println!("Azurite refused:\n{}", refusals.join("\n"));
}

/// The process that the tests below kill. It starts an upload, or resumes it if there is a saved state.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let Ok(api) = std::env::var("MV_API") else { return };
    let [file, state] =
        ["MV_FILE", "MV_STATE"].map(|name| PathBuf::from(std::env::var(name).unwrap()));
    let block: u64 = std::env::var("MV_BLOCK").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = memory("VmHWM");
    let uploaded = runtime.block_on(async {
        let client = client(&api);
        let upload = match std::fs::read(&state) {
            Ok(saved) => client.resume_upload(&*file, serde_json::from_slice(&saved).unwrap()),
            Err(_) => client.upload(&*file).category("c"),
        };
        let mut upload = upload.block_size(block).parallel(PARALLEL).start().await.unwrap();
        let mut progress = upload.progress();
        loop {
            let saved = serde_json::to_vec(&upload.state()).unwrap();
            let new = state.with_extension("new");
            std::fs::write(&new, saved).unwrap();
            std::fs::rename(&new, &state).unwrap();
            let ended = progress.borrow().phase == mediavalet_sdk::TransferPhase::Ended;
            if ended || progress.changed().await.is_err() {
                break;
            }
        }
        upload.wait().await.unwrap()
    });
    println!("\nDONE {} {}", uploaded.id, memory("VmHWM").saturating_sub(before));
}

/// A line of `/proc/self/status`, in KiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn spawn(servers: &Servers, file: &Path, state: &Path, block: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("MV_API", &servers.api.url)
        .env("MV_FILE", file)
        .env("MV_STATE", state)
        .env("MV_BLOCK", block.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for the process: returns the id of the asset, and the memory used on top of the start, in KiB.
fn finish(mut child: Child) -> (String, u64) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let done = lines.filter_map(|line| Some(line.strip_prefix("DONE ")?.to_owned())).last();
    assert!(child.wait().unwrap().success());
    let done = done.unwrap();
    let (id, memory) = done.split_once(' ').unwrap();
    (id.to_owned(), memory.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_upload_is_resumed_in_a_new_process() {
    let Some(servers) = start_servers().await else { return };
    let (size, block, kills) = if full() { (1024 * MIB, 8 * MIB, 20) } else { (96 * MIB, MIB, 20) };
    let file = servers.file(size);
    let state = servers.folder.path().join("state.json");
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut offsets: Vec<u64> = (0..kills).map(|_| random.u64(1..size)).collect();
    offsets.sort_unstable();
    println!("Azurite: {kills} kills, seed {seed}");

    let mut stored: BTreeSet<String> = BTreeSet::new();
    let mut begun_before: BTreeSet<String> = BTreeSet::new();
    let (mut resent, mut max_resent, mut killed) = (0, 0, 0);
    let take = |proxy: &RecordingProxy| {
        let begun = std::mem::take(&mut *proxy.begun.lock().unwrap());
        (begun, std::mem::take(&mut *proxy.stored.lock().unwrap()))
    };
    let mut check = |begun: Vec<String>, now_stored: BTreeSet<String>| {
        let again = begun.iter().filter(|block| begun_before.contains(*block)).count();
        let unnecessary = begun.iter().filter(|block| stored.contains(*block)).count();
        assert!(again <= PARALLEL, "{again} blocks were sent again");
        resent += again;
        max_resent = max_resent.max(again);
        stored.extend(now_stored);
        begun_before.extend(begun);
        unnecessary
    };
    let mut unnecessary = 0;
    for offset in offsets {
        let mut child = spawn(&servers, &file, &state, block);
        while servers.proxy.passed.load(SeqCst) < offset && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed += usize::from(child.try_wait().unwrap().is_none());
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        // Blocks in flight may still arrive.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (begun, now_stored) = take(&servers.proxy);
        unnecessary += check(begun, now_stored);
    }
    let child = spawn(&servers, &file, &state, block);
    let (id, _) = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    let (begun, now_stored) = take(&servers.proxy);
    unnecessary += check(begun, now_stored);
    servers.assert_same(&id, &file).await;
    assert!(servers.api.item(&id).finished);
    assert_eq!(killed, kills, "a process ended before it was killed");
    println!(
        "Azurite: {size} bytes in blocks of {block}, killed {killed} times: {resent} blocks sent \
         again, at most {max_resent} after one kill, {unnecessary} of them already stored"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_uses_little_memory() {
    let Some(servers) = start_servers().await else { return };
    let size = if full() { 1024 * MIB } else { 160 * MIB };
    let file = servers.file(size);
    let child = spawn(&servers, &file, &servers.folder.path().join("state"), 8 * MIB);
    let (id, kib) = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    servers.assert_same(&id, &file).await;
    println!("Azurite: {size} bytes with {kib} KiB of memory on top of the start");
    if cfg!(target_os = "linux") {
        assert!(kib > 0 && kib < 64 * 1024, "{kib} KiB");
    }
}
