//! Moves files that nobody has changed for a long time into an archive folder, by year.

use chrono::{DateTime, Datelike, Utc};
use netexplorer_sdk::{Client, Error, ErrorCode, entry::Entry, types::UpdateFileRequest};

/// The numbers of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) moved: u64,
    /// Files that stay where they are, because the archive has one of that name.
    pub(crate) name_taken: u64,
    pub(crate) recent: u64,
}

/// Moves files from `folder`, and everything below it, to `archive/<year of the last change>`. The archive must not be
/// below the folder.
pub(crate) async fn run(
    client: &Client,
    folder: i64,
    archive: i64,
    changed_before: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    // Collected first: a list that changes while it is read may skip entries.
    let found = client.walk(folder).all().await?;
    for entry in found {
        let Entry::File(file) = entry.entry else { continue };
        // A file without a date is kept.
        let Some(modification) = file.modification.filter(|date| *date < changed_before) else {
            outcome.recent += 1;
            continue;
        };
        let year = modification.year().to_string();
        let target = client.find_or_create_folder(archive, &year).await?.require_id()?;
        let request = UpdateFileRequest::new().parent_id(target);
        match client.update_file(file.id, request).send().await {
            Ok(_) => outcome.moved += 1,
            Err(error) if ErrorCode::of(&error) == Some(ErrorCode::DuplicateName) => {
                outcome.name_taken += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}
