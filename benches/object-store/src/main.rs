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
use object_store::{ObjectStore, WriteMultipart, azure::MicrosoftAzureBuilder};
use tokio::io::AsyncReadExt as _;

const LENGTH: usize = 256 << 20;
const BLOCK: usize = 8 << 20;
const WORKERS: usize = 4;
const RUNS: usize = 3;

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn ours(api: &Api, path: &Path, checksums: bool) -> Outcome<f64> {
    let begun = Instant::now();
    let upload = client(&api.url).upload(path).category("c");
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

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
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

    // The first of each warms up the file, the server and the connections, and does not count.
    let (mut plain, mut summed, mut their) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let ours = (ours(&api, &path, false).await?, ours(&api, &path, true).await?);
        let theirs = theirs(&store, run, &path).await?;
        println!(
            "run {run}: {:.2} s, with sums {:.2} s, object_store {theirs:.2} s",
            ours.0, ours.1
        );
        if run > 0 {
            plain.push(ours.0);
            summed.push(ours.1);
            their.push(theirs);
        }
    }
    let (plain, summed, their) = (median(plain), median(summed), median(their));
    let rate = |seconds: f64| LENGTH as f64 / 1e6 / seconds;
    println!(
        "median of {RUNS}: {:.0} MB/s, with sums {:.0} MB/s, object_store {:.0} MB/s; ratios of \
         throughput {:.2}, with sums {:.2}",
        rate(plain),
        rate(summed),
        rate(their),
        their / plain,
        their / summed
    );
    Ok(())
}
