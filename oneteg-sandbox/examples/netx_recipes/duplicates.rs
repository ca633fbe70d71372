//! Finds assets that hold the same file, and puts them into a collection for an editor to review.

use std::collections::BTreeMap;

use netx_sdk::{
    Client, Error,
    types::{CollectionInput, DataSelector, RequestOptions},
};

/// The assets that hold one file, by id. The first was imported first.
#[derive(Debug)]
pub(crate) struct Duplicates {
    pub(crate) checksum: String,
    pub(crate) asset_ids: Vec<i64>,
}

/// Compares all assets in a folder and below it.
pub(crate) async fn find(client: &Client, folder: i64) -> Result<Vec<Duplicates>, Error> {
    // Without the selectors, NetX leaves out the file with its checksum.
    let parts = [DataSelector::AssetId, DataSelector::AssetFile];
    let options = RequestOptions::new().select(parts);
    let assets = client.get_assets_by_folder(folder, true).options(options);
    let mut assets = assets.pages().page_size(500).prefetch(2);

    let mut by_file: BTreeMap<(String, i64), Vec<i64>> = BTreeMap::new();
    while let Some(asset) = assets.try_next().await? {
        // A checksum may be missing, for example while a file is being processed.
        let Some(file) = asset.file else { continue };
        if let (Some(checksum), Some(size)) = (file.checksum, file.size) {
            by_file.entry((checksum, size)).or_default().push(asset.id);
        }
    }
    let found = by_file.into_iter().filter(|(_, ids)| ids.len() > 1);
    Ok(found
        .map(|((checksum, _), mut asset_ids)| {
            asset_ids.sort_unstable();
            Duplicates { checksum, asset_ids }
        })
        .collect())
}

/// Creates the collection; `None` if there is nothing to review. Nothing is deleted: which copy is used where, only an
/// editor knows.
pub(crate) async fn collect(
    client: &Client,
    duplicates: &[Duplicates],
) -> Result<Option<i64>, Error> {
    let ids: Vec<i64> = duplicates.iter().flat_map(|it| it.asset_ids.iter().copied()).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let collection =
        client.create_collection(CollectionInput::new("Duplicates"), ids).send().await?;
    Ok(Some(collection.id))
}
