//! How time and memory grow with lists, files and callers. Every point is measured in a separate process.
//!
//! `cargo bench -p oneteg-sandbox --bench growth`; with `-- 4096` as the greatest file in MiB. Linux only, which reports
//! the memory of a process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::cast_precision_loss)]

mod server;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use futures_util::{TryStreamExt as _, future::join_all};
use netexplorer_sdk::upload::UploadMethod;
use oneteg_test_kit::figure::{Point, peak_mib};
use server::Process;

const LISTS: [u64; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];
const CALLERS: [u64; 5] = [1, 10, 100, 1_000, 10_000];
/// The greatest file, in MiB, unless another one is asked for.
const GREATEST: u64 = 512;
/// The greatest file that is saved, in MiB. Greater ones are discarded, so that the disk needs little space.
const GREATEST_SAVED: u64 = 512;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments[..] {
        ["serve", items] => runtime.block_on(server::serve(items.parse().unwrap())),
        [kind @ ("list" | "up" | "blocks" | "down" | "save" | "callers"), url, size, folder] => {
            runtime.block_on(measured(kind, url, size.parse().unwrap(), Path::new(folder)));
        }
        [] if !std::env::args().any(|argument| argument == "--bench") => {}
        [] => curves(GREATEST),
        [greatest] => curves(greatest.parse().unwrap()),
        _ => panic!("usage: growth [GREATEST FILE IN MIB]"),
    }
}

fn curves(greatest: u64) {
    if peak_mib().is_none() {
        println!("SKIPPED: needs Linux");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for items in LISTS {
        point("Items of a list, read page by page", "items", "list", items, folder.path());
    }
    let files: Vec<u64> =
        (0..).map(|power| 64_u64 << power).take_while(|size| *size <= greatest).collect();
    for (curve, kind) in [("piece by piece", "up"), ("4 blocks at a time", "blocks")] {
        for &size in &files {
            // Sparse: it takes no space.
            let source = fs::File::create(folder.path().join("source")).unwrap();
            source.set_len(size << 20).unwrap();
            let curve = format!("Size of an uploaded file, {curve}");
            point(&curve, "MiB", kind, size, folder.path());
        }
    }
    fs::remove_file(folder.path().join("source")).unwrap();
    for &size in &files {
        point("Size of a downloaded file, as a stream", "MiB", "down", size, folder.path());
    }
    for size in files.into_iter().filter(|size| *size <= GREATEST_SAVED) {
        let curve = "Size of a downloaded file, saved in 4 ranges at a time";
        point(curve, "MiB", "save", size, folder.path());
        fs::remove_file(folder.path().join("copy")).unwrap();
    }
    for callers in CALLERS {
        point("Callers at the same time", "callers", "callers", callers, folder.path());
    }
}

fn point(curve: &str, unit: &str, kind: &str, size: u64, folder: &Path) {
    let server = Process::start(size);
    let output = Command::new(std::env::current_exe().unwrap())
        .args([kind, &server.url, &size.to_string(), folder.to_str().unwrap()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let (seconds, peak) = printed.trim().split_once(' ').unwrap();
    let (seconds, peak_mib) = (seconds.parse().unwrap(), peak.parse().unwrap());
    Point { curve, unit, x: size as f64, seconds, peak_mib }.print();
}

/// Runs in the measured process.
async fn measured(kind: &str, url: &str, size: u64, folder: &Path) {
    let client = netexplorer_sdk::Client::builder(url).access_token("any").build().unwrap();
    let began = Instant::now();
    match kind {
        "list" => {
            let pages = mediavalet(url).list_assets().pages().page_size(1_000);
            let read = pages.try_fold(0, |read, _| async move { Ok(read + 1) });
            assert_eq!(read.await.unwrap(), size);
        }
        "up" => {
            let upload = client.upload(42, folder.join("source")).method(UploadMethod::Tus);
            upload.keep_dates(false).piece_size(8 << 20).send().await.unwrap();
        }
        "blocks" => {
            let upload = mediavalet(url).upload(folder.join("source")).category("c");
            upload.block_size(8 << 20).parallel(4).send().await.unwrap();
        }
        "down" => {
            let mut stream = client.download(i64::try_from(size).unwrap()).stream().await.unwrap();
            let mut read = 0;
            while let Some(chunk) = stream.next_chunk().await {
                read += chunk.unwrap().len() as u64;
            }
            assert_eq!(read, size << 20);
        }
        "save" => {
            let download = client.download(i64::try_from(size).unwrap());
            let download = download.to_file(folder.join("copy")).part_size(8 << 20).parallel(4);
            assert_eq!(download.send().await.unwrap(), size << 20);
        }
        _ => {
            let calls = (0..size).map(|id| {
                let client = client.clone();
                tokio::spawn(async move {
                    client.get_folder(i64::try_from(id).unwrap()).send().await.unwrap();
                })
            });
            for call in join_all(calls).await {
                call.unwrap();
            }
        }
    }
    report(began);
}

fn mediavalet(url: &str) -> mediavalet_sdk::Client {
    let builder = mediavalet_sdk::Client::builder().base_url(url).access_token("any");
    builder.subscription_key("any").build().unwrap()
}

fn report(began: Instant) {
    println!("{} {}", began.elapsed().as_secs_f64(), peak_mib().unwrap());
}
