use std::ops::Deref;

use oneteg_http::{Error, StateFile, Transfer, TransferPhase, TransferProgress};
use tokio::sync::watch;

use super::{UploadState, tus_protocol};
use crate::{Client, names::same_name, types::File};

/// A running upload. It runs in a task on the current tokio runtime; dropping the handle stops it.
#[derive(Debug)]
pub struct Upload {
    pub(super) transfer: Transfer<Uploaded>,
    pub(super) state: UploadState,
    pub(super) client: Client,
    pub(super) state_file: Option<StateFile>,
}

impl Upload {
    /// What another process needs to resume this upload. Complete from the start; it does not change.
    pub fn state(&self) -> UploadState {
        self.state.clone()
    }

    /// A channel that holds the latest progress. A simple upload only reports its start and its end.
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.transfer.progress()
    }

    /// Pauses the upload once the current piece is sent. A simple upload has only one piece.
    pub fn pause(&self) {
        self.transfer.pause();
    }

    /// Resumes a paused upload.
    pub fn resume(&self) {
        self.transfer.resume();
    }

    /// Stops at once. The server keeps what it received of a TUS upload until the session expires;
    /// [`discard`](Self::discard) deletes it.
    pub fn cancel(&self) {
        self.transfer.cancel();
    }

    /// Stops, and deletes what the server received of a TUS upload. An upload that the server no longer knows
    /// is not an error. Removes the [state file](super::UploadRequest::state_file).
    ///
    /// # Errors
    /// Those of any call; [`ErrorKind::Io`](crate::ErrorKind::Io) if the state file cannot be removed.
    pub async fn discard(mut self) -> Result<(), Error> {
        self.transfer.cancel();
        // Waits until the task has ended, so that none of its requests is still in flight. Not with `wait`,
        // whose result may have been taken already.
        let mut progress = self.transfer.progress();
        let _ = progress.wait_for(|now| now.phase == TransferPhase::Ended).await;
        if let Some(file) = &self.state_file {
            // The task that keeps the file ends after that of the upload.
            let _ = self.transfer.wait().await;
            file.remove().await?;
        }
        match &self.state.tus {
            Some(session) => tus_protocol::delete(&self.client, session).await,
            None => Ok(()),
        }
    }

    /// Waits for the end. Dropping the returned future does not stop the upload.
    ///
    /// # Errors
    /// The error that ended the upload; [`ErrorCode`](crate::ErrorCode) has those specific to uploads.
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) after [`cancel`](Self::cancel), and if the result
    /// was already returned once.
    pub async fn wait(&mut self) -> Result<Uploaded, Error> {
        self.transfer.wait().await
    }
}

/// An uploaded file. Dereferences to [`File`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Uploaded {
    /// The file as the platform reports it. Its ID is that of the new version.
    pub file: File,
    requested_name: String,
    date_failure: Option<Error>,
}

impl Uploaded {
    pub(super) fn new(file: File, state: &UploadState) -> Self {
        Self { file, requested_name: state.name.clone(), date_failure: None }
    }

    pub(super) fn with_date_failure(mut self, error: Error) -> Self {
        self.date_failure = Some(error);
        self
    }

    /// A transfer that has already ended with this file: of a resumed upload that had finished before.
    pub(super) fn into_transfer(self, state: &UploadState) -> Transfer<Self> {
        Transfer::spawn(Some(state.size), async move { Ok(self) })
    }

    /// The file's name, if it is not the requested one: some platforms rename a file whose name is taken
    /// (`report (1).pdf`). The same name in another Unicode form counts as the requested one.
    pub fn renamed(&self) -> Option<&str> {
        self.file.name.as_deref().filter(|name| !same_name(name, &self.requested_name))
    }

    /// Why the dates could not be set, if setting them failed. Only TUS uploads set them in a separate call,
    /// after the file is complete.
    pub fn date_failure(&self) -> Option<&Error> {
        self.date_failure.as_ref()
    }
}

impl Deref for Uploaded {
    type Target = File;
    fn deref(&self) -> &File {
        &self.file
    }
}
