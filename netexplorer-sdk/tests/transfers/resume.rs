//! An upload whose process is killed at random offsets and resumed by a new one.

use std::{
    env,
    process::{Command, Stdio},
    sync::atomic::Ordering::SeqCst,
    time::Duration,
};

use netexplorer_sdk::{Client, upload::UploadMethod};

use crate::{
    peer::Peer,
    platform::{CANARY, Content, Platform},
};

const URL: &str = "ONETEG_TEST_UPLOAD_URL";
const FOLDER: &str = "ONETEG_TEST_UPLOAD_FOLDER";
const KILLS: u64 = 20;

/// The process that is killed: this test binary, started again. As a test, it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn uploading_process() {
    let (Ok(url), Ok(folder)) = (env::var(URL), env::var(FOLDER)) else { return };
    let (source, saved) = (format!("{folder}/source"), format!("{folder}/state"));
    let source = std::path::Path::new(&source);
    let client = Client::builder(url).access_token(CANARY).build().unwrap();
    let request = match std::fs::read(&saved) {
        Ok(state) => client.resume_upload(source, serde_json::from_slice(&state).unwrap()),
        Err(_) => client.upload(42, source).method(UploadMethod::Tus),
    };
    let mut upload = request.start().await.unwrap();
    // Atomically, since the process may be killed at any time.
    let unfinished = format!("{saved}.new");
    std::fs::write(&unfinished, serde_json::to_vec(&upload.state()).unwrap()).unwrap();
    std::fs::rename(unfinished, saved).unwrap();
    upload.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_twenty_offsets_and_resumed_in_a_new_process() {
    let Some(peer) = Peer::start(&[]) else { return };
    let mebibytes = if env::var_os("ONETEG_TEST_FULL").is_some() { 1024 } else { 48 };
    let size: u64 = mebibytes << 20;
    let folder = tempfile::tempdir().unwrap();
    write_source(&folder.path().join("source"), mebibytes);
    let platform = Platform::start(Some((peer.url.clone(), peer.folder.path().to_owned()))).await;
    let process = || {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "resume::uploading_process", "--nocapture"]).stdout(Stdio::null());
        command.env(URL, &platform.url).env(FOLDER, folder.path());
        command
    };

    let mut random = fastrand::Rng::new();
    let seed = random.u64(..);
    random.seed(seed);
    let mut offsets = Vec::new();
    for _ in 0..KILLS {
        // A fraction of the file each time, so that every kill hits a running upload.
        let more = random.u64(1..size / (KILLS + 1));
        platform.barrier.store(platform.forwarded.load(SeqCst) + more, SeqCst);
        let mut child = process().spawn().unwrap();
        let reached = platform.at_barrier.notified();
        tokio::time::timeout(Duration::from_secs(60), reached)
            .await
            .expect("the barrier was not reached");
        while !folder.path().join("state").exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // SIGKILL on Unix: nothing is cleaned up.
        child.kill().unwrap();
        child.wait().unwrap();
        platform.client_gone.notify_one();
        offsets.push(platform.forwarded.load(SeqCst));
    }
    platform.barrier.store(u64::MAX, SeqCst);
    assert!(process().status().unwrap().success(), "seed {seed}, kills at {offsets:?}");

    let stored = platform.with(|inner| {
        assert_eq!(inner.files.len(), 1);
        match &inner.files[0].content {
            Content::TusFolder(path) => path.clone(),
            Content::Memory(_) => panic!("the file was not sent over TUS"),
        }
    });
    assert!(same(&folder.path().join("source"), &stored), "seed {seed}, kills at {offsets:?}");
    let sent_again = platform.forwarded.load(SeqCst) - size;
    println!(
        "@tus/server: {mebibytes} MiB, killed {KILLS} times, resumed in new processes, bytes identical; \
         {:.2} % of the bytes were sent again",
        sent_again as f64 * 100.0 / size as f64
    );
}

fn write_source(path: &std::path::Path, mebibytes: u64) {
    use std::io::Write as _;
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut random = fastrand::Rng::with_seed(7);
    let mut piece = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        random.fill(&mut piece);
        file.write_all(&piece).unwrap();
    }
    file.flush().unwrap();
}

fn same(one: &std::path::Path, other: &std::path::Path) -> bool {
    use std::io::Read as _;
    let open =
        |path| std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(path).unwrap());
    let (mut one, mut other) = (open(one), open(other));
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = one.read(&mut left).unwrap();
        if read == 0 {
            return other.read(&mut right).unwrap() == 0;
        }
        if other.read_exact(&mut right[..read]).is_err() || left[..read] != right[..read] {
            return false;
        }
    }
}
