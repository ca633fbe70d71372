//! MediaValet's own calls for an upload: before the bytes are sent, and after.
//!
//! | Step | New asset | New version |
//! |---|---|---|
//! | begin | `create_upload` | `check_out_asset`, `validate_asset_check_in`, `start_asset_check_in` |
//! | (blocks) | to the storage host | to the storage host |
//! | details | `update_upload`, `add_categories_to_upload`, `add_keywords_to_upload`, `add_attributes_to_upload`, concurrently | with the check-in |
//! | finish | `patch_upload` sets the status | `complete_asset_check_in` |

use futures_util::future::try_join4;
use oneteg_http::{CallOptions, Error, ErrorKind};

use super::state::{AssetDetails, UploadKind, UploadSession};
use crate::{
    Client,
    patch::Patch,
    storage::Link,
    types::{AssetCheckInRequest, AssetCreateRequest, UploadCompleteRequest},
};

/// The status of an upload whose bytes are complete.
const READY_FOR_PROCESSING: u64 = 1;

/// What MediaValet returns at the beginning of an upload.
pub(super) struct UploadEntry {
    pub(super) asset_id: String,
    pub(super) link: Link,
    /// The name that MediaValet gave the upload.
    pub(super) stored_file_name: Option<String>,
}

/// Creates the asset, or checks it out, and returns the link for the bytes.
pub(super) async fn begin(
    client: &Client,
    kind: &UploadKind,
    details: &AssetDetails,
) -> Result<UploadEntry, Error> {
    let (asset_id, link, stored_file_name) = match kind {
        UploadKind::New => {
            let request = AssetCreateRequest {
                filename: Some(details.file_name.clone()),
                ..AssetCreateRequest::default()
            };
            let entry = client.create_upload(request).send().await?.into_inner();
            (entry.id, entry.upload_url, entry.upload_file_name)
        }
        UploadKind::Version { asset_id } => {
            let comment = vec![details.comment.clone()];
            ignore_body(client.check_out_asset(asset_id, comment).send().await)?;
            let name = details.file_name.clone();
            ignore_body(client.validate_asset_check_in(asset_id, name).send().await)?;
            let entry = client.start_asset_check_in(asset_id).send().await?.into_inner();
            (asset_id.clone(), entry.upload_url, entry.upload_file_name)
        }
    };
    let Some(link) = link else {
        let message = "MediaValet's response to the start of the upload has no link";
        return Err(Error::new(ErrorKind::Decode, message));
    };
    let link = Link::parse(&link, client.runtime())?;
    Ok(UploadEntry { asset_id, link, stored_file_name })
}

/// Sends the details and finishes the upload, whose bytes are complete.
pub(super) async fn finish(
    client: &Client,
    session: &UploadSession,
    length: u64,
) -> Result<(), Error> {
    let result = match session.kind {
        UploadKind::New => match send_details(client, session, length).await {
            Ok(()) => set_status(client, &session.id).await,
            Err(error) => Err(error),
        },
        UploadKind::Version { .. } => check_in(client, session, length).await,
    };
    match result {
        Err(error) if !had_finished(client, session, &error).await => Err(error),
        _ => Ok(()),
    }
}

async fn check_in(client: &Client, session: &UploadSession, length: u64) -> Result<(), Error> {
    let details = &session.details;
    let request = AssetCheckInRequest {
        comment: Some(details.comment.clone()),
        file_name: Some(details.file_name.clone()),
        file_size_in_bytes: i64::try_from(length).ok(),
        status: Some(0),
        upload_filename: session.upload_filename.clone(),
        ..AssetCheckInRequest::default()
    };
    // In the vendor's guide, but not in its reference.
    let options = CallOptions::new().query("priority", "high");
    let call = client.complete_asset_check_in(&*session.id, request).call_options(options);
    ignore_body(call.send().await)
}

async fn send_details(client: &Client, session: &UploadSession, length: u64) -> Result<(), Error> {
    let (id, details) = (&*session.id, &session.details);
    let request = UploadCompleteRequest {
        description: Some(details.description.clone()),
        file_size_in_bytes: i64::try_from(length).ok(),
        filename: Some(file_name(session)),
        title: Some(details.title()),
        ..UploadCompleteRequest::default()
    };
    // Adding something that is there already changes nothing.
    let idempotent = || CallOptions::new().idempotent(true);
    try_join4(
        async { ignore_body(client.update_upload(id, request).send().await) },
        async {
            let call = client.add_categories_to_upload(id, details.categories.clone());
            ignore_body(call.call_options(idempotent()).send().await)
        },
        async {
            if details.keywords.is_empty() {
                return Ok(());
            }
            let call = client.add_keywords_to_upload(id, details.keywords.clone());
            ignore_body(call.call_options(idempotent()).send().await)
        },
        async {
            if details.attributes.is_empty() {
                return Ok(());
            }
            // The call takes a list of maps.
            let call = client.add_attributes_to_upload(id, vec![details.attributes.clone()]);
            ignore_body(call.call_options(idempotent()).send().await)
        },
    )
    .await
    .map(drop)
}

/// The file name that is sent with the details of a new asset.
fn file_name(session: &UploadSession) -> String {
    let details = &session.details;
    let stored = session.upload_filename.clone().filter(|_| !details.own_file_name);
    stored.unwrap_or_else(|| details.file_name.clone())
}

async fn set_status(client: &Client, id: &str) -> Result<(), Error> {
    let finish = Patch::new().replace("/status", READY_FOR_PROCESSING);
    ignore_body(client.patch_upload(id, finish).send().await)
}

/// Whether an upload that MediaValet does not know had finished before, and was resumed from a state that does not
/// show it. Then it is an asset. An asset that is being processed may not be shown; setting the status again
/// proves that the upload exists, and changes nothing. It would finish an upload that is open, without the details
/// that were refused, so an upload that may be open is asked for first.
async fn had_finished(client: &Client, session: &UploadSession, error: &Error) -> bool {
    if error.kind() != ErrorKind::NotFound || session.kind != UploadKind::New {
        return false;
    }
    if !matches!(error.operation(), Some("update_upload" | "patch_upload")) {
        // A category or an attribute may be what does not exist. An open upload accepts an empty change.
        let upload = client.update_upload(&*session.id, UploadCompleteRequest::default()).send();
        if !upload.await.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return false;
        }
    }
    let asset = client.get_asset(&*session.id).send().await;
    asset.is_ok()
        || error.operation() != Some("patch_upload")
            && set_status(client, &session.id).await.is_ok()
}

/// Drops the value of a response. A call that succeeded has taken effect, even if its value cannot be read.
fn ignore_body<T>(result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Err(error)
            if error.kind() == ErrorKind::Decode
                && error.status().is_some_and(|status| status.is_success()) =>
        {
            Ok(())
        }
        result => result.map(drop),
    }
}
