//! Checks before an upload begins: a wrong id fails before any byte is sent and before an asset is made.
//!
//! | Response to the look-up of an id | Action |
//! |---|---|
//! | the object | remember the id for this client and its clones |
//! | not found | fail: `InvalidRequest` |
//! | the user may not see it | continue: the user may be allowed to use it |
//! | another error | fail with it |

use oneteg_http::{Error, ErrorKind};

use super::state::{AssetDetails, UploadKind};
use crate::Client;

/// Checks that the details that every upload needs are set.
pub(super) fn details_are_set(kind: &UploadKind, details: &AssetDetails) -> Result<(), Error> {
    let missing = |message: &str| Err(Error::new(ErrorKind::InvalidRequest, message));
    if details.file_name.trim().is_empty() {
        return missing("the upload has no file name; set one with `name`");
    }
    if *kind == UploadKind::New && details.categories.is_empty() {
        return missing("an upload needs at least one category; call `category`");
    }
    Ok(())
}

/// Checks the categories, attributes and lightboxes, as far as their operations are compiled in.
pub(super) async fn ids_exist(client: &Client, details: &AssetDetails) -> Result<(), Error> {
    // Unused without these features.
    let _ = (client, details);
    #[cfg(feature = "categories")]
    for id in &details.categories {
        exists(client, "category", id, client.get_category(id).send()).await?;
    }
    #[cfg(feature = "attributes")]
    for id in details.attributes.keys() {
        exists(client, "attribute", id, client.get_attribute(id).send()).await?;
    }
    #[cfg(feature = "lightbox")]
    for id in &details.lightboxes {
        exists(client, "lightbox", id, client.get_lightbox(id).send()).await?;
    }
    Ok(())
}

#[cfg(any(feature = "categories", feature = "attributes", feature = "lightbox"))]
async fn exists<T>(
    client: &Client,
    kind: &'static str,
    id: &str,
    look_up: impl Future<Output = Result<T, Error>>,
) -> Result<(), Error> {
    if client.known_ids().contains(kind, id) {
        return Ok(());
    }
    match look_up.await {
        // It exists, even if it cannot be read.
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::Decode => {}
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("there is no {kind} with the id {id:?}; nothing was uploaded");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        Err(error) => return Err(error),
    }
    client.known_ids().insert(kind, id);
    Ok(())
}
