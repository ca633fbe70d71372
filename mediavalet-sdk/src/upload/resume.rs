//! Resuming an upload: whether it had finished, and which blocks the storage host has.
//!
//! | State | Action |
//! |---|---|
//! | the saved state, or the asset, shows that the upload had finished | return the result |
//! | sent in one request, which the saved state has | finish; the storage host is not asked |
//! | sent in one request, which the saved state lacks | send it again, if the link is still accepted |
//! | the storage host lists its blocks | skip listed blocks of the expected length |
//! | the link does not permit listing | skip the blocks that the saved state has |
//! | the link has expired, and MediaValet provides no newer one | fail with `LinkExpired` |

use oneteg_http::{Error, TransferState};

use super::{
    plan,
    renewable_link::RenewableLink,
    state::{SavedLink, UploadKind, UploadSession, UploadState},
    wait::is_ready,
};
use crate::{Client, StorageError, storage::blob};

/// An upload that is resumed.
pub(super) enum Resumed {
    /// It had finished.
    Finished(Box<UploadState>),
    /// Its session, and the parts that are done.
    Unfinished(Box<UploadSession>, TransferState),
}

pub(super) async fn open(client: &Client, state: UploadState) -> Result<Resumed, Error> {
    if is_finished(client, &state).await {
        return Ok(Resumed::Finished(Box::new(state)));
    }
    let (session, done) = prepare(client, state).await?;
    Ok(Resumed::Unfinished(Box::new(session), done))
}

/// Whether the upload had finished. The saved state may not show it if the program was killed, but the asset does:
/// it has the id of the upload, and exists once the upload has finished. A new version's asset existed before.
async fn is_finished(client: &Client, state: &UploadState) -> bool {
    if state.is_finished() {
        return true;
    }
    // If this call fails, the upload is resumed, and its calls return more specific errors.
    state.session.kind == UploadKind::New
        && client.get_asset(state.asset_id()).send().await.is_ok_and(|asset| is_ready(&asset))
}

/// Returns the session, with a new link if the old one has expired, and the parts that are done.
async fn prepare(
    client: &Client,
    state: UploadState,
) -> Result<(UploadSession, TransferState), Error> {
    let mut session = state.session.clone();
    let link = RenewableLink::new(client, &session)?;
    let single = session.single;
    if single && state.blocks_done() > 0 {
        return Ok((session, state.transfer_state()));
    }
    // A file that is sent in one request has no blocks, but the response shows whether the link has expired.
    let runtime = client.runtime();
    let blocks = link.send(|link| async move { blob::list_blocks(runtime, &link).await }).await;
    session.link = SavedLink::new(&link.current().await);
    let transfer = match blocks {
        Ok(_) if single => state.transfer_state(),
        Ok(blocks) => {
            let transfer = state.empty_transfer_state();
            let (part_size, total) = (transfer.part_size(), transfer.total());
            blocks.into_iter().fold(transfer, |transfer, (part, length)| {
                // A block of another length is from another upload, or the last one of a source of unknown length.
                let is_complete = plan::part_length(part_size, total, part) == Some(length);
                if is_complete { transfer.with_part(part, "") } else { transfer }
            })
        }
        // The link may permit writing only.
        Err(error) if StorageError::of(&error) == Some(StorageError::NotPermitted) => {
            state.transfer_state()
        }
        Err(error) => return Err(error),
    };
    Ok((session, transfer))
}
