//! Approves uploads: what an editor has tagged in the inbox moves on, or goes to the trash.

use netexplorer_sdk::{Client, Error, entry::Entry, types::UpdateFileRequest};

/// What the tags mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) approved: &'a str,
    pub(crate) rejected: &'a str,
    /// The folder of approved files.
    pub(crate) target: i64,
}

/// The numbers of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) approved: u64,
    pub(crate) rejected: u64,
    /// Files without one of the tags, or with both.
    pub(crate) undecided: u64,
}

/// Handles the files directly in a folder.
pub(crate) async fn run(client: &Client, inbox: i64, rules: Rules<'_>) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let found = client.walk(inbox).max_depth(1).all().await?;
    for file in found.into_iter().filter_map(|found| match found.entry {
        Entry::File(file) => Some(file),
        Entry::Folder(_) => None,
    }) {
        let tags = tags_of(client, file.id).await?;
        let has = |name: &str| tags.iter().any(|tag| tag == name);
        match (has(rules.approved), has(rules.rejected)) {
            (true, false) => {
                let request = UpdateFileRequest::new().parent_id(rules.target);
                client.update_file(file.id, request).send().await?;
                outcome.approved += 1;
            }
            // Deleted files go to the trash, from where they can be restored.
            (false, true) => {
                client.delete_file(file.id).send().await?;
                outcome.rejected += 1;
            }
            _ => outcome.undecided += 1,
        }
    }
    Ok(outcome)
}

/// The names of a file's tags.
async fn tags_of(client: &Client, file: i64) -> Result<Vec<String>, Error> {
    let categories = client.list_attached_tag_categories(file, "file").send().await?.into_inner();
    let tags = categories.into_iter().flat_map(|category| category.tags.unwrap_or_default());
    Ok(tags.filter_map(|tag| tag.name).collect())
}
