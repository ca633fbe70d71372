//! Moves assets that were uploaded long ago, and that no public link uses, to a category for their year.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Utc};
use mediavalet_sdk::{
    Client, Error,
    search::{field, in_category, search},
    types::DirectLinkState,
};

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) moved: usize,
    /// Old assets that stay, because a link to them is active.
    pub(crate) in_use: usize,
}

/// Archives what is below `category` (a path such as `Products`) and was uploaded before a date, below `archive`.
pub(crate) async fn run(
    client: &Client,
    category: &str,
    before: DateTime<Utc>,
    archive: &str,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let Some(category) = client.find_category(category).await? else { return Ok(outcome) };
    let linked = linked_assets(client).await?;
    let old = search().filter(field("DateUploaded").lt(before)).within(in_category(&category.id));
    // All of them before the first move, which takes an asset out of the search.
    for asset in client.all_assets(old).pages().all().await? {
        if linked.contains(&asset.id) {
            outcome.in_use += 1;
            continue;
        }
        // An asset without a date stays where it is, rather than in the wrong year.
        let Some(uploaded) = asset.file.and_then(|file| file.uploaded_at) else { continue };
        let target = format!("{archive}/{}", uploaded.year());
        let target = client.find_or_create_category(&target).await?;
        // One call removes it from all categories and adds it to the new one, so it is never without any.
        client.replace_asset_categories(&asset.id, [target.id]).send().await?;
        outcome.moved += 1;
    }
    Ok(outcome)
}

/// The assets that have an active direct link.
async fn linked_assets(client: &Client) -> Result<BTreeSet<String>, Error> {
    let mut links = client.list_direct_links().pages();
    let mut linked = BTreeSet::new();
    while let Some(link) = links.try_next().await? {
        if link.state == Some(DirectLinkState::Active) {
            linked.extend(link.asset_id);
        }
    }
    Ok(linked)
}
