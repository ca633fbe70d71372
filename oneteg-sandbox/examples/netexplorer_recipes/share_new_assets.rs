//! Shares new NetX assets with people outside: copies their files to a NetExplorer folder, and creates one link to all of
//! them that expires.

use std::{error::Error, time::Duration};

use chrono::{DateTime, Utc};
use netexplorer_sdk::{Client, Secret};
use netx_sdk::{
    search::{attribute, field},
    types::{DataSelector, RequestOptions, SearchField},
};

/// Shares the approved assets that were imported after `since`. Returns the URL; `None` if there are none.
pub(crate) async fn run(
    netx: &netx_sdk::Client,
    netexplorer: &Client,
    since: DateTime<Utc>,
    folder: i64,
    valid_for: Duration,
) -> Result<Option<Secret>, Box<dyn Error>> {
    let new = field(SearchField::ImportDate).after(since).and(attribute("Status").is("Approved"));
    let parts = [DataSelector::AssetId, DataSelector::AssetBase, DataSelector::AssetFile];
    let options = RequestOptions::new().select(parts);
    let mut assets = netx.get_assets_by_query(new).options(options).pages();

    let scratch = tempfile::tempdir()?;
    let mut shared = Vec::new();
    while let Some(asset) = assets.try_next().await? {
        let Some(name) = asset.local_name() else { continue };
        let checksum = asset.file.as_ref().and_then(|file| file.checksum.as_deref());
        // A run that failed halfway has copied some of them already. Both vendors use MD5.
        let existing = netexplorer.find_file(folder, name).await?;
        if let Some(file) =
            existing.filter(|file| file.hash.is_some() && file.hash.as_deref() == checksum)
        {
            shared.push(file.id);
            continue;
        }
        // By way of a local file, so that a large one does not have to fit into memory.
        let local = scratch.path().join(asset.id.to_string());
        let mut download = netx.download(asset.id).to_file(&local);
        if let Some(checksum) = asset.md5() {
            download = download.checksum(checksum);
        }
        download.send().await?;
        let uploaded = netexplorer.upload(folder, local.as_path()).name(name).send().await?;
        shared.push(uploaded.file.id);
        std::fs::remove_file(local)?;
    }
    if shared.is_empty() {
        return Ok(None);
    }
    let link = netexplorer.share_files(shared).expires_in(valid_for).send().await?;
    Ok(Some(link.url))
}
