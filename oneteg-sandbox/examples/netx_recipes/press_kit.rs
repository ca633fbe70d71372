//! Keeps a collection equal to a search: everything in a folder that was approved.

use netx_sdk::{
    Client, Error,
    search::{attribute, folder},
    types::{CollectionInput, DataSelector, RequestOptions},
};

/// Returns the collection's id and its number of assets.
pub(crate) async fn refresh(
    client: &Client,
    folder_id: i64,
    title: &str,
) -> Result<(i64, usize), Error> {
    let approved = folder(folder_id).recursive().and(attribute("Status").is("Approved"));
    let options = RequestOptions::new().select([DataSelector::AssetId]);
    let found = client.get_assets_by_query(approved).options(options).pages().all().await?;
    let ids: Vec<i64> = found.iter().map(|asset| asset.id).collect();
    let count = ids.len();

    // A title need not be unique in NetX: the first of the collections that the caller can read is used.
    let options =
        RequestOptions::new().select([DataSelector::CollectionId, DataSelector::CollectionBase]);
    let mut collections = client.get_collections(options).pages();
    while let Some(collection) = collections.try_next().await? {
        if collection.title.as_deref() == Some(title) {
            // The list is replaced as a whole, so assets that are no longer approved leave the collection.
            let input = CollectionInput::new(title).id(collection.id);
            client.update_collection(input, ids).send().await?;
            return Ok((collection.id, count));
        }
    }
    let created = client.create_collection(CollectionInput::new(title), ids).send().await?;
    Ok((created.id, count))
}
