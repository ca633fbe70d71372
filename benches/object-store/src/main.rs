//! Uploads of one file to one Azurite, by `mediavalet-sdk` and by `object_store`, in turn: the ratio of
//! their throughputs. Both send blocks of 8 MiB, 4 at a time. Ours has a double of MediaValet's API to talk
//! to as well. The other sends no sums of its blocks, so ours is measured without and with them.
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
use tokio::io::AsyncReadExt as _;

const LENGTH: usize = 256 << 20;
const BLOCK: usize = 8 << 20;
const WORKERS: usize = 4;
const RUNS: usize = 9;

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn ours(client: &Client, path: &Path, checksums: bool) -> Outcome<f64> {
    let begun = Instant::now();
    let upload = client.upload(path).category("c");
    upload.block_size(BLOCK as u64).workers(WORKERS).checksums(checksums).send().await?;
    Ok(begun.elapsed().as_secs_f64())
}

async fn theirs(store: &dyn ObjectStore, run: usize, path: &Path) -> Outcome<f64> {
    let begun = Instant::now();
    let to = format!("theirs-{run}.bin").into();
    let upload = store.put_multipart(&to).await?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, BLOCK);
    let mut file = tokio::fs::File::open(path).await?;
    let mut piece = vec![0; BLOCK];
    loop {
        // Their loop has a whole block in hand before it waits for a place, as their documentation shows.
        let mut filled = 0;
        while filled < piece.len() {
            match file.read(&mut piece[filled..]).await? {
                0 => break,
                read => filled += read,
            }
        }
        if filled == 0 {
            break;
        }
        upload.wait_for_capacity(WORKERS).await?;
        upload.write(&piece[..filled]);
    }
    upload.finish().await?;
    Ok(begun.elapsed().as_secs_f64())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() -> Outcome<()> {
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

    // The first of each warms up the file, the server and the connections, and does not count. The server
    // slows down with what it stores, so the three take turns in being first.
    let client = client(&api.url);
    let mut seconds = [const { Vec::new() }; 3];
    for run in 0..=RUNS {
        let mut of_run = [0.0; 3];
        for turn in 0..3 {
            let which = (run + turn) % 3;
            of_run[which] = match which {
                0 => ours(&client, &path, false).await?,
                1 => ours(&client, &path, true).await?,
                _ => theirs(&store, run, &path).await?,
            };
        }
        let [plain, summed, their] = of_run;
        println!("run {run}: {plain:.2} s, with sums {summed:.2} s, object_store {their:.2} s");
        if run > 0 {
            for (all, one) in seconds.iter_mut().zip(of_run) {
                all.push(one);
            }
        }
    }
    let ratio = |of: &[f64]| median(seconds[2].iter().zip(of).map(|(their, our)| their / our));
    let rate = |of: &[f64]| LENGTH as f64 / 1e6 / median(of.iter().copied());
    println!(
        "medians of {RUNS}: {:.0} MB/s, with sums {:.0} MB/s, object_store {:.0} MB/s; ratios of \
         throughput {:.2}, with sums {:.2}",
        rate(&seconds[0]),
        rate(&seconds[1]),
        rate(&seconds[2]),
        ratio(&seconds[0]),
        ratio(&seconds[1]),
    );
    Ok(())
}
