//! Keeps a local copy of a folder tree up to date, for example every night.

use std::{collections::BTreeSet, error::Error, fs, io, path::Path};

use netx_sdk::{Client, walk::Entry};

/// The folder with the states of unfinished downloads.
const STATES: &str = ".unfinished";

/// The numbers of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) copied: u64,
    pub(crate) unchanged: u64,
    pub(crate) removed: u64,
}

/// Copies what is new or different, resumes what was interrupted, and removes files that NetX no longer has.
pub(crate) async fn run(
    client: &Client,
    folder: i64,
    target: &Path,
) -> Result<Outcome, Box<dyn Error>> {
    let mut outcome = Outcome::default();
    let mut present = BTreeSet::new();
    let states = target.join(STATES);
    fs::create_dir_all(&states)?;
    let mut walk = client.walk(folder);
    // The first error ends the run before anything is removed: a folder that could not be listed is not an empty one.
    while let Some(found) = walk.try_next().await? {
        let path = target.join(&found.path);
        let Entry::Asset(asset) = found.entry else {
            fs::create_dir_all(path)?;
            continue;
        };
        present.insert(path.clone());
        let state = states.join(asset.id.to_string());
        let mut download = client.download(asset.id).to_file(&path).state_file(state);
        if let Some(checksum) = asset.md5() {
            if checksum.matches(&path).await? {
                outcome.unchanged += 1;
                continue;
            }
            download = download.checksum(checksum);
        }
        download.send().await?;
        outcome.copied += 1;
    }
    outcome.removed = remove_others(target, &present)?;
    Ok(outcome)
}

/// Removes the files that are not `present`.
fn remove_others(folder: &Path, present: &BTreeSet<std::path::PathBuf>) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != STATES {
                removed += remove_others(&path, present)?;
            }
        } else if !present.contains(&path) {
            fs::remove_file(path)?;
            removed += 1;
        }
    }
    Ok(removed)
}
