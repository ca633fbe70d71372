//! Compares transfers of `mediavalet-sdk` with those of `object_store`: speed and peak memory, with checksums and without,
//! in blocks and ranges of 8 MiB, 4 at a time. Both talk in turn to the same Azurite, and then to a server that keeps
//! nothing, which shows the cost of the client. Our client also talks to a stand-in for MediaValet's API.
//! `object_store` sends and compares no checksums.
//!
//! ```text
//! (cd peers/azurite && npm ci --ignore-scripts)
//! cargo run --release --manifest-path benches/object-store/Cargo.toml
//! ```

#[path = "../../../mediavalet-sdk/tests/doubles/mod.rs"]
mod doubles;
mod memory;
mod server;
mod transfers;

use std::{error::Error, fs, path::Path, sync::Arc};

use doubles::{
    api::{Api, Storage},
    azurite::Azurite,
    client,
};
use md5::{Digest as _, Md5};
use mediavalet_sdk::{Checksum, upload::BlockChecksum};
use oneteg_test_kit::figure::{Figure, median};
use transfers::{our_file, our_stream, our_upload, store, their_file, their_stream, their_upload};

type BenchResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Of the transferred file, in bytes.
const LENGTH: usize = 256 << 20;
const RUNS: usize = 7;
const BASELINE: &str = "object_store 0.12, without sums";

#[tokio::main]
async fn main() -> BenchResult<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => server::serve().await,
        [kind @ ("up" | "down"), side, url, source] => {
            memory::transfer(kind, side, url, Path::new(source)).await
        }
        _ => {
            let folder = tempfile::tempdir()?;
            let source = folder.path().join("source");
            let content = doubles::content(LENGTH);
            fs::write(&source, &content)?;
            let checksum = Checksum::md5(&hex(&Md5::digest(&content)));
            drop(content);
            match Azurite::start().await {
                Some(azurite) => with_azurite(azurite, &source, checksum).await?,
                None => println!("the comparison with Azurite is left out"),
            }
            with_server(&source).await
        }
    }
}

async fn with_azurite(azurite: Arc<Azurite>, source: &Path, checksum: Checksum) -> BenchResult<()> {
    let api = Api::start(Storage::Azurite(Arc::clone(&azurite), None)).await;
    let store = store(&format!("http://127.0.0.1:{}", azurite.port))?;
    let client = client(&api.url);
    let seconds = rounds(3, async |variant, run| match variant {
        0 => Ok(our_upload(&client, source, BlockChecksum::None).await?.1),
        1 => Ok(our_upload(&client, source, BlockChecksum::Md5).await?.1),
        _ => their_upload(&*store, &format!("theirs-{run}.bin"), source).await,
    })
    .await?;
    compare(&seconds, "Upload of 256 MiB to Azurite", &["without sums", "MD5, the default"]);

    let (asset, _) = our_upload(&client, source, BlockChecksum::Md5).await?;
    let blob = api.item(&asset).blob;
    let seconds = rounds(2, async |variant, _| match variant {
        0 => our_stream(&client, &asset, LENGTH as u64).await,
        _ => their_stream(&*store, &blob, LENGTH as u64).await,
    })
    .await?;
    compare(&seconds, "Download of 256 MiB from Azurite", &["as a stream"]);

    let to = source.with_file_name("copy");
    let seconds = rounds(3, async |variant, _| {
        let seconds = match variant {
            0 => our_file(&client, &asset, &to, None).await?,
            1 => our_file(&client, &asset, &to, Some(checksum.clone())).await?,
            _ => their_file(&*store, &blob, &to, LENGTH as u64).await?,
        };
        fs::remove_file(&to)?;
        Ok(seconds)
    })
    .await?;
    compare(
        &seconds,
        "Download of 256 MiB from Azurite to a file",
        &["without sums", "MD5 compared"],
    );
    Ok(())
}

async fn with_server(source: &Path) -> BenchResult<()> {
    let server = server::Process::start()?;
    let (client, store) = (client(&server.url), store(&server.url)?);
    let seconds = rounds(4, async |variant, _| {
        let checksum = match variant {
            0 => BlockChecksum::None,
            1 => BlockChecksum::Md5,
            2 => BlockChecksum::Crc64,
            _ => return their_upload(&*store, "theirs", source).await,
        };
        Ok(our_upload(&client, source, checksum).await?.1)
    })
    .await?;
    let names = ["without sums", "MD5, the default", "CRC-64"];
    compare(&seconds, "Upload of 256 MiB to a server that keeps nothing", &names);
    memory::measure(&server)
}

/// Seconds of each variant in each round. The variants take turns; the first round warms up the file, the server and the
/// connections, and is not counted.
async fn rounds(
    variants: usize,
    mut run: impl AsyncFnMut(usize, usize) -> BenchResult<f64>,
) -> BenchResult<Vec<Vec<f64>>> {
    let mut seconds = vec![Vec::new(); variants];
    for round in 0..=RUNS {
        for turn in 0..variants {
            let variant = (round + turn) % variants;
            let took = run(variant, round).await?;
            println!("round {round}, variant {variant}: {took:.2} s");
            if round > 0 {
                seconds[variant].push(took);
            }
        }
    }
    Ok(seconds)
}

/// Prints the figures of all variants but the last, which is the baseline.
fn compare(seconds: &[Vec<f64>], what: &str, variants: &[&str]) {
    let rate = |of: &[f64]| LENGTH as f64 / 1e6 / median(of.iter().copied());
    let Some((theirs, all)) = seconds.split_last() else { return };
    for (ours, variant) in all.iter().zip(variants) {
        Figure {
            group: "Transfers",
            name: &format!("{what}, {variant}"),
            unit: "MB/s",
            ours: rate(ours),
            baseline: rate(theirs),
            against: BASELINE,
            ratio: median(theirs.iter().zip(ours).map(|(theirs, ours)| theirs / ours)),
            higher_is_better: true,
        }
        .print();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
