//! Gives a press kit to journalists: a link to all files of a folder, with a password, that ends by itself.

use std::time::Duration;

use netexplorer_sdk::{Client, Error, Secret, entry::Entry};

/// Returns the URL, which is a secret like a password; `None` if the folder has no files.
pub(crate) async fn create(
    client: &Client,
    folder: i64,
    password: Secret,
    valid_for: Duration,
) -> Result<Option<Secret>, Error> {
    let mut files = Vec::new();
    let mut walk = client.walk(folder);
    while let Some(found) = walk.try_next().await? {
        if let Entry::File(file) = found.entry {
            files.push(file.id);
        }
    }
    if files.is_empty() {
        return Ok(None);
    }
    // Without `latest_version`, the link would keep leading to today's versions. `share_files` deletes a link that the
    // platform created without the password or the expiry.
    let link = client.share_files(files).password(password).expires_in(valid_for);
    Ok(Some(link.latest_version(true).notify(true).send().await?.url))
}

/// Deletes the links that have ended. Returns their number.
pub(crate) async fn remove_ended(client: &Client) -> Result<u64, Error> {
    let mut removed = 0;
    for link in client.list_share_links().pages().all().await? {
        // A link of which the platform does not report it is kept.
        if link.is_valid == Some(false) {
            client.delete_share_link(link.id).send().await?;
            removed += 1;
        }
    }
    Ok(removed)
}
