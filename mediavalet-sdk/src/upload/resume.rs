//! How an upload goes on: by what the storage host has.

use oneteg_http::{Error, TransferState};

use super::{
    UploadState,
    ready::is_ready,
    sink::Blob,
    state::{Kind, SavedLink, Session},
};
use crate::{Client, StorageError, storage::blob};

/// Whether the upload had finished. The state of a program that was killed may not show it, but the asset
/// does: it is created by the end of the upload that has its id. For a new version it existed before.
pub(super) async fn is_finished(client: &Client, state: &UploadState) -> bool {
    if state.is_finished() {
        return true;
    }
    // Where the question fails, the upload is resumed, and what it meets tells more.
    state.session.kind == Kind::New
        && client.get_asset(state.asset_id()).send().await.is_ok_and(|asset| is_ready(&asset))
}

/// The session, with a new link where the old one has ended, and what is done.
pub(super) async fn look(
    client: &Client,
    state: UploadState,
) -> Result<(Session, TransferState), Error> {
    let mut session = state.session.clone();
    let target = Blob::new(client, &session)?;
    if session.single {
        return Ok((session, state.transfer()));
    }
    let mut access = target.access().await;
    let listed = loop {
        match blob::blocks(client.runtime(), &access.link).await {
            Ok(blocks) => break Ok(blocks),
            Err(error) => {
                if let Err(error) = access.renew(error).await {
                    break Err(error);
                }
            }
        }
    };
    session.link = SavedLink::new(&access.link);
    let transfer = match listed {
        Ok(blocks) => blocks.into_iter().fold(state.empty(), |transfer, (part, length)| {
            // A block of another length is not of this upload, or of a stream whose end is unknown.
            let fits = part_length(&transfer, part) == Some(length);
            if fits { transfer.with_part(part, "") } else { transfer }
        }),
        // The link may be one for writing only.
        Err(error) if StorageError::of(&error) == Some(StorageError::NotPermitted) => {
            state.transfer()
        }
        Err(error) => return Err(error),
    };
    Ok((session, transfer))
}

/// How long a part is; `None` for one that the file does not have.
fn part_length(transfer: &TransferState, part: u64) -> Option<u64> {
    let start = part.checked_mul(transfer.part_size())?;
    match transfer.total() {
        Some(total) => Some(total.checked_sub(start)?.min(transfer.part_size())).filter(|n| *n > 0),
        None => Some(transfer.part_size()),
    }
}
