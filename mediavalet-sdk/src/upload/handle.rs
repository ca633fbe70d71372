//! A running upload, and a finished one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use oneteg_http::{Error, StateFile, Transfer, TransferProgress};

use super::state::{UploadSession, UploadState};
use crate::{Client, types::Asset};

/// A running upload, in its own task. Dropping it stops the upload where it is.
#[derive(Debug)]
pub struct Upload {
    session: UploadSession,
    transfer: Transfer<Uploaded>,
    /// Whether MediaValet has accepted the upload.
    finished: Arc<AtomicBool>,
}

impl Upload {
    pub(super) fn new(
        session: UploadSession,
        transfer: Transfer<Uploaded>,
        finished: Arc<AtomicBool>,
        state_file: Option<StateFile>,
    ) -> Self {
        let transfer = match state_file {
            Some(file) => {
                let (session, finished) = (session.clone(), Arc::clone(&finished));
                transfer.keep_state(file, move |transfer| {
                    UploadState::new(&session, transfer, finished.load(Ordering::Relaxed))
                })
            }
            None => transfer,
        };
        Self { session, transfer, finished }
    }

    /// A resumed upload that had finished before.
    pub(super) fn finished(
        client: &Client,
        state: UploadState,
        length: Option<u64>,
        ready_within: Option<Duration>,
        state_file: Option<StateFile>,
    ) -> Self {
        let length = length.or(state.length());
        let session = state.session;
        let (client, accepted) = (client.clone(), session.clone());
        let transfer = Transfer::spawn(length, async move {
            Uploaded::accepted(&client, &accepted, length.unwrap_or(0), ready_within).await
        });
        Self::new(session, transfer, Arc::new(AtomicBool::new(true)), state_file)
    }

    /// Returns the id of the asset.
    pub fn asset_id(&self) -> &str {
        &self.session.id
    }

    /// Returns a channel that always holds the latest progress.
    pub fn progress(&self) -> tokio::sync::watch::Receiver<TransferProgress> {
        self.transfer.progress()
    }

    /// Returns what another process needs to resume the upload. Save it from time to time; after a crash, blocks
    /// that arrived later are found as well.
    pub fn state(&self) -> UploadState {
        let finished = self.finished.load(Ordering::Relaxed);
        UploadState::new(&self.session, &self.transfer.state(), finished)
    }

    /// Pauses the upload: blocks in flight are completed, and no further ones are started.
    pub fn pause(&self) {
        self.transfer.pause();
    }

    /// Continues after a pause.
    pub fn resume(&self) {
        self.transfer.resume();
    }

    /// Stops at once. The storage host keeps blocks that arrived for a week, and MediaValet keeps the unfinished
    /// asset.
    pub fn cancel(&self) {
        self.transfer.cancel();
    }

    /// Waits for the result, which is returned once. Dropping the future does not stop the upload.
    ///
    /// # Errors
    /// - [`ErrorKind::Integrity`](crate::ErrorKind::Integrity) if the file changed during the upload;
    /// - [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) after [`cancel`](Self::cancel), or if the result was
    ///   already returned;
    /// - [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the asset was not ready in time, although the upload
    ///   is complete;
    /// - those of every call; [`StorageError::of`](crate::StorageError::of) has the reason if the storage host
    ///   refused one.
    pub async fn wait(&mut self) -> Result<Uploaded, Error> {
        self.transfer.wait().await
    }
}

/// A finished upload.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The id of the asset.
    pub id: String,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// The asset, if the upload was to [wait for it](super::UploadRequest::wait_until_ready).
    pub asset: Option<Asset>,
}

impl Uploaded {
    /// The result of an upload that MediaValet has accepted, after what waits for the asset.
    pub(super) async fn accepted(
        client: &Client,
        session: &UploadSession,
        bytes: u64,
        ready_within: Option<Duration>,
    ) -> Result<Self, Error> {
        let id = session.id.clone();
        for lightbox in &session.details.lightboxes {
            client.add_when_found(lightbox, &id, ready_within).await?;
        }
        let asset = match ready_within {
            Some(within) => Some(client.wait_until_ready(&*id, within).await?),
            None => None,
        };
        Ok(Self { id, bytes, asset })
    }
}
