//! Gives the press permanent links to the approved pictures of a category, and withdraws them again.
//!
//! The links of a kit are named after it, so a later run recognises them: it makes the ones that are missing and withdraws
//! those of pictures that have left the category.

use std::collections::BTreeSet;

use mediavalet_sdk::{
    Client, Error,
    search::{directly_in_category, field, search},
    types::{
        DirectLinkCreateRequest, DirectLinkFormat, DirectLinkListItem, DirectLinkRenditionSettings,
        DirectLinkSettings, DirectLinkSize, DirectLinkSizeType, DirectLinkState,
    },
};

/// The status of an approved asset.
const APPROVED: i32 = 0;

/// Publishes a category, and returns the file names with their links.
pub(crate) async fn publish(
    client: &Client,
    category_id: &str,
    kit: &str,
) -> Result<Vec<(String, String)>, Error> {
    let approved = field("AssetType").eq("Image").and(field("Status").eq(APPROVED));
    let pictures = search().filter(approved).within(directly_in_category(category_id));
    let pictures = client.all_assets(pictures).pages().all().await?;
    let ids: BTreeSet<&str> = pictures.iter().map(|picture| picture.id.as_str()).collect();
    let existing = links_of(client, kit).await?;
    for link in &existing {
        if !link.asset_id.as_deref().is_some_and(|id| ids.contains(id)) {
            deactivate(client, link).await?;
        }
    }
    let mut published = Vec::new();
    for picture in &pictures {
        let known = existing.iter().find(|link| link.asset_id.as_deref() == Some(&picture.id));
        let url = match known {
            Some(link) => {
                activate(client, link).await?;
                link.cdn_link.clone()
            }
            None => {
                let request = DirectLinkCreateRequest::new()
                    .rendition_settings(
                        DirectLinkRenditionSettings::new()
                            .size(DirectLinkSize::new().type_(DirectLinkSizeType::XLarge))
                            .format(DirectLinkFormat::Jpg),
                    )
                    // MediaValet refuses a second link with a unique name, so two runs at a time make no duplicates.
                    .link_settings(
                        DirectLinkSettings::new()
                            .link_name(format!("{kit}: {}", picture.id))
                            .is_unique_link(true),
                    );
                client.create_direct_link(&picture.id, request).send().await?.into_inner().cdn_link
            }
        };
        let file = picture.file.as_ref().and_then(|file| file.file_name.clone());
        published.extend(url.map(|url| (file.unwrap_or_else(|| picture.id.clone()), url)));
    }
    Ok(published)
}

/// Withdraws all links of a kit, and returns how many were active. Pages that use them show nothing from then on.
pub(crate) async fn withdraw(client: &Client, kit: &str) -> Result<usize, Error> {
    let mut withdrawn = 0;
    for link in links_of(client, kit).await? {
        withdrawn += usize::from(deactivate(client, &link).await?);
    }
    Ok(withdrawn)
}

async fn links_of(client: &Client, kit: &str) -> Result<Vec<DirectLinkListItem>, Error> {
    let prefix = format!("{kit}: ");
    let mut links = client.list_direct_links().pages().all().await?;
    links.retain(|link| link.link_name.as_deref().is_some_and(|name| name.starts_with(&prefix)));
    Ok(links)
}

/// Returns whether the link was active.
async fn deactivate(client: &Client, link: &DirectLinkListItem) -> Result<bool, Error> {
    let (Some(asset), Some(id), Some(DirectLinkState::Active)) =
        (&link.asset_id, &link.direct_link_id, &link.state)
    else {
        return Ok(false);
    };
    client.deactivate_direct_link(asset, id).send().await?;
    Ok(true)
}

async fn activate(client: &Client, link: &DirectLinkListItem) -> Result<(), Error> {
    if let (Some(asset), Some(id), Some(DirectLinkState::Deactivated)) =
        (&link.asset_id, &link.direct_link_id, &link.state)
    {
        client.activate_direct_link(asset, id).send().await?;
    }
    Ok(())
}
