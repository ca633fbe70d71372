//! The link that an upload writes through, which is renewed if it expires.
//!
//! | State | Action | Next state |
//! |---|---|---|
//! | link | send the request | done, refused (401, 403), or failed |
//! | refused | take the link that another worker has renewed, or request one from MediaValet | newer link, or none |
//! | newer link | send the request once more | done, or failed |
//! | none | report the refusal; [`StorageError`](crate::StorageError) has the reason | failed |

use oneteg_http::Error;
use tokio::sync::Mutex;

use super::state::{UploadKind, UploadSession};
use crate::{
    Client,
    storage::{self, Link},
    types::UploadCompleteRequest,
};

/// The current link to the blob of an upload.
pub(super) struct RenewableLink {
    client: Client,
    asset_id: String,
    can_renew: bool,
    link: Mutex<Link>,
}

impl RenewableLink {
    pub(super) fn new(client: &Client, session: &UploadSession) -> Result<Self, Error> {
        Ok(Self {
            client: client.clone(),
            asset_id: session.id.clone(),
            // For a new version, another check-in would create another blob.
            can_renew: session.kind == UploadKind::New,
            link: Mutex::new(session.link.open(client.runtime())?),
        })
    }

    pub(super) async fn current(&self) -> Link {
        self.link.lock().await.clone()
    }

    /// Sends a request through the link, and once more through a newer link if the storage host refuses it.
    pub(super) async fn send<T, F>(&self, request: impl Fn(Link) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let link = self.current().await;
        let error = match request(link.clone()).await {
            Err(error) if storage::is_refusal(&error) => error,
            result => return result,
        };
        match self.renew(&link).await {
            Some(newer) => request(newer.clone()).await.map_err(|error| newer.explain(error)),
            None => Err(link.explain(error)),
        }
    }

    /// Returns a newer link to the same blob. It is likely, but not documented, that MediaValet provides one: the
    /// response to a change of an upload has a member for it. An empty change has no effect.
    async fn renew(&self, refused: &Link) -> Option<Link> {
        // Held during the request, so that concurrent workers share its result.
        let mut link = self.link.lock().await;
        if *link != *refused {
            return Some(link.clone());
        }
        if !self.can_renew {
            return None;
        }
        let request = UploadCompleteRequest::default();
        let response = self.client.update_upload(&*self.asset_id, request).send().await.ok()?;
        let newer = Link::parse(response.upload_url.as_deref()?, self.client.runtime()).ok()?;
        newer.renews(refused).then(|| link.clone_from(&newer))?;
        Some(newer)
    }
}
