//! Finding the uploaded file in its folder. A platform may store the name in another Unicode form, or change it
//! if it is taken.
//!
//! | After | The file is |
//! |---|---|
//! | the last chunk | new and of the right size, by name; otherwise the only new one with the right size and date |
//! | an interruption | the one with the same name, size and date; without a date, nothing is certain |
//!
//! A size or date that the platform does not report is not a mismatch for a new file, and not a match for an old one.

use std::collections::BTreeSet;

use oneteg_http::{CallOptions, Error, ErrorKind, RetryPolicy};

use super::UploadState;
use crate::{Client, entry::folder_content, names::same_name, types::File};

/// The files of the upload's folder. The runtime does not retry: the callers poll, or start over.
async fn files(client: &Client, state: &UploadState) -> Result<Vec<File>, Error> {
    let options = CallOptions::new().retry(RetryPolicy::none());
    let folder = client.get_folder(state.folder_id).depth(1).call_options(options).send().await?;
    // Fails on a list that cannot be read: polling would never find the file in it.
    Ok(folder_content(folder.into_inner())?.files.unwrap_or_default())
}

/// The IDs of the folder's files.
pub(super) async fn ids(client: &Client, state: &UploadState) -> Result<BTreeSet<i64>, Error> {
    Ok(files(client, state).await?.into_iter().map(|file| file.id).collect())
}

/// The complete file that is not among the `existing` ones.
///
/// # Errors
/// [`ErrorKind::Locked`] as long as there is none.
pub(super) async fn new_file(
    client: &Client,
    state: &UploadState,
    existing: &BTreeSet<i64>,
) -> Result<File, Error> {
    let files = files(client, state).await?;
    pick_new_file(files, state, existing).ok_or_else(|| {
        let message = "the platform is still assembling the file; look for it in the folder later";
        Error::new(ErrorKind::Locked, message)
    })
}

fn pick_new_file(files: Vec<File>, state: &UploadState, existing: &BTreeSet<i64>) -> Option<File> {
    let is_new = |file: &File| !existing.contains(&file.id);
    let (named, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|file| is_new(file) && has_size(file, state) != Some(false))
        .partition(|file| file.name.as_deref().is_some_and(|name| same_name(name, &state.name)));
    if !named.is_empty() {
        return named.into_iter().max_by_key(|file| file.id);
    }
    // The platform may have renamed it. Two candidates prove nothing.
    let mut renamed = others
        .into_iter()
        .filter(|file| has_size(file, state) == Some(true) && has_date(file, state) != Some(false));
    let only = renamed.next();
    only.filter(|_| renamed.next().is_none())
}

/// The file of a resumed upload, if the upload had finished. Only the same name, size and modification time prove
/// that.
pub(super) async fn finished(client: &Client, state: &UploadState) -> Option<File> {
    state.modified?;
    // If the folder cannot be listed, the upload starts over and reports its own error.
    let files = files(client, state).await.ok()?;
    let is_it = |file: &File| {
        file.name.as_deref().is_some_and(|name| same_name(name, &state.name))
            && has_size(file, state) == Some(true)
            && has_date(file, state) == Some(true)
    };
    files.into_iter().filter(is_it).max_by_key(|file| file.id)
}

fn has_size(file: &File, state: &UploadState) -> Option<bool> {
    file.size.map(|size| u64::try_from(size).is_ok_and(|size| size == state.size))
}

/// Compares whole seconds, the precision in which dates are sent.
fn has_date(file: &File, state: &UploadState) -> Option<bool> {
    let (sent, stored) = state.modified.zip(file.modification)?;
    Some(sent.timestamp() == stored.timestamp())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(modified: Option<&str>) -> UploadState {
        let state = json!({"method": "chunked", "folder_id": 1, "name": "caf\u{e9}.bin", "size": 7,
            "piece_size": 3, "modified": modified});
        serde_json::from_value(state).unwrap()
    }

    fn file(id: i64, name: &str, size: Option<i64>, modification: Option<&str>) -> File {
        let file = json!({"id": id, "name": name, "size": size, "modification": modification});
        serde_json::from_value(file).unwrap()
    }

    const THEN: Option<&str> = Some("2025-06-01T08:00:00Z");
    const LATER: Option<&str> = Some("2025-06-01T08:00:01Z");

    #[test]
    fn a_new_file_is_found_by_its_name_or_as_the_only_match() {
        let picked = |files: Vec<File>, modified| {
            pick_new_file(files, &state(modified), &BTreeSet::from([1, 2])).map(|file| file.id)
        };
        let old = || file(1, "caf\u{e9}.bin", Some(7), THEN);
        let decomposed = || file(3, "cafe\u{301}.bin", Some(7), LATER);
        assert_eq!(picked(vec![old()], THEN), None);
        assert_eq!(picked(vec![old(), decomposed()], THEN), Some(3));
        assert_eq!(picked(vec![file(3, "cafe\u{301}.bin", None, None)], None), Some(3));
        assert_eq!(picked(vec![file(3, "caf\u{e9}.bin", Some(6), None)], None), None);
        // The name takes precedence, then the newest.
        let other = |id| file(id, "caf\u{e9} (1).bin", Some(7), THEN);
        assert_eq!(picked(vec![other(9), decomposed(), old()], THEN), Some(3));
        assert_eq!(
            picked(vec![decomposed(), file(4, "caf\u{e9}.bin", Some(7), None)], None),
            Some(4)
        );
        // Renamed by the platform.
        assert_eq!(picked(vec![old(), other(5)], THEN), Some(5));
        assert_eq!(picked(vec![other(2)], THEN), None);
        assert_eq!(picked(vec![other(5), other(6)], THEN), None);
        assert_eq!(picked(vec![other(5)], LATER), None);
        assert_eq!(picked(vec![other(5)], None), Some(5));
        assert_eq!(picked(vec![file(5, "b", None, THEN)], THEN), None);
        assert_eq!(picked(vec![file(5, "b", Some(8), THEN)], THEN), None);
        assert_eq!(picked(vec![file(5, "b", Some(-7), THEN)], THEN), None);
    }
}
