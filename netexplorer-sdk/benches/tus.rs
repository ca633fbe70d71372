//! Compares TUS uploads with those of the reference client (npm `tus-js-client`): alternately, to the same server
//! (npm `@tus/server`), in pieces of 5 MiB. Prints the ratios of throughput and of peak memory. Linux only, which
//! reports a process's peak.
//!
//! ```text
//! (cd peers/tus && npm ci --ignore-scripts) && cargo bench -p netexplorer-sdk --bench tus
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/transfers/peer.rs"]
mod peer;

use std::{
    env, fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use netexplorer_sdk::{Client, upload::UploadMethod};

const MEBIBYTES: u64 = 512;
const ROUNDS: usize = 7;

fn main() {
    if let (Ok(url), Ok(source)) = (env::var("URL"), env::var("SOURCE")) {
        return upload(&url, Path::new(&source));
    }
    let Some(peer) = peer::Peer::start(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let mut file = fs::File::create(&source).unwrap();
    for _ in 0..MEBIBYTES {
        file.write_all(&vec![7; 1 << 20]).unwrap();
    }
    let script = peer::installed().unwrap().join("client.mjs");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first run of each only warms up caches.
    for _ in 0..=ROUNDS {
        ours.push(run(Command::new(env::current_exe().unwrap()), &peer, &source));
        let mut node = Command::new("node");
        node.arg(&script);
        theirs.push(run(node, &peer, &source));
    }
    let (ours, theirs) = (medians(&ours[1..]), medians(&theirs[1..]));
    let speed = |seconds: f64| MEBIBYTES as f64 / seconds;
    println!(
        "ours {:.0} MiB/s, {:.1} MiB; tus-js-client {:.0} MiB/s, {:.1} MiB",
        speed(ours.0),
        ours.1 / 1024.0,
        speed(theirs.0),
        theirs.1 / 1024.0
    );
    println!(
        "throughput ratio {:.2}, peak memory ratio {:.3}",
        theirs.0 / ours.0,
        ours.1 / theirs.1
    );
}

/// Seconds and peak KiB of one upload.
fn run(mut command: Command, peer: &peer::Peer, source: &Path) -> (f64, f64) {
    command.env("URL", &peer.url).env("SOURCE", source).stdout(Stdio::piped());
    let output = command.output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let (seconds, peak) = printed.trim().split_once(' ').unwrap();
    for stored in fs::read_dir(peer.folder.path()).unwrap() {
        fs::remove_file(stored.unwrap().path()).unwrap();
    }
    (seconds.parse().unwrap(), peak.parse().unwrap())
}

fn medians(runs: &[(f64, f64)]) -> (f64, f64) {
    let median = |mut numbers: Vec<f64>| {
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    (median(runs.iter().map(|run| run.0).collect()), median(runs.iter().map(|run| run.1).collect()))
}

/// Runs in the measured process.
fn upload(url: &str, source: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seconds = runtime.block_on(async {
        let client = Client::builder(url).access_token("any").build().unwrap();
        let start = Instant::now();
        let upload = client.upload(42, source).method(UploadMethod::Tus).keep_dates(false);
        upload.piece_size(5 << 20).send().await.unwrap();
        start.elapsed().as_secs_f64()
    });
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("{seconds} {}", peak.trim().trim_end_matches(" kB"));
}
