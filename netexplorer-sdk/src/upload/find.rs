use oneteg_http::{CallOptions, Error, ErrorKind, RetryPolicy};

use super::UploadState;
use crate::{Client, types::File};

/// The newest version of a file of that name in the folder.
pub(super) async fn version(client: &Client, state: &UploadState) -> Result<Option<File>, Error> {
    let options = CallOptions::new().retry(RetryPolicy::none());
    let folder = client.get_folder(state.folder_id).depth(1).call_options(options).send().await?;
    let content = folder.into_inner().content;
    let files = content.and_then(|content| content.files).unwrap_or_default();
    let named = |file: &File| file.name.as_deref() == Some(&state.name);
    Ok(files.into_iter().filter(named).max_by_key(|file| file.id))
}

/// The version that comes after `before`, complete.
pub(super) async fn new_version(
    client: &Client,
    state: &UploadState,
    before: Option<i64>,
) -> Result<File, Error> {
    let file = version(client, state).await?;
    let is_new = |file: &File| {
        let size = file.size.and_then(|size| u64::try_from(size).ok());
        file.id.is_some() && file.id != before && size.is_none_or(|size| size == state.size)
    };
    file.filter(is_new).ok_or_else(|| {
        let message = "the platform is still putting the file together; look for it later";
        Error::new(ErrorKind::Locked, message)
    })
}
