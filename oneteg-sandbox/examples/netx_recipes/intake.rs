//! Imports the files of a local folder, as photographers deliver them: new files become assets, changed ones new versions,
//! and what NetX has already is skipped.

use std::{error::Error, fs, path::Path};

use netx_sdk::{
    Client, FilePart,
    types::{AssetUpdate, ImportVersionForm},
};

/// The numbers of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) new: u64,
    pub(crate) new_versions: u64,
    pub(crate) unchanged: u64,
}

/// Imports into the NetX folder at `path`, such as `Campaigns/2026/Harbour`, which is created if it does not exist.
/// Running it again after a failure continues with what is missing.
pub(crate) async fn run(
    client: &Client,
    local: &Path,
    path: &str,
) -> Result<Outcome, Box<dyn Error>> {
    let mut outcome = Outcome::default();
    let folder = client.find_or_create_folder(path).await?.id;
    for entry in fs::read_dir(local)? {
        let entry = entry?;
        let (file, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else {
            return Err(format!("{} is not a name in UTF-8", file.display()).into());
        };
        // Hidden files are those of the operating system, such as `.DS_Store`.
        if !entry.file_type()?.is_file() || name.starts_with('.') {
            continue;
        }
        match client.find_asset(folder, name).await? {
            None => {
                let asset = client.upload(folder, file).send().await?;
                // Nobody has looked at it yet.
                let draft = AssetUpdate::new(asset.id).attributes([("Status", ["Draft"])]);
                client.update_asset(draft).send().await?;
                outcome.new += 1;
            }
            Some(asset) => {
                let is_same = match asset.md5() {
                    Some(checksum) => checksum.matches(&file).await?,
                    None => false,
                };
                if is_same {
                    outcome.unchanged += 1;
                } else {
                    let form = ImportVersionForm::new(FilePart::path(file)).file_name(name);
                    client.import_version(asset.id, form).send().await?;
                    outcome.new_versions += 1;
                }
            }
        }
    }
    Ok(outcome)
}
