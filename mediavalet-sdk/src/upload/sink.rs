//! Where the parts of an upload go, and how it ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::try_join4;
use oneteg_http::{CallOptions, Error, ErrorKind, PartSink, UploadPart};
use tokio::sync::Mutex;

use super::{
    Uploaded, attributes, done,
    state::{Kind, Session},
};
use crate::{
    Client,
    patch::Patch,
    storage::{self, Link, blob},
    types::{AssetCheckInRequest, UploadCompleteRequest},
};

/// Of an upload's status: the bytes are there, go on.
const READY_FOR_PROCESSING: u64 = 1;

/// The blob that an upload writes, by a link that may have to be renewed.
pub(super) struct Blob {
    client: Client,
    id: String,
    renewable: bool,
    link: Mutex<Link>,
}

impl Blob {
    pub(super) fn new(client: &Client, session: &Session) -> Result<Self, Error> {
        Ok(Self {
            client: client.clone(),
            id: session.id.clone(),
            renewable: session.kind == Kind::New,
            link: Mutex::new(session.link.open(client.runtime())?),
        })
    }

    /// The link of this moment, to do something by.
    pub(super) async fn access(&self) -> Access<'_> {
        Access { blob: self, link: self.link.lock().await.clone(), renewed: false }
    }

    /// A newer link to the same blob. That MediaValet gives one is likely and not documented: the answer
    /// to a change of an upload has a member for it. Setting nothing changes nothing.
    async fn renewed(&self, refused: &Link) -> Option<Link> {
        let mut link = self.link.lock().await;
        if *link != *refused {
            // Another worker was faster.
            return Some(link.clone());
        }
        if !self.renewable {
            // A second check-in would make another blob.
            return None;
        }
        let request = UploadCompleteRequest::default();
        let answer = self.client.update_upload(&*self.id, request).send().await.ok()?;
        let newer = Link::parse(answer.upload_url.as_deref()?, self.client.runtime()).ok()?;
        newer.renews(refused).then(|| link.clone_from(&newer))?;
        Some(newer)
    }
}

/// A link in use, in place of which there may be a newer one.
pub(super) struct Access<'a> {
    blob: &'a Blob,
    pub(super) link: Link,
    renewed: bool,
}

impl Access<'_> {
    /// After a failure: a newer link, once, where the storage host refused this one.
    pub(super) async fn renew(&mut self, error: Error) -> Result<(), Error> {
        if self.renewed || !storage::is_refusal(&error) {
            return Err(self.link.explain(error));
        }
        self.renewed = true;
        match self.blob.renewed(&self.link).await {
            Some(newer) => self.link = newer,
            None => return Err(self.link.explain(error)),
        }
        Ok(())
    }
}

pub(super) struct Sink {
    blob: Blob,
    session: Session,
    ready_within: Option<Duration>,
    checksums: bool,
    length: AtomicU64,
    /// Set when MediaValet has accepted the upload.
    finished: Arc<AtomicBool>,
}

impl Sink {
    pub(super) fn new(
        blob: Blob,
        session: Session,
        ready_within: Option<Duration>,
        checksums: bool,
        finished: Arc<AtomicBool>,
    ) -> Self {
        Self { blob, session, ready_within, checksums, length: AtomicU64::new(0), finished }
    }

