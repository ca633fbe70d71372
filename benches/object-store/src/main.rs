//! Compares the upload throughput of `mediavalet-sdk` and `object_store`: both upload the same file to
//! the same Azurite, in turn, in blocks of 8 MiB, 4 at a time. Our client also talks to a stand-in for
//! MediaValet's API. `object_store` sends no checksums of its blocks, so ours is measured with and
//! without them.
//!
//! ```text
//! (cd peers/azurite && npm ci --ignore-scripts)
//! cargo run --release --manifest-path benches/object-store/Cargo.toml
//! ```

#[path = "../../../mediavalet-sdk/tests/doubles/mod.rs"]
mod doubles;

use std::{error::Error, io::Write as _, path::Path, sync::Arc, time::Instant};

use doubles::{
    api::{Api, Storage},
    azurite::{ACCOUNT, ACCOUNT_KEY, Azurite, CONTAINER},
    client,
};
use mediavalet_sdk::Client;
use object_store::{ObjectStore, WriteMultipart, azure::MicrosoftAzureBuilder};
use oneteg_test_kit::figure::{Figure, median};
use tokio::io::AsyncReadExt as _;

const LENGTH: usize = 256 << 20;
const BLOCK: usize = 8 << 20;
const WORKERS: usize = 4;
const RUNS: usize = 9;

type BenchResult<T> = Result<T, Box<dyn Error>>;

async fn ours(client: &Client, path: &Path, checksums: bool) -> BenchResult<f64> {
    let started = Instant::now();
    let upload = client.upload(path).category("c");
    upload.block_size(BLOCK as u64).parallel(WORKERS).checksums(checksums).send().await?;
    Ok(started.elapsed().as_secs_f64())
}

async fn theirs(store: &dyn ObjectStore, run: usize, path: &Path) -> BenchResult<f64> {
    let started = Instant::now();
    let to = format!("theirs-{run}.bin").into();
    let upload = store.put_multipart(&to).await?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, BLOCK);
    let mut file = tokio::fs::File::open(path).await?;
    let mut block = vec![0; BLOCK];
    loop {
        // As in their documentation, the loop fills a whole block before it waits for capacity.
        let mut filled = 0;
        while filled < block.len() {
            match file.read(&mut block[filled..]).await? {
                0 => break,
                read => filled += read,
            }
        }
        if filled == 0 {
            break;
        }
        upload.wait_for_capacity(WORKERS).await?;
        upload.write(&block[..filled]);
    }
    upload.finish().await?;
    Ok(started.elapsed().as_secs_f64())
}

#[tokio::main]
async fn main() -> BenchResult<()> {
    let azurite = Azurite::start().await.ok_or("Azurite is not installed")?;
    let api = Api::start(Storage::Azurite(Arc::clone(&azurite), None)).await;
    let store = MicrosoftAzureBuilder::new()
        .with_endpoint(format!("http://127.0.0.1:{}/{ACCOUNT}", azurite.port))
        .with_account(ACCOUNT)
        .with_access_key(ACCOUNT_KEY)
        .with_container_name(CONTAINER)
        .with_allow_http(true)
        .build()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file.bin");
    std::fs::File::create(&path)?.write_all(&doubles::content(LENGTH))?;

    // The first run warms up the file, the server and the connections, and is not counted. The server
    // slows down as it stores more, so the three variants rotate.
    let client = client(&api.url);
    let mut seconds = [const { Vec::new() }; 3];
    for run in 0..=RUNS {
        let mut durations = [0.0; 3];
        for turn in 0..3 {
            let variant = (run + turn) % 3;
            durations[variant] = match variant {
                0 => ours(&client, &path, false).await?,
                1 => ours(&client, &path, true).await?,
                _ => theirs(&store, run, &path).await?,
            };
        }
        let [plain, summed, theirs] = durations;
        println!("run {run}: {plain:.2} s, with sums {summed:.2} s, object_store {theirs:.2} s");
        if run > 0 {
            for (all, one) in seconds.iter_mut().zip(durations) {
                all.push(one);
            }
        }
    }
    let rate = |of: &[f64]| LENGTH as f64 / 1e6 / median(of.iter().copied());
    for (name, ours) in [
        ("Upload of 256 MiB to Azurite, 4 blocks of 8 MiB at a time, without sums", &seconds[0]),
        ("The same with the MD5 sum of every block, the default", &seconds[1]),
    ] {
        Figure {
            group: "Transfers",
            name,
            unit: "MB/s",
            ours: rate(ours),
            baseline: rate(&seconds[2]),
            against: "object_store 0.12, which sends no sums",
            ratio: median(seconds[2].iter().zip(ours).map(|(theirs, ours)| theirs / ours)),
            higher_is_better: true,
        }
        .print();
    }
    Ok(())
}
