//! Reviews uploads that wait for approval: approves those whose metadata is complete, and comments on the others.

use mediavalet_sdk::{
    Client, Error, ErrorKind, Patch,
    search::{field, search},
    types::Asset,
};

/// The statuses of assets.
const APPROVED: i32 = 0;
const PENDING_APPROVAL: i32 = 2;

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Ids of the approved assets.
    pub(crate) approved: Vec<String>,
    /// Ids of the others, each with what is missing.
    pub(crate) incomplete: Vec<(String, String)>,
}

/// Reviews all assets that wait. `required` are names of attributes.
pub(crate) async fn review(client: &Client, required: &[&str]) -> Result<Outcome, Error> {
    let required = attribute_ids(client, required).await?;
    let pending = search().filter(field("Status").eq(PENDING_APPROVAL));
    // All of them before the first change: an approved asset leaves the search, and would move its pages.
    let pending = client.all_assets(pending).pages().all().await?;
    let mut outcome = Outcome::default();
    for asset in pending {
        let missing = missing(&asset, &required);
        if missing.is_empty() {
            let approve = Patch::new().replace("/status", APPROVED);
            client.update_asset(&asset.id, approve).send().await?;
            outcome.approved.push(asset.id);
        } else {
            let comment = format!("Not approved yet: {} missing", missing.join(", "));
            comment_once(client, &asset.id, &comment).await?;
            outcome.incomplete.push((asset.id, missing.join(", ")));
        }
    }
    Ok(outcome)
}

/// The names and ids of attributes. A name that does not exist is an error, since every asset would lack it.
async fn attribute_ids<'a>(
    client: &Client,
    names: &[&'a str],
) -> Result<Vec<(&'a str, String)>, Error> {
    let attributes = client.list_attributes().pages().all().await?;
    let id = |name: &&'a str| {
        let found = attributes.iter().find(|it| it.name.as_deref() == Some(name));
        found.and_then(|it| it.id.clone()).map(|id| (*name, id)).ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest, format!("there is no attribute {name:?}"))
        })
    };
    names.iter().map(id).collect()
}

fn missing<'a>(asset: &Asset, required: &[(&'a str, String)]) -> Vec<&'a str> {
    let is_set = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
    let values = asset.attributes.as_ref();
    let mut missing: Vec<&str> = required
        .iter()
        .filter(|(_, id)| !is_set(values.and_then(|values| values.get(id))))
        .map(|(name, _)| *name)
        .collect();
    if !is_set(asset.description.as_ref()) {
        missing.push("description");
    }
    missing
}

/// Comments, unless an earlier run did: this runs every night, and nobody reads the tenth comment.
async fn comment_once(client: &Client, id: &str, comment: &str) -> Result<(), Error> {
    let comments = client.list_asset_comments(id).pages().all().await?;
    if !comments.iter().any(|it| it.comment.as_deref() == Some(comment)) {
        client.add_comments_to_asset(id, [comment]).send().await?;
    }
    Ok(())
}