    async fn md5(&self, bytes: &Bytes) -> Result<Option<String>, Error> {
        if !self.checksums {
            return Ok(None);
        }
        blob::md5(bytes.clone()).await.map(Some)
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<(), Error> {
        let runtime = self.blob.client.runtime();
        let md5 = self.md5(&bytes).await?;
        let mut access = self.blob.access().await;
        loop {
            match blob::put_blob(runtime, &access.link, bytes.clone(), md5.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(error) => access.renew(error).await?,
            }
        }
    }

    async fn put_block(&self, part: &UploadPart) -> Result<(), Error> {
        let runtime = self.blob.client.runtime();
        let md5 = self.md5(&part.bytes).await?;
        let mut access = self.blob.access().await;
        loop {
            let bytes = part.bytes.clone();
            match blob::put_block(runtime, &access.link, part.index, bytes, md5.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(error) => access.renew(error).await?,
            }
        }
    }

    async fn commit(&self, parts: u64) -> Result<(), Error> {
        let mut access = self.blob.access().await;
        loop {
            let runtime = self.blob.client.runtime();
            match blob::put_block_list(runtime, &access.link, parts).await {
                Ok(()) => return Ok(()),
                Err(error) => access.renew(error).await?,
            }
        }
    }

    /// Whether an upload that MediaValet no longer knows had finished before, and was resumed with a
    /// state that does not show it: it is an asset by now. While the asset is being processed it is not
    /// shown; finishing the upload once more determines it then, and changes nothing.
    async fn was_finished(&self, error: &Error) -> bool {
        if error.kind() != ErrorKind::NotFound || self.session.kind != Kind::New {
            return false;
        }
        let asset = self.blob.client.get_asset(&*self.session.id).send().await;
        asset.is_ok()
            || error.operation() != Some("patch_upload") && self.finish_new().await.is_ok()
    }

    /// Tells MediaValet that a new asset's bytes and details are complete.
    async fn finish_new(&self) -> Result<(), Error> {
        let finish = Patch::new().replace("/status", READY_FOR_PROCESSING);
        done(self.blob.client.patch_upload(&*self.session.id, finish).send().await)
    }

    /// Says what the file is, and that it is complete.
    async fn complete(&self, length: u64) -> Result<(), Error> {
        let (client, session) = (&self.blob.client, &self.session);
        let (id, details) = (&*session.id, &session.details);
        let size = i64::try_from(length).ok();
        let own_name = Some(details.file_name.clone());
        if let Kind::Version { .. } = session.kind {
            let request = AssetCheckInRequest {
                comment: Some(details.comment.clone()),
                file_name: own_name,
                file_size_in_bytes: size,
                status: Some(0),
                upload_filename: session.upload_filename.clone(),
                ..AssetCheckInRequest::default()
            };
            // The vendor's guide has it, its reference has not.
            let options = CallOptions::new().query("priority", "high");
            let call = client.complete_asset_check_in(id, request).call_options(options);
            return done(call.send().await);
        }
        let stored_name = session.upload_filename.clone().filter(|_| !details.own_file_name);
        let request = UploadCompleteRequest {
            description: Some(details.description.clone()),
            file_size_in_bytes: size,
            filename: stored_name.or(own_name),
            title: Some(details.title()),
            ..UploadCompleteRequest::default()
        };
        // Adding what is there already changes nothing.
        let again = || CallOptions::new().idempotent(true);
        try_join4(
            async { done(client.update_upload(id, request).send().await) },
            async {
                let call = client.add_categories_to_upload(id, details.categories.clone());
                done(call.call_options(again()).send().await)
            },
            async {
                if details.keywords.is_empty() {
                    return Ok(());
                }
                let call = client.add_keywords_to_upload(id, details.keywords.clone());
                done(call.call_options(again()).send().await)
            },
            async {
                if details.attributes.is_empty() {
                    return Ok(());
                }
                let call = client.add_attributes_to_upload(id, attributes(&details.attributes));
                done(call.call_options(again()).send().await)
            },
        )
        .await?;
        self.finish_new().await
    }
}

impl PartSink for Sink {
    type Output = Uploaded;

    async fn put(&self, part: UploadPart) -> Result<String, Error> {
        // What the block is called follows from its number, so there is nothing to remember.
        match self.session.single {
            // A second one would put itself in the place of the first.
            true if part.index > 0 => {
                let message = "the file has more bytes than were announced; has it changed?";
                return Err(Error::new(ErrorKind::Integrity, message));
            }
            true => self.put_blob(part.bytes).await?,
            false => self.put_block(&part).await?,
        }
        Ok(String::new())
    }

    fn set_total(&self, total: u64) {
        self.length.store(total, Ordering::Relaxed);
    }

    async fn finish(&self, parts: Vec<String>) -> Result<Uploaded, Error> {
        let length = self.length.load(Ordering::Relaxed);
        if parts.is_empty() {
            self.put_blob(Bytes::new()).await?;
        } else if !self.session.single {
            self.commit(parts.len() as u64).await?;
        }
        let (client, id) = (&self.blob.client, &self.session.id);
        if let Err(error) = self.complete(length).await
            && !self.was_finished(&error).await
        {
            return Err(error);
        }
        self.finished.store(true, Ordering::Relaxed);
        Uploaded::after(client, id.clone(), length, self.ready_within).await
    }
}
