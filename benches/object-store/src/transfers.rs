//! One transfer of each side.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path, sync::Arc, time::Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mediavalet_sdk::{Checksum, Client, download::Rendition, upload::BlockChecksum};
use object_store::{ObjectStore, WriteMultipart, azure::MicrosoftAzureBuilder};
use tokio::io::AsyncReadExt as _;

use crate::{
    BenchResult,
    doubles::azurite::{ACCOUNT, ACCOUNT_KEY, CONTAINER},
};

/// Of a block, and of a range.
pub(crate) const BLOCK: usize = 8 << 20;
/// Blocks and ranges at a time.
const WORKERS: usize = 4;

/// A store of `object_store` for the account that every emulator has.
pub(crate) fn store(url: &str) -> BenchResult<Arc<dyn ObjectStore>> {
    let store = MicrosoftAzureBuilder::new()
        .with_endpoint(format!("{url}/{ACCOUNT}"))
        .with_account(ACCOUNT)
        .with_access_key(ACCOUNT_KEY)
        .with_container_name(CONTAINER)
        .with_allow_http(true)
        .build()?;
    Ok(Arc::new(store))
}

/// Uploads a file, and returns the id of the asset and the seconds.
pub(crate) async fn our_upload(
    client: &Client,
    path: &Path,
    checksum: BlockChecksum,
) -> BenchResult<(String, f64)> {
    let began = Instant::now();
    let upload = client.upload(path).category("c").block_size(BLOCK as u64).parallel(WORKERS);
    let id = upload.checksums(checksum).send().await?.id;
    Ok((id, began.elapsed().as_secs_f64()))
}

pub(crate) async fn their_upload(
    store: &dyn ObjectStore,
    name: &str,
    path: &Path,
) -> BenchResult<f64> {
    let began = Instant::now();
    let upload = store.put_multipart(&name.into()).await?;
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
    Ok(began.elapsed().as_secs_f64())
}

/// Reads a file as a stream, and discards it.
pub(crate) async fn our_stream(client: &Client, asset: &str, length: u64) -> BenchResult<f64> {
    let began = Instant::now();
    let mut stream = client.download(asset, Rendition::Original).stream().await?;
    let mut read = 0;
    while let Some(chunk) = stream.next_chunk().await {
        read += chunk?.len() as u64;
    }
    assert_eq!(read, length);
    Ok(began.elapsed().as_secs_f64())
}

pub(crate) async fn their_stream(
    store: &dyn ObjectStore,
    name: &str,
    length: u64,
) -> BenchResult<f64> {
    let began = Instant::now();
    let mut stream = store.get(&name.into()).await?.into_stream();
    let mut read = 0;
    while let Some(chunk) = stream.try_next().await? {
        read += chunk.len() as u64;
    }
    assert_eq!(read, length);
    Ok(began.elapsed().as_secs_f64())
}

/// Downloads to a file in ranges.
pub(crate) async fn our_file(
    client: &Client,
    asset: &str,
    to: &Path,
    checksum: Option<Checksum>,
) -> BenchResult<f64> {
    let began = Instant::now();
    let download = client.download(asset, Rendition::Original).to_file(to);
    let download = download.part_size(BLOCK as u64).parallel(WORKERS);
    match checksum {
        Some(checksum) => download.checksum(checksum).send().await?,
        None => download.send().await?,
    };
    Ok(began.elapsed().as_secs_f64())
}

/// The same with `object_store`, which has no such function: ranges, written to their place, synced and renamed.
pub(crate) async fn their_file(
    store: &dyn ObjectStore,
    name: &str,
    to: &Path,
    length: u64,
) -> BenchResult<f64> {
    let began = Instant::now();
    let partial = to.with_extension("part");
    let file = Arc::new(File::create(&partial)?);
    let ranges = (0..length.div_ceil(BLOCK as u64)).map(|part| {
        let from = part * BLOCK as u64;
        let (file, name, range) =
            (Arc::clone(&file), name.into(), from..length.min(from + BLOCK as u64));
        async move {
            let bytes = store.get_range(&name, range).await?;
            tokio::task::spawn_blocking(move || file.write_all_at(&bytes, from)).await??;
            BenchResult::Ok(())
        }
    });
    stream::iter(ranges).buffer_unordered(WORKERS).try_collect::<()>().await?;
    tokio::task::spawn_blocking(move || file.sync_all()).await??;
    std::fs::rename(partial, to)?;
    Ok(began.elapsed().as_secs_f64())
}
