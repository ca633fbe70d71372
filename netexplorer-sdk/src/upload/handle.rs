use std::ops::Deref;

use oneteg_http::{Error, ErrorKind, Method, Transfer, TransferPhase, TransferProgress};
use tokio::sync::watch;

use super::{UploadState, find::same_name, tus};
use crate::{Client, types::File};

/// An upload under way, in a task of its own. Dropping it stops it where it is.
#[derive(Debug)]
pub struct Upload {
    pub(super) transfer: Transfer<Uploaded>,
    pub(super) state: UploadState,
    pub(super) client: Client,
}

impl Upload {
    /// What another process needs to go on with it. Known from the beginning; it does not change.
    pub fn state(&self) -> UploadState {
        self.state.clone()
    }

    /// A channel that always holds the newest progress. Of a simple upload, it tells the beginning and the
    /// end only.
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.transfer.progress()
    }

    /// Lets the piece under way finish and begins no more. A simple upload has one piece.
    pub fn pause(&self) {
        self.transfer.pause();
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.transfer.resume();
    }

    /// Stops at once. The server keeps what it has of a TUS upload until it expires;
    /// [`discard`](Self::discard) tells it not to.
    pub fn cancel(&self) {
        self.transfer.cancel();
    }

    /// Stops, and has the server forget what it has of a TUS upload.
    ///
    /// # Errors
    /// As every call; an upload that the server does not know any more is none.
    pub async fn discard(self) -> Result<(), Error> {
        self.transfer.cancel();
        // Its end, so that no request of it is still under way. Not by `wait`, which may have been called.
        let mut progress = self.transfer.progress();
        let _ = progress.wait_for(|now| now.phase == TransferPhase::Ended).await;
        let Some(session) = &self.state.tus else { return Ok(()) };
        let url = tus::url(&self.client, &session.location)?;
        let request = self.client.runtime().request_url(Method::DELETE, url);
        let request = request.operation(&tus::CANCEL).header("tus-resumable", tus::VERSION);
        match request.send_empty().await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits for the end. Dropping the future does not stop the upload.
    ///
    /// # Errors
    /// What failed, see [`ErrorCode`](crate::ErrorCode) for what is special to uploads;
    /// [`ErrorKind::Cancelled`] after [`cancel`](Self::cancel), and when it is asked for a second time.
    pub async fn wait(&mut self) -> Result<Uploaded, Error> {
        self.transfer.wait().await
    }
}

/// An uploaded file. It derefs to the file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Uploaded {
    /// The file as the platform has it. Its id is that of the new version.
    pub file: File,
    pub(super) asked: String,
    pub(super) date_failure: Option<Error>,
}

impl Uploaded {
    /// For an upload that had finished before it was resumed.
    pub(super) fn before(state: &UploadState, file: File) -> Transfer<Self> {
        let asked = state.name.clone();
        let uploaded = async move { Ok(Self { file, asked, date_failure: None }) };
        Transfer::spawn(Some(state.size), uploaded)
    }

    /// The file's name where the platform gave it another one than was asked for, as it does with some
    /// names that are taken (`report (1).pdf`). The same name in another Unicode form is none.
    pub fn renamed(&self) -> Option<&str> {
        self.file.name.as_deref().filter(|name| !same_name(name, &self.asked))
    }

    /// Why the dates could not be set. TUS uploads have them set at the end, when the file is there and
    /// complete.
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
