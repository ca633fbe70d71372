//! Writes the parts of a file to the storage host, then finishes the upload.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use oneteg_http::{Error, ErrorKind, PartSink, UploadPart};

use super::{handle::Uploaded, renewable_link::RenewableLink, state::UploadSession, steps};
use crate::{
    Client,
    storage::{
        blob::{self, Content},
        checksum::BlockChecksum,
    },
};

pub(super) struct BlockWriter {
    client: Client,
    link: RenewableLink,
    session: UploadSession,
    ready_within: Option<Duration>,
    checksum: BlockChecksum,
    length: AtomicU64,
    /// Set once MediaValet has accepted the upload.
    finished: Arc<AtomicBool>,
}

impl BlockWriter {
    pub(super) fn new(
        client: &Client,
        link: RenewableLink,
        session: UploadSession,
        ready_within: Option<Duration>,
        checksum: BlockChecksum,
        finished: Arc<AtomicBool>,
    ) -> Self {
        let (client, length) = (client.clone(), AtomicU64::new(0));
        Self { client, link, session, ready_within, checksum, length, finished }
    }

    fn content<'a>(&self, bytes: &'a Bytes, checksum: &'a str) -> Content<'a> {
        Content { bytes, algorithm: self.checksum, checksum }
    }

    async fn put_blob(&self, bytes: &Bytes, checksum: &str) -> Result<(), Error> {
        let (runtime, content) = (self.client.runtime(), self.content(bytes, checksum));
        let request = |link| async move { blob::put_blob(runtime, &link, content).await };
        self.link.send(request).await
    }

    async fn put_block(&self, part: &UploadPart) -> Result<(), Error> {
        let runtime = self.client.runtime();
        let (index, content) = (part.index, self.content(&part.bytes, &part.prepared));
        let request = |link| async move { blob::put_block(runtime, &link, index, content).await };
        self.link.send(request).await
    }

    async fn put_block_list(&self, blocks: u64) -> Result<(), Error> {
        let runtime = self.client.runtime();
        let request = |link| async move { blob::put_block_list(runtime, &link, blocks).await };
        self.link.send(request).await
    }
}

impl PartSink for BlockWriter {
    type Output = Uploaded;

    async fn prepare(&self, part: &UploadPart) -> Result<String, Error> {
        self.checksum.of(&part.bytes).await
    }

    async fn put(&self, part: UploadPart) -> Result<String, Error> {
        match self.session.single {
            // It would replace the first part.
            true if part.index > 0 => {
                let message = "the file has more bytes than announced; check whether it changed";
                return Err(Error::new(ErrorKind::Integrity, message));
            }
            true => self.put_blob(&part.bytes, &part.prepared).await?,
            false => self.put_block(&part).await?,
        }
        // The id of a block follows from its index, so there is nothing to remember.
        Ok(String::new())
    }

    fn set_total(&self, total: u64) {
        self.length.store(total, Ordering::Relaxed);
    }

    async fn finish(&self, parts: Vec<String>) -> Result<Uploaded, Error> {
        let length = self.length.load(Ordering::Relaxed);
        if parts.is_empty() {
            let nothing = Bytes::new();
            self.put_blob(&nothing, &self.checksum.of(&nothing).await?).await?;
        } else if !self.session.single {
            self.put_block_list(parts.len() as u64).await?;
        }
        steps::finish(&self.client, &self.session, length).await?;
        self.finished.store(true, Ordering::Relaxed);
        Uploaded::accepted(&self.client, &self.session, length, self.ready_within).await
    }
}
