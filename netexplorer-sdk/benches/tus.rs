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
use oneteg_test_kit::figure::{Figure, median, peak_mib};

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
    let (ours, theirs) = (&ours[1..], &theirs[1..]);
    let speed = |runs: &[(f64, f64)]| MEBIBYTES as f64 / median(runs.iter().map(|run| run.0));
    let peak = |runs: &[(f64, f64)]| median(runs.iter().map(|run| run.1)) / 1024.0;
    Figure {
        group: "Transfers",
        name: "TUS upload of 512 MiB in pieces of 5 MiB",
        unit: "MiB/s",
        ours: speed(ours),
        baseline: speed(theirs),
        against: "tus-js-client 4.3.1",
        ratio: median(ours.iter().zip(theirs).map(|(ours, theirs)| theirs.0 / ours.0)),
        higher_is_better: true,
    }
    .print();
    Figure {
        group: "Transfers",
        name: "Peak memory of its process",
        unit: "MiB",
        ours: peak(ours),
        baseline: peak(theirs),
        against: "tus-js-client 4.3.1",
        ratio: peak(ours) / peak(theirs),
        higher_is_better: false,
    }
    .print();
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
    println!("{seconds} {}", peak_mib().unwrap() * 1024.0);
}
